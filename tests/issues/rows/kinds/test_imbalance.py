"""Classes with few examples."""

import numpy as np

from keraswrap.issues.rows._kinds.imbalance import find_imbalance


def test_imbalance_is_below_a_tenth_of_an_equal_share():
    labels = np.array(["a{"] * 500 + ["b"] * 480 + ["c"] * 33 + ["d}"] * 2)
    found = find_imbalance(labels)
    assert [one.kind for one in found] == ["class_imbalance"]
    assert found[0].rows.tolist() == [1013, 1014]
    assert found[0].message == "1 of 4 classes has few examples: d} (2)."
    assert find_imbalance(np.array([0, 1]))[0].rows.tolist() == [0, 1]
    assert find_imbalance(np.array([])) == []
