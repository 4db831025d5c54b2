"""Columns and labels, chosen by name."""

import numpy as np
import pandas as pd
import pytest

from keraswrap._data.column_selection import check_columns, check_labels
from keraswrap.data import row_view
from keraswrap.exceptions import InputError

FRAME = pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0], "stars": [5, 1]})


@pytest.mark.parametrize("form", [FRAME, FRAME.to_dict("list")], ids=["frame", "dict"])
@pytest.mark.parametrize(
    ("label", "columns", "names", "y"),
    [
        (None, None, ["a", "b", "stars"], None),
        ("stars", None, ["a", "b"], [5, 1]),
        ("stars", ["b"], ["b"], [5, 1]),
        (None, ["stars", "a"], ["stars", "a"], None),
    ],
)
def test_x_has_the_columns_asked_for(form, label, columns, names, y):
    view, labels, _ = row_view(form, label=label, columns=columns)
    rows = np.asarray(view) if len(names) == 1 or form is FRAME else None
    assert (labels if y is None else labels.tolist()) == y
    if rows is not None:
        np.testing.assert_array_equal(rows.reshape(2, -1), FRAME[names].to_numpy())
    else:
        assert list(view.names) == names


def test_what_is_missing_is_named():
    assert check_columns("a", ["a"]) == ["a"]
    with pytest.raises(InputError, match=r"got \['c'\] where there are \['a', 'b'\]"):
        check_columns(["a", "c"], ["a", "b"])
    with pytest.raises(InputError, match="a label in every row, got None in row 1"):
        check_labels(np.array(["x", None], dtype=object))
