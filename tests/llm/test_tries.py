"""Continuations as one tree: every path adds up to what its tokens add up to one by one."""

import numpy as np
import pytest

from keraswrap.llm.tries import build_trie

END = (90, 91)


def walk(branch, before, table, found):
    """Fill in every step from a table: log-probability of a token after a tuple of tokens."""
    states = [before + branch.tokens[:k] for k in range(len(branch.tokens) + 1)]
    for state, asks in zip(states[len(states) - len(branch.asks) :], branch.asks, strict=True):
        for ask in asks:
            found[ask.step] = np.logaddexp.reduce([table(state, t) for t in ask.tokens])
    for below in branch.branches:
        walk(below, before + branch.tokens, table, found)


def table(state, token):
    return -float(np.random.default_rng([*state, token]).random())


def one_by_one(sequence, end):
    total = sum(table(tuple(sequence[:k]), token) for k, token in enumerate(sequence))
    return total + (np.logaddexp(*(table(tuple(sequence), t) for t in END)) if end else 0)


def random_continuations(seed):
    rng = np.random.default_rng(seed)
    count = rng.integers(1, 9)
    sequences = [tuple(map(int, rng.integers(0, 3, rng.integers(1, 6)))) for _ in range(count)]
    return sequences, [bool(flag) for flag in rng.integers(0, 2, count)]


@pytest.mark.parametrize("seed", range(40))
def test_paths_add_up_whatever_is_shared(seed):
    sequences, ends = random_continuations(seed)
    trie = build_trie(sequences, ends, END)
    found = np.full(trie.n_steps, np.nan)
    walk(trie.root, (), table, found)
    expected = [one_by_one(*pair) for pair in zip(sequences, ends, strict=True)]
    np.testing.assert_allclose(trie.totals(found[None])[0], expected)


def test_what_all_begin_with_is_in_the_root_and_nothing_is_run_twice():
    trie = build_trie([(1, 2, 3, 4), (1, 2, 5, 6), (1, 2, 7)], [False] * 3, END)
    assert trie.root.tokens == (1, 2)
    assert [branch.tokens for branch in trie.root.branches] == [(3,), (5,)]


def test_single_tokens_need_no_run_unless_they_have_to_end():
    assert not build_trie([(1,), (2,)], [False, False], END).root.branches
    ending = build_trie([(1,), (2,)], [True, True], END).root
    assert [branch.tokens for branch in ending.branches] == [(1,), (2,)]
