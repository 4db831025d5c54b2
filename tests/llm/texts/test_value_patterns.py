"""Patterns of whole values."""

import re
import time

import pytest

from keraswrap.exceptions import ParameterError
from keraswrap.llm.texts._value_patterns import check_pattern


@pytest.mark.parametrize(
    ("pattern", "bare"),
    [
        (r"[A-Z]{2}-\d+", r"[A-Z]{2}-\d+"),
        (r"^a|b$", "a|b"),
        (r"cost: \$", r"cost: \$"),
        (r"\\$", r"\\"),
        (r"(?:[^\s\S]|b)[^a]*", r"(?:[^\s\S]|b)[^a]*"),
        (r"[^\s\S]?b", r"[^\s\S]?b"),
        (r"(\d{1,3},)*\d{3}", r"(\d{1,3},)*\d{3}"),
    ],
)
def test_a_pattern_loses_only_the_anchors_around_it(pattern, bare):
    assert check_pattern(pattern) == bare


@pytest.mark.parametrize("pattern", [r"[^\s\S]", r"a[^\d\D]b", r"([^\w\W])+", r"[^\0-\U0010ffff]"])
def test_a_pattern_that_no_text_fits_is_refused(pattern):
    with pytest.raises(ParameterError, match="a pattern that some text fits, got"):
        check_pattern(pattern)


@pytest.mark.parametrize(
    ("pattern", "what"),
    [("a^b", "AT"), (r"\bA\b", "AT"), ("(?=a)b", "ASSERT"), ("(?!)", "ASSERT_NOT"),
     (r"(a)\1", "GROUPREF"), ("(?>a)", "ATOMIC_GROUP"), ("a*+a", "POSSESSIVE_REPEAT")],
)  # fmt: skip
def test_what_a_model_cannot_follow_is_refused(pattern, what):
    with pytest.raises(ParameterError, match=rf"without lookaround.* with {what}\. Leave"):
        check_pattern(pattern)


@pytest.mark.parametrize("pattern", ["(a+)+", r"((\d*)x)*", "(a|b+){2,}"])
def test_a_pattern_that_may_be_slow_is_refused(pattern):
    with pytest.raises(ParameterError, match="without an endless repeat in another"):
        check_pattern(pattern)


def test_what_is_allowed_is_quick_on_the_longest_values():
    pattern, started = check_pattern(r"(?:\d{1,3},?)*x"), time.perf_counter()
    assert re.fullmatch(pattern, "1" * 20) is None
    assert time.perf_counter() - started < 1


def test_what_is_no_pattern_is_refused():
    with pytest.raises(ParameterError, match=r"Expected a regular expression, got '\['"):
        check_pattern("[")
