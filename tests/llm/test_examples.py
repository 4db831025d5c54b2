"""Which labelled texts are shown."""

from collections import Counter

import numpy as np
import pytest
from scipy.stats import chisquare
from sklearn.feature_extraction.text import TfidfVectorizer

from keraswrap.exceptions import ParameterError
from keraswrap.llm._examples import Nearest, arrange, check_max_samples, choose

TEXTS = [f"text {n}" for n in range(30)]
LABELS = np.array(["a"] * 20 + ["b"] * 7 + ["c"] * 3)


def pick(n, selection="balanced", seed=0, texts=TEXTS, labels=LABELS):
    return choose(texts, labels, n, selection, np.random.RandomState(seed))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("n", [0, 2, 3, 6, 9, 12, 30, 99])
def test_labels_take_turns(n, seed):
    chosen = pick(n, seed=seed)
    assert len(set(chosen)) == len(chosen) == min(n, 30)
    counts = Counter(LABELS[chosen])
    share = max(counts.values(), default=0)
    assert all(counts[one] >= min(share - 1, total) for one, total in Counter(LABELS).items())


def test_any_may_be_any():
    counts = Counter(LABELS[pick(3, "random", seed)[0]] for seed in range(600))
    found = [counts[label] for label in "abc"]
    assert chisquare(found, [400, 140, 60]).pvalue > 0.01  # as often as there are


@pytest.mark.parametrize("selection", ["balanced", "random"])
def test_a_seed_gives_the_same(selection):
    assert pick(5, selection, 1) == pick(5, selection, 1) != pick(5, selection, 2)


@pytest.mark.parametrize("selection", ["balanced", "random"])
@pytest.mark.parametrize("seed", range(5))
def test_duplicates_take_no_place_and_cost_none(selection, seed):
    texts = ["same"] * 20 + [f"text {n}" for n in range(10)]
    chosen = pick(11, selection, seed, texts)
    assert len({texts[row] for row in chosen}) == 11
    assert len(pick(20, selection, seed, texts)) == 20


def test_a_callable_chooses():
    assert pick(2, lambda texts, labels, n: [3, len(texts) - n]) == [3, 28]


@pytest.mark.parametrize("given", [[30], [-1], [0.5], "ab", [[1, 2]], None])
def test_a_callable_gives_positions(given):
    with pytest.raises(ParameterError, match="selection to give positions from 0 to 29, got"):
        pick(2, lambda *_: given)


@pytest.mark.parametrize(("order", "shown"), [("selected", [4, 2, 7]), ("reversed", [7, 2, 4])])
def test_order(order, shown):
    assert arrange([4, 2, 7], order, np.random.RandomState(0)) == shown
    assert sorted(arrange([4, 2, 7], "random", np.random.RandomState(0))) == [2, 4, 7]


def test_the_nearest_are_shown_and_never_the_text_itself():
    texts = ["quick delivery", "slow delivery", "good sound", "quick delivery"]
    nearest = Nearest(Dense(), texts)
    assert nearest.choose(["quick delivery", "sound"], 2) == [[1, 2], [2, 0]]
    assert nearest.choose(["quick, quick delivery"], 1) == [[0]]


class Dense(TfidfVectorizer):
    """Gives an array, as an embedder does."""

    def transform(self, texts):
        return super().transform(texts).toarray()


@pytest.mark.parametrize("given", [-1, 1.5, "5", None, True])
def test_a_number_of_examples_is_whole(given):
    with pytest.raises(ParameterError, match="max_samples as a whole number from 0 on"):
        check_max_samples(given)
