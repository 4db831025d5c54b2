"""Out-of-fold probabilities: whose are kept while a search runs."""

import numpy as np
import pytest

from keraswrap.model_selection._candidate_fit import Fit
from keraswrap.model_selection._out_of_fold import OutOfFold


def fit(score, split=0):
    return Fit(test_scores=score, proba=np.full((2, 2), score), classes=np.array([0, 1]))


def test_only_the_candidate_ahead_is_kept():
    folds = OutOfFold(2)
    scores = [[0.5, 0.7], [0.9, 0.3], [0.1, np.nan], [0.9, 0.9]]
    fits = {(c, s): fit(score) for c, both in enumerate(scores) for s, score in enumerate(both)}
    for (candidate, split), each in fits.items():
        folds.add(candidate, split, each)
        assert folds.held() <= 2
    assert folds.of(3) == [fits[3, 0], fits[3, 1]]
    assert [folds.of(candidate) for candidate in range(3)] == [None] * 3
    assert [each.proba is None for each in fits.values()] == [True] * 6 + [False] * 2


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_of_equal_candidates_the_first_wins(order):
    folds = OutOfFold(1)
    for candidate in order:
        folds.add(candidate, 0, fit(0.5))
    assert folds.of(0) is not None
    assert folds.of(1) is None


def test_all_are_kept_where_a_function_decides():
    folds = OutOfFold(1, keep_all=True)
    for candidate in range(3):
        folds.add(candidate, 0, fit(candidate))
    assert folds.held() == 3
