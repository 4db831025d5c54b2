"""Tables of labels by several annotators, read."""

import numpy as np
import pandas as pd
import pytest

from keraswrap.exceptions import InputError
from keraswrap.issues.annotators._consensus import find_consensus

NAN = np.nan


def test_a_column_of_probabilities_may_stand_for_a_class_that_nobody_named():
    table, proba = np.array([["a", "c"], ["c", "c"]]), np.full((2, 3), 1 / 3)
    assert find_consensus(table, proba, classes=["a", "b", "c"]).labels[1] == "c"
    with pytest.raises(InputError, match=r"3 columns and the labels .*Pass classes="):
        find_consensus(table, proba)


@pytest.mark.parametrize(
    ("table", "labels"),
    [
        ([[1, 1.0, None]], [1]),
        (pd.DataFrame({"a": [1, 2], "b": [1, None]}), [1, 2]),
        (pd.DataFrame({"a": ["é", pd.NA], "b": ["é", "ß"]}, dtype="string"), ["é", "ß"]),
        (np.array([[True, True, False]]), [True]),
        (pd.DataFrame({"a": ["x"]}, dtype="category"), ["x"]),
        ([["", "", "b"], ["a", "a", ""], ["", "", ""]], ["b", "a", None]),
    ],
)
def test_labels_of_any_kind(table, labels):
    assert find_consensus(table).labels.tolist() == labels


@pytest.mark.parametrize(
    ("table", "match"),
    [
        (["a", "b"], r"a table of shape \(n, m\)"),
        ([], "Pivot a long list"),
        ([[None, NAN, ""]], "every value in it is missing or empty"),
        ([["a", 1]], "labels of one kind"),
        (pd.DataFrame([[1, 2]], columns=["x", "x"]), r"got \['x'\] more than once"),
    ],
)
def test_tables_that_cannot_be_used(table, match):
    with pytest.raises(InputError, match=match):
        find_consensus(table)


def test_probabilities_must_fit_the_table():
    with pytest.raises(InputError, match="each row of the table, got 1 and 2 rows"):
        find_consensus([[0, 1], [1, 1]], [[0.5, 0.5]])
    with pytest.raises(InputError, match="sum to 1"):
        find_consensus([[0, 1]], [[0.5, 0.6]])
