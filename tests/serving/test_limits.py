"""Limits are numbers that a server can keep."""

import math

import pytest

from keraswrap.exceptions import ParameterError
from keraswrap.serving import ServingLimits


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"max_rows": 1.0}, "Expected max_rows to be a whole number above 0, got 1.0"),
        ({"max_queue": True}, "max_queue to be a whole number above 0, got True"),
        ({"max_pending_bytes": 0}, "max_pending_bytes to be a whole number above 0, got 0"),
        ({"head_seconds": 0}, "Expected head_seconds to be above 0, got 0"),
        ({"answer_seconds": math.nan}, "answer_seconds to be a number of 0 or more, got nan"),
        ({"stop_seconds": math.inf}, "stop_seconds to be a number of 0 or more, got inf"),
        ({"body_seconds": "3"}, "body_seconds to be a number of 0 or more, got '3'"),
        ({"batch_ms": None}, "batch_ms to be a number of 0 or more, got None"),
        ({"max_bytes": 100, "max_pending_bytes": 99}, "at least max_bytes, 100, got 99"),
    ],
)
def test_other_limits_are_refused(given, said):
    with pytest.raises(ParameterError, match=said):
        ServingLimits(**given)


def test_some_waits_may_be_none_at_all():
    found = ServingLimits(batch_wait_ms=0, drain_seconds=0, max_bytes=5, max_pending_bytes=5)
    assert (found.batch_wait_ms, found.drain_seconds) == (0, 0)
    assert ServingLimits().batch_wait_ms is None
