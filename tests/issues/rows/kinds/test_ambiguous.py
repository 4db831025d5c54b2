"""Rows between two classes."""

import numpy as np

from keraswrap.issues.rows._kinds.ambiguous import find_ambiguous


def test_rows_between_classes_are_those_of_a_small_margin():
    proba = np.array([[0.5, 0.5, 0], [0.34, 0.33, 0.33], [0.2, 0.5, 0.3], [0.45, 0.1, 0.45]])
    found = find_ambiguous(proba)[0]
    assert found.rows.tolist() == [0, 1, 3]
    np.testing.assert_allclose(found.scores, [0, 0.1, 0], atol=1e-9)
    assert find_ambiguous(proba, margin=1e-300)[0].rows.tolist() == [0, 3]
    assert find_ambiguous(np.eye(3)) == []
