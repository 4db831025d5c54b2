"""Numbers that are missing."""

import numpy as np

from keraswrap.issues.rows._kinds.missing import find_missing


def test_rows_without_a_number_are_named():
    (found,) = find_missing(np.array([False, True, False, True]))
    assert (found.kind, found.rows.tolist()) == ("missing", [1, 3])
    assert found.message == "Rows with missing or infinite numbers: 2."
    assert find_missing(np.zeros(3, bool)) == []
