"""Batches that hold every class alike."""

import numpy as np
import pytest

from keraswrap.text._balanced_batches import BalancedBatches


def labels_of(*counts):
    return np.repeat(np.eye(len(counts)), counts, axis=0)


def drawn(labels, size, epoch=0, seed=0):
    plan = BalancedBatches.plan(labels, size)
    return plan, plan.order(seed, epoch).reshape(plan.n_batches, plan.size)


@pytest.mark.parametrize(
    ("counts", "size", "n_classes", "n_each"),
    [
        ((8, 8), 16, 2, 8),
        ((4, 4), 16, 2, 4),  # no more than there are
        ((30, 2), 16, 2, 8),  # the few are repeated
        ((5,) * 20, 16, 8, 2),
        ((5,) * 3, 16, 3, 5),
        ((1, 1), 16, 2, 2),  # a text is its own pair, apart from dropout
        ((9, 9), 1, 2, 2),  # the least that has a pair and a difference
    ],
)
def test_batches_hold_classes_alike(counts, size, n_classes, n_each):
    labels = labels_of(*counts)
    plan, batches = drawn(labels, size)
    assert (plan.n_classes, plan.n_each) == (n_classes, n_each)
    assert plan.n_batches == -(-sum(counts) // plan.size)
    for batch in batches:
        found = labels[batch].sum(axis=0)
        assert set(found) <= {0, n_each}
        assert (found > 0).sum() == n_classes


def test_no_text_comes_again_before_all_of_its_class():
    _, batches = drawn(labels_of(6, 12), 8)
    firsts = [text for text in batches.ravel() if text < 6]
    assert sorted(firsts[:6]) == list(range(6))


def test_every_class_comes_before_one_comes_again():
    labels = labels_of(*(4,) * 10)
    _, batches = drawn(labels, 4)
    classes = labels[batches[:5]].argmax(axis=2)
    assert sorted(classes.ravel()[::2].tolist()) == list(range(10))


def test_a_text_is_drawn_for_each_of_its_labels_and_those_without_are_a_class():
    labels = np.array([[1, 1], [1, 0], [0, 0], [0, 0]])
    plan, _ = drawn(labels, 16)
    assert [member.tolist() for member in plan.members] == [[0, 1], [0], [2, 3]]


def test_the_seed_and_the_epoch_decide_the_order():
    labels = labels_of(9, 9)
    orders = [drawn(labels, 8, epoch, seed)[1] for seed, epoch in ((0, 0), (0, 0), (0, 1), (1, 0))]
    np.testing.assert_array_equal(orders[0], orders[1])
    assert not np.array_equal(orders[0], orders[2])
    assert not np.array_equal(orders[0], orders[3])
