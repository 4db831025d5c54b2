"""A result as values that JSON holds."""

import json

import numpy as np
import pytest

from keraswrap.retraining._paired_test import paired_test
from keraswrap.retraining._result import Retraining, figures, numbers_wanted
from keraswrap.retraining._wanted import Wanted


def test_it_says_what_was_done():
    done = Retraining("m", "kept", "No gain.", champion=1)
    assert repr(done) == "Retraining('m', 'kept': No gain.)"
    told = done.to_dict()
    assert (told["champion"], told["challenger"], told["test"], told["wanted"]) == (1, *[None] * 3)


@pytest.mark.parametrize(
    ("old", "new", "won"), [([-1] * 5, [1] * 5, True), ([0, 0], [0, 0], False), ([1], [-1], False)]
)
def test_figures_of_a_test_are_json(old, new, won):
    found = paired_test(np.array(old), np.array(new), 0.05)
    told = json.loads(json.dumps(figures(found), allow_nan=False))
    assert (told["won"], told["n"], told["p_value"]) == (won, len(old), found.p_value)
    assert told["coverage"] == list(found.coverage)
    assert Retraining("m", "kept", "", 1, test=found).to_dict()["test"] == figures(found)


def test_labels_that_are_wanted_are_counted():
    wanted = Wanted(
        rows=np.array([4, 2, 9]), for_test=np.array([True, False, True]), names=("a", "b", "c"),
        n_test=5, n_train=6, have_test=3, have_train=4, level=0.025, gain=0.1,
    )  # fmt: skip
    told = json.loads(json.dumps(numbers_wanted(wanted)))
    assert told == {"rows": 3, "for_test": 2, "needed_to_test": 5, "needed_to_train": 6,
                    "have_to_test": 3, "have_to_train": 4, "level": 0.025,
                    "gain_shown": 0.1}  # fmt: skip
