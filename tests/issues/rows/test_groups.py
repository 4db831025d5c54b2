"""Copies, near copies and leaks, against a comparison of every pair."""

import itertools

import numpy as np
import pytest
from cleanlab.outlier import OutOfDistribution
from scipy import sparse

from keraswrap.exceptions import InputError
from keraswrap.issues.rows import _groups as duplicates
from keraswrap.issues.rows import _minhash as similar
from keraswrap.issues.rows._kinds import leaks, outliers
from keraswrap.issues.rows._kinds.texts import normalize_text

WORDS = [
    *("battery", "camera", "screen", "sound", "price", "quality", "picture", "zoom", "menu"),
    *("button", "remote", "player", "phone", "works", "breaks", "charges", "plays", "rings"),
    *("lasts", "fails", "shines", "looks", "feels", "great", "poor", "awful", "superb", "cheap"),
    *("sturdy", "flimsy", "loud", "quiet", "bright", "dark", "fast", "slow", "never", "always"),
]


def sentences(n, seed=0, words=9):
    rng = np.random.default_rng(seed)
    return [" ".join(rng.choice(WORDS, words)) for _ in range(n)]


def runs(text):
    """What char_wb of four means: runs of four of each word with a blank at both ends."""
    padded = [f" {word} " for word in text.split()]
    return {w[i : i + 4] for w in padded for i in range(max(1, len(w) - 3))}


def jaccard(a, b):
    a, b = runs(normalize_text(a)), runs(normalize_text(b))
    return len(a & b) / len(a | b)


def edit(text, rng):
    words = text.split()
    words[rng.integers(len(words))] = str(rng.choice(WORDS))
    return " ".join(words)


def test_near_texts_are_those_of_every_pair():
    rng = np.random.default_rng(1)
    known = sentences(120)
    asked = [edit(text, rng) for text in known] + sentences(60, seed=2)
    matches, similarity = similar.match_near(asked, known)
    for text, match, near in zip(asked, matches, similarity, strict=True):
        best = max(jaccard(text, other) for other in known)
        assert near == pytest.approx(best if best >= 0.75 else 0)
        assert match == -1 or jaccard(text, known[match]) == pytest.approx(best)
    assert 60 < (matches >= 0).sum() < 130


def test_groups_are_copies_and_what_is_near_to_their_first():
    plain = sentences(50)
    rows = [*plain, plain[3].upper() + "!", plain[3] + " too", plain[9] + " too", "", " "]
    groups = duplicates.group_texts(rows)
    members = [np.flatnonzero(groups.codes == g).tolist() for g in range(groups.codes.max() + 1)]
    assert members == [[3, 50, 51], [9, 52]]
    assert np.flatnonzero(groups.copies).tolist() == [3, 50]
    assert groups.similarity[52] == pytest.approx(jaccard(rows[9], rows[52]))
    exact, near = duplicates.find_duplicates(groups)
    assert (exact.kind, exact.rows.tolist()) == ("duplicate", [3, 50])
    assert (near.kind, near.rows.tolist()) == ("near_duplicate", [9, 51, 52])


@pytest.mark.parametrize("rows", [[], ["a"], ["", ""], ["a", "b"]])
def test_no_duplicates_where_there_are_none(rows):
    groups = duplicates.group_texts(rows)
    assert groups.codes.tolist() == [-1] * len(rows)
    assert duplicates.find_duplicates(groups) == []
    assert duplicates.find_conflicts(groups, np.arange(len(rows))) == []


def test_texts_of_any_characters_can_be_compared():
    rows = [
        "half a pair \ud800 here",
        "half a pair \ud800 here too",
        "\x00\x01",
        "नमस्ते दुनिया",
        "👩‍👩‍👧",
    ]
    assert duplicates.group_texts(rows).codes.tolist() == [0, 0, -1, -1, -1]


def test_all_equal_is_one_group():
    groups = duplicates.group_texts(["same"] * 1000)
    assert set(groups.codes.tolist()) == {0}


def test_same_runs_of_other_order_are_near_and_no_copies():
    groups = duplicates.group_texts(["good phone", "phone good"])
    assert not groups.copies.any()
    assert [found.kind for found in duplicates.find_duplicates(groups)] == ["near_duplicate"]


