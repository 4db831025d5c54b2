"""Measure by nested cross-validation which strategy for label issues pays, if any."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats
from sklearn.base import BaseEstimator
from sklearn.model_selection import check_cv
from sklearn.utils import _safe_indexing, indexable
from sklearn.utils.validation import has_fit_parameter

from keraswrap._data import align, open_data
from keraswrap._paired import paired_interval
from keraswrap._settings import change_settings
from keraswrap._targets import check_labels
from keraswrap.exceptions import InputError
from keraswrap.issues.labels._copies import copies_among, known_copies
from keraswrap.issues.labels._find import find_label_issues
from keraswrap.issues.labels._fit_action import fit_action
from keraswrap.issues.labels._folds import Splits, split_rows
from keraswrap.issues.labels._settings import LabelIssueSettings
from keraswrap.issues.labels._strategies import STRATEGIES, act, check_strategy
from keraswrap.model_selection._run_plan import trained_step, weight_name
from keraswrap.model_selection._sklearn import check_params

__all__ = ["StrategyComparison", "compare_strategies"]

# Folds on both levels: more would need more fits and change little.
_FOLDS = 3
# One-sided, at 5%: a strategy has to gain more than this many standard errors.
_ERRORS = float(stats.norm.ppf(0.95))
_COLUMNS = ["accuracy", "gain", "low", "high", "changed"]


@dataclass(frozen=True, eq=False)
class StrategyComparison:
    """What each strategy for label issues gained on rows that were held out.

    Parameters
    ----------
    table : DataFrame
        By strategy, ``"none"`` first: ``accuracy`` on held-out rows, with their labels
        as given, in [0, 1]; ``gain`` over ``"none"``, and its 95% interval, ``low`` to
        ``high``; ``changed``, the mean share of training rows that were dropped,
        relabeled or down-weighted. Empty if nothing could be measured.
    chosen : str
        The recommended strategy; ``"none"`` if no gain exceeds chance.
    reason : str
        One sentence on why.
    n_fits : int
        Number of fits.
    """

    table: pd.DataFrame
    chosen: str
    reason: str
    n_fits: int

    def __repr__(self) -> str:
        return f"StrategyComparison({self.chosen}: {self.reason})"


def compare_strategies(
    estimator: BaseEstimator,
    X: object,
    y: object = None,
    *,
    groups: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
    params: Mapping[str, object] | None = None,
    settings: LabelIssueSettings | None = None,
    threshold: float = 0.8,
) -> StrategyComparison:
    """Measure what pruning, relabeling and weighting label issues gains, without a test set.

    Each fold is held out in turn. Label issues are found among the other rows alone,
    acted on in each way, and the fit that follows predicts the fold.

    Parameters
    ----------
    estimator : classifier with predict_proba
        Cloned for each fit and left unchanged.
    X : array-like, DataFrame, texts, dict of arrays, or dataset
    y : array-like of shape (n,)
        A dataset may bring its own.
    groups : array-like of shape (n,), optional
        Rows of a group stay in one fold.
    sample_weight : array-like of shape (n,), optional
        Passed to each fit.
    params : dict, optional
        Further parameters of fit.
    settings : LabelIssueSettings, optional
        How label issues are found. A number of folds above 3 is reduced to 3 on both
        levels; a splitter decides on the outer level, and 3 folds are used on the inner.
    threshold : float in [0, 1], default=0.8
        Minimum probability of a suggestion for relabeling.

    Returns
    -------
    StrategyComparison

    Raises
    ------
    InputError
        As for `find_label_issues`.
    ParameterError
        If a setting has an invalid value.

    Notes
    -----
    Held-out labels are as noisy as the others, so all accuracies are too low. Their order
    still holds as long as each class is labeled correctly more often than as any other
    class, since no held-out label takes part in finding issues. A strategy is recommended
    if its gain exceeds 1.64 standard errors of the paired differences.

    Examples
    --------
    >>> from sklearn.datasets import make_blobs
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from keraswrap.issues import compare_strategies
    >>> X, y = make_blobs(300, centers=2, random_state=0)
    >>> y = np.where(np.arange(300) % 5 == 0, 1 - y, y)
    >>> compare_strategies(KNeighborsClassifier(3), X, y).table.index.tolist()
    ['none', 'prune', 'relabel']
    """
    settings = change_settings(settings, {}, LabelIssueSettings, "compare_strategies")
    check_strategy("none", threshold)
    told = {"X": X, "y": y, "groups": groups, "sample_weight": sample_weight}
    X, y, groups, sample_weight = align(told).values()
    X, y, given = open_data(X, y, {"sample_weight": sample_weight})
    if y is None:
        raise InputError("Expected labels, y, one for each row, got None. Pass y=.")
    X, y = indexable(X, y)
    params = dict(params or {})
    if given["sample_weight"] is not None:
        params[weight_name(estimator)] = given["sample_weight"]
    return measure_strategies(estimator, X, check_labels(y), groups, params, settings, threshold)


def measure_strategies(
    estimator: BaseEstimator,
    X: object,
    given: np.ndarray,
    groups: ArrayLike | None,
    params: dict[str, object],
    settings: LabelIssueSettings,
    threshold: float,
) -> StrategyComparison:
    """Compare strategies on rows and labels that have already been checked."""
    folds = min(int(cast(int, settings.cv)), _FOLDS) if settings.takes_folds else _FOLDS
    rare = settings.takes_folds and _fewest(given) < folds
    # Found once, among all rows: it takes seconds, and a fold has no others.
    copies = None if rare else known_copies(X, settings.copies)
    splits = [] if rare else _split(X, given, groups, copies, settings, folds)
    if not splits or min(_fewest(given[train]) for train, _ in splits) < folds:
        return unmeasured(
            f"Nothing could be measured: a class has fewer than {folds} rows beside those of a fold"
        )
    inner = replace(settings, cv=folds, journal=None, progress=False)
    names = list_strategies(estimator)
    right: dict[str, list[np.ndarray]] = {name: [] for name in names}
    changed: dict[str, list[float]] = {name: [] for name in names}
    n_fits = 0
    for train, test in splits:
        rows, labels = _safe_indexing(X, train), given[train]
        told = check_params(X, params, train)
        known = inner if copies is None else replace(inner, copies=copies_among(copies, train))
        found = find_label_issues(
            estimator,
            rows,
            labels,
            groups=None if groups is None else np.asarray(groups)[train],
            params=told,
            settings=known,
        )
        n_fits += cast(int, found.provenance["fits"])
        for name in names:
            action = act(found, name, threshold=threshold)
            changed[name].append(float(action.changed.mean()))
            if name != "none" and not action.changed.any():
                right[name].append(right["none"][-1])
                continue
            fitted = fit_action(estimator, rows, action, told)
            predicted = np.asarray(fitted.predict(_safe_indexing(X, test)))
            right[name].append(predicted == given[test])
            n_fits += 1
    return choose_strategy(
        {name: np.concatenate(parts) for name, parts in right.items()},
        {name: float(np.mean(shares)) for name, shares in changed.items()},
        n_fits,
    )


def list_strategies(estimator: BaseEstimator) -> list[str]:
    """List the strategies that an estimator can follow, ``"none"`` first."""
    weighs = has_fit_parameter(trained_step(estimator)[1], "sample_weight")
    return [name for name in STRATEGIES if name != "weight" or weighs]


def choose_strategy(
    right: Mapping[str, np.ndarray], changed: Mapping[str, float], n_fits: int
) -> StrategyComparison:
    """Choose the strategy that gains most, if it gains more than chance would.

    Parameters
    ----------
    right : dict of str to ndarray of shape (n,), bool
        By strategy, which held-out rows were predicted as labeled; with ``"none"``.
    changed : dict of str to float
        Share of training rows that each strategy changed.
    n_fits : int

    Returns
    -------
    StrategyComparison

    Examples
    --------
    >>> before = np.repeat([True, False], [80, 20])
    >>> after = np.repeat([True, False], [90, 10])
    >>> choose_strategy({"none": before, "prune": after}, {"none": 0, "prune": 0.1}, 2).chosen
    'prune'
    """
    lines, gains = {}, {}
    for name, hits in right.items():
        difference = hits.astype(np.float64) - right["none"]
        gain, error = float(difference.mean()), float(stats.sem(difference))
        interval = paired_interval(difference) or (np.nan, np.nan)
        lines[name] = [float(hits.mean()), gain, *interval, changed[name]]
        if name != "none" and gain > _ERRORS * error:
            gains[name] = gain
    table = pd.DataFrame.from_dict(lines, orient="index", columns=_COLUMNS)
    table.index.name = "strategy"
    chosen = max(gains, key=lambda name: gains[name]) if gains else "none"
    return StrategyComparison(table, chosen, _describe(table, chosen), n_fits)


_GERUNDS = {"prune": "Pruning", "relabel": "Relabeling", "weight": "Weighting"}


def _describe(table: pd.DataFrame, chosen: str) -> str:
    tried = table.drop(index="none")
    if tried.empty or not tried["changed"].any():
        return "No label was changed by any strategy"
    name = chosen if chosen != "none" else str(tried["gain"].idxmax())
    gain, low, high = (100 * float(table.loc[name, column]) for column in ("gain", "low", "high"))
    measured = f"{gain:+.1f} points ({low:+.1f} to {high:+.1f}) on held-out rows"
    if chosen != "none":
        return f"{_GERUNDS[name]} gains {measured}"
    return f"No strategy gains more than chance would; the best, {name}, {measured}"


def unmeasured(reason: str) -> StrategyComparison:
    """Return a comparison that leaves labels alone, and says why nothing was measured."""
    table = pd.DataFrame(columns=_COLUMNS, index=pd.Index([], name="strategy"), dtype=float)
    return StrategyComparison(table, "none", reason, 0)


def _split(
    X: object,
    given: np.ndarray,
    groups: ArrayLike | None,
    copies: np.ndarray | None,
    settings: LabelIssueSettings,
    folds: int,
) -> Splits:
    if not settings.takes_folds:
        return list(check_cv(settings.cv, given, classifier=True).split(X, given, groups))
    return split_rows(given, folds, settings.random_state, groups, copies)


def _fewest(labels: np.ndarray) -> int:
    return int(np.unique(labels, return_counts=True)[1].min()) if len(labels) else 0
