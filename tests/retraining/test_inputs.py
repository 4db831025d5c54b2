"""Rows and labels of a retraining: what is read of them, and what cannot be put together."""

import numpy as np
import pandas as pd
import pytest

from keraswrap.exceptions import InputError, InputTypeError
from keraswrap.retraining._inputs import join_rows, read_inputs

OLD = (["a", "b"], [0, 1])
FRAME = pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0]})


def test_rows_that_people_could_not_label_are_told_but_not_labeled():
    found = read_inputs(*OLD, ("c", "d", "e"), [np.nan, 1.0, ""], [True, False, False])
    assert found.X_new == ["c", "d", "e"]
    assert found.labels.tolist() == [None, 1, None]
    assert found.told.tolist() == [True, True, False]
    assert found.labeled.tolist() == [1]
    assert read_inputs(*OLD, ["c"]).labeled.tolist() == []


def test_the_hash_changes_with_every_row_and_label():
    given = [
        (*OLD, ["c"]),
        (["a", "x"], [0, 1], ["c"]),
        (["a", "b"], [1, 0], ["c"]),
        (*OLD, ["x"]),
        (*OLD, ["c"], [1]),
        (*OLD, ["c"], None, [True]),
        (*OLD, ["c"], None, None, (["d"], [1])),
    ]
    hashes = [read_inputs(*one).hash() for one in given]
    assert len(set(hashes)) == len(given)
    assert read_inputs(*OLD, ["c"]).hash() == hashes[0]


@pytest.mark.parametrize(
    ("given", "error", "said"),
    [
        (("ab", [0, 1], ["c"]), InputTypeError, "Expected X, y as a list, array, .* got str"),
        ((["a"], [0, 1], ["c"]), InputError, r"one label for each of 1 rows in X, y, got shape"),
        ((*OLD, ["c"], ["one"]), InputError, "of the kind of the old ones, got 'one' beside 0"),
        ((*OLD, ["c"], [1], [0]), InputError, "Expected unclear as True or False .* dtype int"),
        ((*OLD, ["c"], None, None, (["d"], [])), InputError, "1 rows in held_out"),
        (
            (FRAME, [0, 1], [[1.0, 2.0]]),
            InputError,
            "Expected X_new as a DataFrame, as X is, got list",
        ),
        ((FRAME, [0, 1], FRAME[["b"]]), InputError, r"columns of X in X_new, got none named \['a'"),
        (
            (np.ones((2, 3)), [0, 1], np.ones((1, 2))),
            InputError,
            r"shape \(n, 3\), .* got \(1, 2\)",
        ),
        ((FRAME, [0, 1], FRAME, None, None, (FRAME[["a"]], [0, 1])), InputError, "in held_out"),
    ],
)
def test_what_cannot_be_used_is_named(given, error, said):
    with pytest.raises(error, match=said):
        read_inputs(*given)


def test_columns_are_joined_by_name_and_others_by_place():
    joined = join_rows(FRAME, FRAME.iloc[:1][["b", "a"]].assign(c=0))
    pd.testing.assert_frame_equal(joined, pd.concat([FRAME, FRAME.iloc[:1]], ignore_index=True))
    assert join_rows(pd.Series(["a"]), ["b"]).tolist() == ["a", "b"]
    assert join_rows(np.array(["a"]), ["b"]) == ["a", "b"]
    with pytest.raises(InputError, match="both as a DataFrame"):
        join_rows(FRAME, [[1.0, 2.0]])
