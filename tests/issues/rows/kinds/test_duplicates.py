"""Rows that are in the data more than once."""

from keraswrap.issues.rows._groups import group_texts
from keraswrap.issues.rows._kinds.duplicates import find_duplicates


def test_copies_and_near_copies_are_told_apart():
    texts = ["it works great", "It works great!", "works great", "no"]
    exact, near = find_duplicates(group_texts(texts))
    assert (exact.kind, exact.rows.tolist(), exact.notes[0]) == ("duplicate", [0, 1], "one of 3")
    assert (near.kind, near.rows.tolist()) == ("near_duplicate", [2])
    assert near.notes[0].startswith("one of 3; similarity 0.")
    assert near.groups.tolist() == [0]
    assert exact.message == "Rows that are copies of others: 2."
