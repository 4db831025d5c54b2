"""What a pattern finds in a message, and which patterns are refused."""

import time

import pytest

from keraswrap.exceptions import InputTypeError, ParameterError
from keraswrap.routing._patterns import MOST_PATHS, compile_pattern, find_values


@pytest.mark.parametrize(
    ("pattern", "message", "found"),
    [
        (r"\d{5}", "order 12345", ["12345"]),
        (r"\d{5}", "(12345), 12345.", ["12345"]),
        (r"\d{5}", "no.12345 or order:67890", ["12345", "67890"]),
        (r"\d{5}", "123456 x12345 12345x 1_12345_", []),
        (r"\d{5}", "1-12345 12345.67 12345/1", []),
        (r"\d{5}", "12\u200b345 12345\u200b6 \u200b12345 12345\u0301", []),
        (r"\d{5}", "\u202e12345\u202c 12345\x00", []),
        (r"\d{5}", "١٢٣٤٥ １２３４５ ١12345", []),
        (r"\w+", "é abcé", []),
        (r"\d+", "1" * 64 + " " + "2" * 65, ["1" * 64]),
        (r"AB|ABC", "ABC", []),
        (r"(?=1)\d+|x", "12 x", ["12", "x"]),
        (r"-?\d+", "-5 and 3-4", ["-5"]),
    ],
)
def test_values_are_words_of_their_own(pattern, message, found):
    assert find_values(compile_pattern(pattern), message) == found


@pytest.mark.parametrize("pattern", [r"(a+)+", r"(a|a)*b", r".*x.*", r"(\d*\.?)*", r"(?:a?){30}"])
def test_slow_patterns_are_refused(pattern):
    with pytest.raises(ParameterError, match="which a message could make slow"):
        compile_pattern(pattern)


@pytest.mark.parametrize("pattern", [r"[A-Z]{2}-?\d{4,8}", r"\d+", r"(?i:no)\.?\d{1,9}(?:-\d)?"])
def test_plain_patterns_are_fast_on_any_message(pattern):
    compiled, started = compile_pattern(pattern), time.process_time()
    for character in "1A-. a":
        find_values(compiled, character * 2000)
    assert time.process_time() - started < 2
    assert MOST_PATHS <= 1000


@pytest.mark.parametrize(
    ("pattern", "error", "said"),
    [
        (5, InputTypeError, "Expected a pattern as a string, got 5"),
        ("(", ParameterError, "Expected a regular expression"),
        (r"\d*", ParameterError, "which fits none"),
        (r"(?u)\d", ParameterError, "Expected a regular expression"),
    ],
)
def test_bad_patterns_are_refused(pattern, error, said):
    with pytest.raises(error, match=said):
        compile_pattern(pattern)
