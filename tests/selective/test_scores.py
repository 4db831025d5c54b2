"""How sure rows are: each score against its formula."""

import numpy as np
import pytest
from scipy.stats import entropy

from keraswrap.exceptions import ParameterError
from keraswrap.selective._scores import score_rows

PROBA = np.random.default_rng(0).dirichlet(np.ones(4), 20)


def test_each_score_is_its_formula():
    ranked = np.sort(PROBA, axis=1)
    assert score_rows(PROBA).tolist() == ranked[:, -1].tolist()
    assert score_rows(PROBA, "margin") == pytest.approx(ranked[:, -1] - ranked[:, -2])
    assert score_rows(PROBA, "entropy") == pytest.approx(-entropy(PROBA, axis=1))
    assert score_rows(PROBA, lambda proba: proba[:, 0]).tolist() == PROBA[:, 0].tolist()


@pytest.mark.parametrize("score", ["max_proba", "margin", "entropy"])
def test_rows_without_an_answer_come_last(score):
    rows = np.vstack([PROBA, np.full((1, 4), np.nan)])
    assert score_rows(rows, score)[-1] == -np.inf
    assert np.isfinite(score_rows(rows, score)[:-1]).all()
    assert score_rows(rows[-1:], score).tolist() == [-np.inf]


@pytest.mark.parametrize("score", ["max", None, 3])
def test_a_score_is_a_known_name_or_a_function(score):
    with pytest.raises(ParameterError, match="rank_by to be one of"):
        score_rows(PROBA, score)


@pytest.mark.parametrize("score", [np.max, lambda p: p, lambda p: p[:, 0] * np.nan, str])
def test_a_function_returns_a_number_for_each_row(score):
    with pytest.raises(ParameterError, match="return one number for each of 20 rows"):
        score_rows(PROBA, score)
