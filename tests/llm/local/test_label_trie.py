"""Continuations as one tree: every path adds up to what its tokens add up to one by one."""

import numpy as np
import pytest

from keraswrap.llm.local._label_trie import build_trie, count_branches

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


@pytest.mark.parametrize("most", [1, 4, 100])
@pytest.mark.parametrize("seed", range(20))
def test_laid_flat_each_token_sees_its_own_path(seed, most):
    sequences, ends = random_continuations(seed)
    trie = build_trie(sequences, ends, END)
    found = np.full(trie.n_steps, -np.inf)
    for flat in trie.flat(most):
        paths = [tuple(flat.tokens[sees].tolist()) for sees in flat.seen]
        assert [len(path) - 1 for path in paths] == flat.depths.tolist()
        for (after, token), step in zip(flat.asked, flat.steps, strict=True):
            state = paths[after] if after >= 0 else ()
            found[step] = np.logaddexp(found[step], table(state, int(token)))
    expected = [one_by_one(*pair) for pair in zip(sequences, ends, strict=True)]
    np.testing.assert_allclose(trie.totals(found[None])[0], expected)


def test_a_row_has_no_more_tokens_than_asked_for_where_branches_allow():
    trie = build_trie([(1, k, 9, 9) for k in range(2, 8)], [False] * 6, END)
    assert count_branches(trie.root) == 7
    assert [len(flat.tokens) for flat in trie.flat(5)] == [5, 5, 5]
    assert [len(flat.tokens) for flat in trie.flat(1)] == [3] * 6
