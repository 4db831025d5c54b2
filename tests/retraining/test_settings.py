import pytest

from keraswrap.exceptions import ParameterError
from keraswrap.retraining import RetrainingSettings


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"when": "never"}, r"Expected when to be one of \['drift', 'always'\], got 'never'"),
        ({"alpha": 0}, "Expected alpha to be a number between 0 and 1"),
        ({"differ": 0.01}, "Expected differ of at least gain=0.05, got 0.01"),
        ({"n_train": 0}, "n_train"),
        ({"veto": "yes"}, "Expected veto to be one of"),
    ],
)
def test_settings_out_of_range_are_refused(wrong, message):
    with pytest.raises(ParameterError, match=message):
        RetrainingSettings(**wrong)
