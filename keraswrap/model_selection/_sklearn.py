"""The private pieces of scikit-learn that a search needs, all in one place.

There is no public way to a `cv_results_` that stays the same as scikit-learn's
through its releases. They are alike from 1.7 to 1.9, which is the bound in
setup.cfg; a test compares every result with scikit-learn's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sklearn import get_config
from sklearn.base import BaseEstimator
from sklearn.base import _fit_context as fit_context
from sklearn.metrics._scorer import _MultimetricScorer
from sklearn.model_selection._search import BaseSearchCV
from sklearn.model_selection._validation import (
    _insert_error_scores,
    _score,
    _warn_or_raise_about_fit_failures,
)
from sklearn.utils.metaestimators import _safe_split
from sklearn.utils.validation import _check_method_params

from keraswrap.exceptions import warn_user

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sklearn.utils import Bunch

    from keraswrap.model_selection._candidate_fit import Scores

    # ``cv_results_``: arrays by column; under ``params``, the candidates.
    Results = dict[str, Any]

__all__ = [
    "BaseSearchCV",
    "check_params",
    "choose",
    "fit_context",
    "format_results",
    "is_routing",
    "named_scorers",
    "routed",
    "score",
    "scorers_of",
    "scores_of_failure",
    "take",
    "warn_of_callbacks",
]


def check_params(
    X: object, params: dict[str, object] | None, index: object = None
) -> dict[str, object]:
    """Check parameters that may hold a value for each row, and take those of some rows."""
    return _check_method_params(X, params=params or {}, indices=index)


def take(
    estimator: BaseEstimator, X: object, y: object, index: object, train: object = None
) -> tuple[object, object]:
    """Take rows; `train` is what a kernel of precomputed values was fitted on."""
    return _safe_split(estimator, X, y, index, train)


def score(
    estimator: BaseEstimator,
    X: object,
    y: object,
    scorer: object,
    params: dict[str, object],
    error_score: object,
) -> Scores:
    """Score a fitted estimator; what fails becomes a warning and `error_score`."""
    return _score(estimator, X, y, scorer, params, error_score)


def scores_of_failure(scorer: object, error_score: object) -> Any:
    """Return the scores that count for a failed fit."""
    if isinstance(scorer, _MultimetricScorer):
        return {name: error_score for name in scorer._scorers}
    return error_score


def scorers_of(search: BaseSearchCV) -> tuple[object, object]:
    """Return a search's scorer, and the deciding metric."""
    return search._get_scorers()


def routed(search: BaseSearchCV, params: dict[str, object]) -> Bunch:
    """Route what fit was called with to the estimator, the scorer and the splitter."""
    return search._get_routed_params_for_fit(params)


def format_results(
    search: BaseSearchCV,
    candidates: list[Mapping[str, object]],
    n_splits: int,
    rows: list[dict[str, object]],
) -> Results:
    """Make ``cv_results_`` of the fits, candidate by candidate, and warn of those that failed."""
    _warn_or_raise_about_fit_failures(rows, search.error_score)
    if callable(search.scoring):
        _insert_error_scores(rows, search.error_score)
    return search._format_results(candidates, n_splits, rows)


def choose(
    search: BaseSearchCV, metric: object, first: object, results: Results
) -> tuple[int | None, object]:
    """Return the best candidate, and the metric that selected it.

    Parameters
    ----------
    metric : str or None
        As from `scorers_of`.
    first : float or dict
        Scores of the first fit: of a scorer of one's own they tell how many it has.
    results : dict
        ``cv_results_``.

    Returns
    -------
    best : int or None
        None where several metrics were asked for and none is to decide.
    metric : str
    """
    if callable(search.scoring) and isinstance(first, dict):
        search._check_refit_for_multimetric(first)
        metric = search.refit
    if not search.refit and isinstance(first, dict):
        return None, metric
    return search._select_best_index(search.refit, metric, results), metric


def warn_of_callbacks(search: BaseSearchCV) -> None:
    """Warn that callbacks set with scikit-learn 1.9's ``set_callbacks`` are not called."""
    if getattr(search, "_skl_callbacks", None):
        warn_user(
            "Callbacks of scikit-learn are not called by this search. progress=True shows a bar."
        )


def is_routing() -> bool:
    """Return whether metadata routing is enabled."""
    return bool(get_config()["enable_metadata_routing"])


def named_scorers(scorer: object) -> object:
    """Return the scorers by name if there are several, as in ``scorer_``."""
    return scorer._scorers if isinstance(scorer, _MultimetricScorer) else scorer
