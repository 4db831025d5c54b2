"""How long a model takes for a batch."""

import pytest

from keraswrap.serving._pace import Pace


def learned(*pairs):
    pace = Pace()
    for n, seconds in pairs:
        pace.learn(n, seconds)
    return pace


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([], None),
        ([(8, 0.1)] * 50, 13),  # of one size: a larger one will tell
        ([(1, 0.01), (10, 0.1), (20, 0.2)], 10),  # 10 ms a row
        ([(1, 0.051), (10, 0.06), (40, 0.09)], 50),  # 50 ms and 1 ms a row
        ([(1, 0.201), (10, 0.21), (40, 0.24)], 200),  # the start alone takes too long
    ],
)
def test_rows_within_a_tenth_of_a_second(pairs, expected):
    assert learned(*pairs).rows_within(0.1) == expected


def test_a_model_that_takes_as_long_for_any_number_may_have_any():
    assert learned((1, 0.02), (100, 0.02)).rows_within(0.1) > 1e6
    assert learned((1, 0.02), (100, 0.01)).rows_within(0.1) > 1e6


def test_seconds_for_a_row_are_those_that_were_seen():
    assert Pace().row_seconds == 0
    assert learned((10, 0.5)).row_seconds == pytest.approx(0.05)
