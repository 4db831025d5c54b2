"""What is put in the place of rows that are not accepted."""

import numpy as np
import pandas as pd
import pytest

from keraswrap.exceptions import ParameterError
from keraswrap.selective._acceptance import accept, check_abstain_label, fill_in

SOME, ALL = np.array([True, False]), np.array([True, True])


@pytest.mark.parametrize(
    ("labels", "label", "accepted", "expected", "kind"),
    [
        (["no", "yes"], None, SOME, ["no", None], "O"),
        (["no", "yes"], None, ALL, ["no", "yes"], "U"),
        (["no", "yes"], "unsure", SOME, ["no", "unsure"], "U"),
        ([3, 4], -1, SOME, [3, -1], "i"),
        ([3, 4], "unsure", SOME, [3, "unsure"], "O"),
        ([3, 4], "unsure", ALL, [3, 4], "i"),
    ],
)
def test_an_array_holds_labels_and_what_stands_for_none(labels, label, accepted, expected, kind):
    filled = fill_in(np.array(labels), accepted, label)
    assert (filled.tolist(), filled.dtype.kind) == (expected, kind)


def test_rows_at_the_threshold_are_accepted_and_those_without_an_answer_never():
    proba = np.array([[0.25, 0.75], [0.7, 0.3], [np.nan, np.nan]])
    assert accept(proba, 0.75, "max_proba").tolist() == [True, False, False]
    assert accept(proba, np.array([0.7, 0.8]), "max_proba").tolist() == [False, True, False]
    assert accept(proba, -np.inf, "max_proba").tolist() == [True, True, False]
    assert accept(proba, np.inf, "max_proba").tolist() == [False] * 3


@pytest.mark.parametrize("label", [["no"], ("no", "yes"), np.array([1, 2]), pd.NA])
def test_what_stands_for_no_answer_is_one_value(label):
    with pytest.raises(ParameterError, match="abstain_label as a text, a number or None, got"):
        check_abstain_label(label, np.array([0, 1]))
