"""JSON that others read in another way than we do is refused."""

import pytest

from keraswrap.serving._refusals import RequestError
from keraswrap.serving._strict_json import read_json, show


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'"\\ud83d\\ude00"', "\U0001f600"),
        ('"\U0001f600"'.encode(), "\U0001f600"),
        (b'"\\\\ud800"', "\\ud800"),
        (b"-0.0", 0.0),
        (b' [1e2, true, null, {"a": {"a": 1}}] ', [100.0, True, None, {"a": {"a": 1}}]),
    ],
)
def test_what_the_standard_has_is_read(body, expected):
    assert read_json(body) == expected


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"[NaN]", "Expected finite numbers, got NaN"),
        (b"-Infinity", "got -Infinity"),
        (b'{"a": 1, "b": {"c": 1, "c": 1}}', "Expected each key once, got 'c' twice"),
        (b'"\\ud800"', "half a surrogate pair"),
        (b'{"\\udc00": 1}', "half a surrogate pair"),
        (b'"\xff"', "byte 1 is not UTF-8"),
        (b"[1,]", r"got what is none: .* at character"),
        (b"", "got what is none: Expecting value at character 0"),
        (b"[" * 100_000, "it is nested too deeply"),
        (b"9" * 5000, "a number of too many digits"),
    ],
)
def test_what_it_has_not_is_refused(body, said):
    with pytest.raises(RequestError, match=said) as refused:
        read_json(body)
    assert refused.value.status == 400


@pytest.mark.parametrize(
    ("value", "told"),
    [(None, "null"), (1.5, "1.5"), ("é", "'\\xe9'"), ({"key": "secret"}, "an object"),
     (1 << 64, "a number of many digits"), (-(1 << 63), str(-(1 << 63)))],
)  # fmt: skip
def test_an_error_shows_little(value, told):
    assert show(value) == told