def test_a_crowd_of_half_alike_texts_is_no_error():
    pairs = itertools.islice(itertools.combinations(WORDS, 2), 700)
    rows = [f"the order of the customer about {a} and {b} has arrived" for a, b in pairs]
    groups = duplicates.group_texts([*rows, rows[-1], rows[0]], threshold=0.95)
    assert groups.codes[699] == groups.codes[700] == groups.codes.max() == 1
    assert groups.codes[0] == groups.codes[701] == 0


def test_conflicts_are_groups_of_several_labels():
    plain = sentences(20)
    rows = [*plain, plain[0] + ".", plain[1] + " too", plain[2]]
    labels = np.array(["a"] * 20 + ["b", "b", "a"])
    same, near = duplicates.find_conflicts(duplicates.group_texts(rows), labels)
    assert (same.severity, same.rows.tolist()) == ("error", [0, 20])
    assert (near.severity, near.rows.tolist()) == ("warning", [1, 21])
    assert same.notes[0] == "a ×1, b ×1"
    assert same.scores.tolist() == [0.5, 0.5]


# Numbers


@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_matrix])
def test_rows_of_numbers_are_grouped_by_distance(kind):
    rng = np.random.default_rng(0)
    matrix = rng.normal(size=(60, 8))
    planted = np.vstack([matrix, matrix[5], matrix[7] + 1e-4, -0.0 * matrix[:1], 0.0 * matrix[:1]])
    features = kind(planted)
    groups = duplicates.group_vectors(features, outliers.find_neighbors(features))
    members = [np.flatnonzero(groups.codes == g).tolist() for g in range(groups.codes.max() + 1)]
    assert members == [[5, 60], [7, 61], [62, 63]]
    assert np.flatnonzero(groups.copies).tolist() == [5, 60, 62, 63]
    alone = duplicates.group_vectors(features)
    assert np.flatnonzero(alone.codes >= 0).tolist() == [5, 60, 62, 63]


@pytest.mark.parametrize("d", [2, 12])
def test_outlier_scores_are_cleanlabs(d):
    features = np.random.default_rng(0).normal(size=(150, d)) + 1
    features[3] = -30
    neighbors = outliers.find_neighbors(features)
    theirs = OutOfDistribution().fit_score(features=features, verbose=False)
    np.testing.assert_allclose(outliers.score_outliers(neighbors.distances), theirs, rtol=1e-6)
    assert 3 in outliers.find_outliers(neighbors)[0].rows


@pytest.mark.parametrize("n", [1, 2, 19])
def test_few_rows_have_no_outliers(n):
    assert outliers.find_outliers(outliers.find_neighbors(np.ones((n, 4)))) == []


def test_equal_rows_have_no_outliers():
    neighbors = outliers.find_neighbors(np.ones((50, 5)))
    assert outliers.find_outliers(neighbors) == []
    assert set(duplicates.group_vectors(np.ones((50, 5)), neighbors).codes) == {0}


# Between train and test


def test_leaks_are_the_planted_ones():
    plain = sentences(60)
    train = np.array([*plain, plain[4], ""], dtype=object)
    test = np.array([*sentences(30, seed=5), plain[4].title(), plain[8] + " too", ""], dtype=object)
    exact, near = leaks.find_leaks(train, test)
    assert (exact.severity, exact.rows.tolist()) == ("error", [4, 60])
    assert "1 of its 33 rows" in exact.message
    assert (near.severity, near.rows.tolist()) == ("warning", [8])
    assert near.notes == ("test row 31",)


def test_leaks_of_numbers():
    rng = np.random.default_rng(0)
    train = rng.normal(size=(50, 20))
    test = np.vstack([rng.normal(size=(20, 20)), train[3], train[9] + 1e-5])
    exact, near = leaks.find_leaks(train, test)
    assert exact.rows.tolist() == [3]
    assert near.rows.tolist() == [9]
    assert leaks.find_leaks(train, rng.normal(size=(20, 20))) == []
    assert leaks.find_leaks(train[:1], test) == []


def test_other_features_are_refused():
    with pytest.raises(InputError, match="texts or as many features"):
        leaks.find_leaks(np.ones((3, 2)), np.ones((3, 4)))
