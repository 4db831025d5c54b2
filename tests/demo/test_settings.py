"""What the main job is told."""

import pytest

from keraswrap.demo import DemoSettings
from keraswrap.exceptions import ParameterError


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"flip": -0.1}, "flip of at least 0"),
        ({"flip": 1.0}, "less than 1, got 1.0"),
        ({"rows": 0}, "rows of at least 2"),
        ({"folds": 1}, "folds of at least 2"),
        ({"seed": -1}, "seed of at least 0"),
        ({"max_length": 2}, "max_length of at least 3"),
        ({"epochs": ()}, "epochs of at least 1, got 0"),
        ({"batch_sizes": (16, 0)}, "batch_sizes of at least 1, got 0"),
        ({"text": "a"}, "Expected data beside text"),
        ({"data": "x.csv", "text": "a"}, "label=None"),
    ],
)
def test_settings_out_of_range_are_refused(wrong, message):
    with pytest.raises(ParameterError, match=message):
        DemoSettings(**wrong)
