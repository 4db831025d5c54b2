"""Families: mistakes counted by hand, and annotators joined by average linkage."""

import numpy as np
import pytest
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from keraswrap.labeling._families import find_families, shared_errors


def by_hand(answers, truth):
    """Return the shares by counting row by row."""
    m = answers.shape[1]
    shares = np.eye(m)
    for a in range(m):
        for b in set(range(m)) - {a}:
            both = [(x, y, t) for x, y, t in zip(*answers[:, [a, b]].T, truth, strict=True)
                    if x >= 0 and y >= 0]  # fmt: skip
            wrong = [(x, y) for x, y, t in both if x != t or y != t]
            # Two right answers are no common mistake, nor are two different wrong ones.
            same = [x for x, y, t in both if x == y != t]
            shares[a, b] = len(same) / len(wrong) if len(wrong) >= 10 else np.nan
    return shares


@pytest.mark.parametrize("seed", range(3))
def test_shares_are_those_counted_by_hand(seed):
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 3, 60)
    answers = rng.integers(-1, 3, (60, 4))
    answers[:, 3] = np.where(rng.random(60) < 0.9, truth, -1)  # too few mistakes with the last
    answers[:, 2] = np.where(rng.random(60) < 0.9, truth, answers[:, 2])
    found = shared_errors(answers, truth)
    np.testing.assert_allclose(found, by_hand(answers, truth))
    assert np.isnan(found[2, 3])
    assert not np.isnan(found[0, 1])


def labels_of(clusters):
    """Return the clusters' numbers in the order in which they appear."""
    order = list(dict.fromkeys(clusters.tolist()))
    return [order.index(cluster) for cluster in clusters.tolist()]


@pytest.mark.parametrize("seed", range(20))
def test_families_are_those_of_average_linkage_above_half(seed):
    rng = np.random.default_rng(seed)
    shares = np.triu(rng.random((7, 7)), 1)
    shares += shares.T + np.eye(7)
    tree = linkage(squareform(1 - shares, checks=False), "average")
    expected = labels_of(fcluster(tree, 0.5, "distance"))
    assert find_families(range(7), shares).tolist() == expected
    assert len(set(expected)) > 1


def test_half_of_the_mistakes_and_too_few_of_them_join_nobody():
    half = np.array([[1, 0.5], [0.5, 1]])
    assert find_families("ab", half).tolist() == [0, 1]
    assert find_families("ab", half + 0.01).tolist() == [0, 0]
    unknown = np.array([[1, np.nan], [np.nan, 1]])
    assert find_families("ab", unknown).tolist() == [0, 1]
    assert find_families("aa", unknown).tolist() == [0, 0]


def test_a_family_known_before_is_numbered_in_the_order_of_annotators():
    assert find_families(["b", "a", "b", "c"], None).tolist() == [0, 1, 0, 2]
    # The third joins the first two by its average with both, 0.55.
    shares = np.array([[1, 0, 0.9], [0, 1, 0.2], [0.9, 0.2, 1]])
    assert find_families("aab", shares).tolist() == [0, 0, 0]
    assert find_families("aab", np.where(shares == 0.9, 0.79, shares)).tolist() == [0, 0, 1]


def test_annotators_that_repeat_each_other_s_mistakes_are_a_family():
    rng = np.random.default_rng(0)
    truth = np.zeros(300, int)
    trap = rng.random(300) < 0.25
    said = np.stack([trap, trap | (rng.random(300) < 0.05), rng.random(300) < 0.3], axis=1)
    shares = shared_errors(said.astype(int), truth)
    assert shares[0, 1] > 0.7
    assert shares[0, 2] < 0.4
    assert find_families("abc", shares).tolist() == [0, 0, 1]
    assert find_families("aba", shares).tolist() == [0, 0, 0]
    few = shared_errors(said[:20].astype(int), truth[:20])
    assert np.isnan(few[0, 1])
    assert find_families("abc", few).tolist() == [0, 1, 2]


@pytest.mark.parametrize(("n", "share"), [(9, np.nan), (10, 1.0)])
def test_ten_mistakes_are_the_fewest_that_show_something(n, share):
    truth = np.zeros(30, int)
    wrong = np.where(np.arange(30) < n, 1, 0)
    np.testing.assert_equal(shared_errors(np.stack([wrong, wrong], axis=1), truth)[0, 1], share)
