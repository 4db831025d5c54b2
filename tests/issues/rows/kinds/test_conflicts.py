"""Copies with different labels."""

import numpy as np
from near_texts import sentences

from keraswrap.issues.rows._groups import group_texts
from keraswrap.issues.rows._kinds.conflicts import find_conflicts


def test_conflicts_are_groups_of_several_labels():
    plain = sentences(20)
    rows = [*plain, plain[0] + ".", plain[1] + " too", plain[2]]
    labels = np.array(["a"] * 20 + ["b", "b", "a"])
    same, near = find_conflicts(group_texts(rows), labels)
    assert (same.severity, same.rows.tolist()) == ("error", [0, 20])
    assert (near.severity, near.rows.tolist()) == ("warning", [1, 21])
    assert same.notes[0] == "a ×1, b ×1"
    assert same.scores.tolist() == [0.5, 0.5]
