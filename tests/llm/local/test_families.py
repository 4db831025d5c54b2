"""Families of prompts: what begins alike is found by tokens, and answers find their prompts."""

import numpy as np
import pytest

from keraswrap.llm.local._families import Family, Member, group_families
from keraswrap.llm.local._label_trie import count_tokens

YES_NO = (((9,), False), ((8, 7), False))
ENDS = (((9,), True), ((9, 8), True), ((6,), True))


def members(prompts, ways=YES_NO, chat=False, start=0):
    return [Member(start + n, tuple(ids), ways, chat) for n, ids in enumerate(prompts)]


@pytest.mark.parametrize("seed", range(5))
def test_each_prompt_is_its_beginning_and_its_tail_and_begins_as_long_as_it_can(seed):
    rng = np.random.default_rng(seed)
    prompts = [rng.integers(0, 2, rng.integers(1, 9)).tolist() for _ in range(40)]
    for one, other in zip(prompts[::2], prompts[1::2], strict=True):
        (group,) = group_families([members([one, other])])
        (family,) = group.families
        assert [[*family.beginning, *tail] for tail, _ in group.tails] == [one, other]
        # One token is left of each, for what follows it is asked about.
        fits = [n for n in range(min(len(one), len(other))) if one[:n] == other[:n]]
        assert len(family.beginning) == max(fits)


def test_a_prompt_alone_is_all_beginning():
    (group,) = group_families([members([(1, 2, 3)])])
    assert group.families == [Family((1, 2, 3), (0,))]
    assert [tail for tail, _ in group.tails] == [()]


def test_families_that_go_on_otherwise_are_groups_of_their_own():
    alike = [members([(n, 5), (n, 6)], start=2 * n) for n in range(2)]
    tail, ways = members([(2, 5), (2, 4)], start=4), members([(3, 5), (3, 6)], ENDS, start=6)
    chat = members([(4, 5), (4, 6)], chat=True, start=8)
    groups = group_families([*alike, tail, ways, chat])
    assert [[family.rows for family in group.families] for group in groups] == [
        [(0, 1), (2, 3)], [(4, 5)], [(6, 7)], [(8, 9)]
    ]  # fmt: skip
    assert [group.ends for group in groups] == [False, False, True, False]
    assert [group.chat for group in groups] == [False, False, False, True]


def test_answers_are_cut_by_question_and_go_back_to_their_prompts():
    two = Member(0, (1, 5), YES_NO, False), Member(1, (1, 6), ENDS, False)
    more = Member(2, (1, 2, 5), YES_NO, False), Member(3, (1, 2, 6), ENDS, False)
    (group,) = group_families([two, more])
    found = group.answers(np.array([1, 0]), np.arange(10.0).reshape(2, 5), 4)
    assert found.rows.tolist() == [2, 3, 0, 1]
    nan = np.nan
    expected = [[0, 1, nan, nan], [2, 3, 4, nan], [5, 6, nan, nan], [7, 8, 9, nan]]
    np.testing.assert_array_equal(found.log_probs, expected)
    # Beginnings of 2 and 1 tokens, and two questions of 1 after each.
    assert found.n_tokens == (2 + 2 + 1 + 2, 0)


def test_what_all_families_begin_with_is_counted_once():
    ids = [(1, 1, n, n, 5) for n in range(2, 5)]
    asked = [members([one, (*one[:-1], 6, 6)], start=2 * n) for n, one in enumerate(ids)]
    (group,) = group_families(asked)
    tree = count_tokens(group.trie(()).root)
    assert group.n_run == 2 + 3 * 2 + 3 * tree
    (alone,) = group_families(asked[:1])
    assert alone.n_run == 4 + tree
