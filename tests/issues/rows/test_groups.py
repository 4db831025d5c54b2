"""Copies and near copies."""

import itertools

import numpy as np
import pytest
from near_texts import WORDS, jaccard, sentences
from scipy import sparse

from keraswrap.issues.rows._groups import group_texts, group_vectors, normalize_text
from keraswrap.issues.rows._kinds.conflicts import find_conflicts
from keraswrap.issues.rows._kinds.duplicates import find_duplicates
from keraswrap.issues.rows._neighbors import find_neighbors


def test_groups_are_copies_and_what_is_near_to_their_first():
    plain = sentences(50)
    rows = [*plain, plain[3].upper() + "!", plain[3] + " too", plain[9] + " too", "", " "]
    groups = group_texts(rows)
    members = [np.flatnonzero(groups.codes == g).tolist() for g in range(groups.codes.max() + 1)]
    assert members == [[3, 50, 51], [9, 52]]
    assert np.flatnonzero(groups.copies).tolist() == [3, 50]
    assert groups.similarity[52] == pytest.approx(jaccard(rows[9], rows[52]))
    exact, near = find_duplicates(groups)
    assert (exact.kind, exact.rows.tolist()) == ("duplicate", [3, 50])
    assert (near.kind, near.rows.tolist()) == ("near_duplicate", [9, 51, 52])


@pytest.mark.parametrize("rows", [[], ["a"], ["", ""], ["a", "b"]])
def test_no_duplicates_where_there_are_none(rows):
    groups = group_texts(rows)
    assert groups.codes.tolist() == [-1] * len(rows)
    assert find_duplicates(groups) == []
    assert find_conflicts(groups, np.arange(len(rows))) == []


def test_texts_of_any_characters_can_be_compared():
    rows = [
        "half a pair \ud800 here",
        "half a pair \ud800 here too",
        "\x00\x01",
        "नमस्ते दुनिया",
        "👩‍👩‍👧",
    ]
    assert group_texts(rows).codes.tolist() == [0, 0, -1, -1, -1]


def test_all_equal_is_one_group():
    groups = group_texts(["same"] * 1000)
    assert set(groups.codes.tolist()) == {0}


def test_same_runs_of_other_order_are_near_and_no_copies():
    groups = group_texts(["good phone", "phone good"])
    assert not groups.copies.any()
    assert [found.kind for found in find_duplicates(groups)] == ["near_duplicate"]


def test_a_crowd_of_half_alike_texts_is_no_error():
    pairs = itertools.islice(itertools.combinations(WORDS, 2), 700)
    rows = [f"the order of the customer about {a} and {b} has arrived" for a, b in pairs]
    groups = group_texts([*rows, rows[-1], rows[0]], threshold=0.95)
    assert groups.codes[699] == groups.codes[700] == groups.codes.max() == 1
    assert groups.codes[0] == groups.codes[701] == 0


# Numbers


@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_matrix])
def test_rows_of_numbers_are_grouped_by_distance(kind):
    rng = np.random.default_rng(0)
    matrix = rng.normal(size=(60, 8))
    planted = np.vstack([matrix, matrix[5], matrix[7] + 1e-4, -0.0 * matrix[:1], 0.0 * matrix[:1]])
    features = kind(planted)
    groups = group_vectors(features, find_neighbors(features))
    members = [np.flatnonzero(groups.codes == g).tolist() for g in range(groups.codes.max() + 1)]
    assert members == [[5, 60], [7, 61], [62, 63]]
    assert np.flatnonzero(groups.copies).tolist() == [5, 60, 62, 63]
    alone = group_vectors(features)
    assert np.flatnonzero(alone.codes >= 0).tolist() == [5, 60, 62, 63]


def test_equal_rows_are_one_group():
    neighbors = find_neighbors(np.ones((50, 5)))
    assert set(group_vectors(np.ones((50, 5)), neighbors).codes) == {0}


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("STRASSE", "straße", True),
        ("ﬁne", "fine", True),
        ("a\u00a0 b", "a b", True),
        ("cafe\u0301", "café", True),
        ('"Wow!"', "wow...", True),
        ("!", "?", False),
        ("not good", "good", False),
        (":)", ":(", False),
    ],
)
def test_what_is_the_same_but_for_its_form(one, other, same):
    assert (normalize_text(one) == normalize_text(other)) is same
