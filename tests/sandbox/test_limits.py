"""Limits have ranges."""

import pytest

from keraswrap._sandbox import Limits
from keraswrap.exceptions import ParameterError


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("seconds", 0, "a number of seconds of at least 0.001 as the limit 'seconds', got 0"),
        ("seconds", "1", "got '1'"),
        ("seconds", float("nan"), "got nan"),
        ("cpu_seconds", 0.5, "a whole number of at least 1 as the limit 'cpu_seconds'"),
        ("memory", 10**6, "at least 134,217,728 as the limit 'memory', got 1000000"),
        ("output", True, "as the limit 'output', got True"),
    ],
)
def test_what_is_no_limit_is_refused(name, value, message):
    with pytest.raises(ParameterError, match=message):
        Limits(**{name: value})
