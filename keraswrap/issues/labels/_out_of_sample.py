"""Get out-of-sample probabilities: as given, as kept by a search, or by cross-validation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

from keraswrap._target_view import TargetView
from keraswrap.exceptions import InputError, ParameterError
from keraswrap.issues import _probabilities as checking
from keraswrap.issues.labels._copies import count_copies
from keraswrap.issues.labels._folds import split_rows
from keraswrap.issues.labels._settings import LabelIssueSettings
from keraswrap.model_selection._cross_val_predict import hold_out
from keraswrap.model_selection._run_plan import epochs_of, trained_step, why_not
from keraswrap.model_selection._run_settings import RunSettings
from keraswrap.model_selection._search_base import label_key

# How often a fit pauses between epochs to predict held-out rows; more would take more memory.
_STOPS = 8


@dataclass
class Evidence:
    """Labels, and the out-of-sample probabilities that judge them.

    Parameters
    ----------
    given : ndarray of shape (n,)
    classes : ndarray of shape (k,)
    proba : ndarray of shape (n, k)
    repeats : sequence of ndarray of shape (n, k)
        From each repetition of the cross-validation, if there are several.
    epochs : sequence of ndarray of shape (n, k)
        After some of the epochs, if requested.
    provenance : dict
        Where the probabilities come from.
    views : DataFrame, optional
        The views that were weighed together, as in `LabelIssues`.
    scores : dict of str to ndarray of shape (n,)
        How sure each view is of the labels.
    """

    given: np.ndarray
    classes: np.ndarray
    proba: np.ndarray
    repeats: Sequence[np.ndarray] = ()
    epochs: Sequence[np.ndarray] = ()
    provenance: dict[str, object] = field(default_factory=dict)
    views: pd.DataFrame | None = None
    scores: dict[str, np.ndarray] = field(default_factory=dict)


def from_proba(proba: object, y: object, classes: object, out_of_sample: bool | None) -> Evidence:
    """Check probabilities that were passed, and the labels they belong to.

    Raises
    ------
    InputError
        If they cannot be used, or are said not to be out of sample.
    """
    if out_of_sample is False:
        raise InputError(
            "Expected probabilities by fits that had not seen the rows, got out_of_sample=False. "
            "A model agrees with the errors that it was trained on. Pass the estimator itself, or "
            "the result of keraswrap.model_selection.cross_val_predict_proba."
        )
    named, proba = proba, checking.check_proba(proba)
    given, classes = checking.check_given(y, proba, classes)
    checking.check_names(named, classes)
    if not out_of_sample:
        checking.warn_if_seen(given, proba, classes)
    told = {"source": "given", "out_of_sample": out_of_sample, "model": None, "fits": 0}
    return Evidence(given, classes, proba, provenance={**told, "folds": None, "seed": None})


def pick(found: object, head: str | None) -> Any:
    """Return what belongs to a head; everything, if there is one target.

    Raises
    ------
    InputError
        If there are several heads and none is named, or there is no such head.

    Examples
    --------
    >>> pick({"topic": 1, "stars": 2}, "stars"), pick(3, None)
    (2, 3)
    """
    if head is None or found is None:
        return found
    if not isinstance(found, Mapping):
        raise InputError(
            f"Expected probabilities by head, as head={head!r} was passed, got those of one "
            "target. Leave head out."
        )
    if head not in found:
        raise InputError(
            f"Expected head to be one that has classes, {list(found)!r:.100}, got {head!r:.60}. "
            "The labels of other heads are not judged."
        )
    return found[head]


def kept_proba(estimator: BaseEstimator) -> object:
    """Return the out-of-fold probabilities of a search that has been fitted."""
    if not hasattr(type(estimator), "oof_proba_"):
        return None
    try:
        check_is_fitted(estimator)
    except NotFittedError:
        return None
    return estimator.oof_proba_  # raises an error that says why if there are none


def from_search(
    search: BaseEstimator, y: object, classes: object, head: str | None = None
) -> Evidence:
    """Return the out-of-fold probabilities that a fitted search has kept.

    Parameters
    ----------
    y : array-like of shape (n,)
        Those of the head, if one of several is judged.

    Raises
    ------
    InputError
        If it was fitted on other labels.
    """
    if label_key(y) != pick(getattr(search, "_of_labels", None), head):
        raise InputError(
            "Expected the labels that the search was fitted on, got others. Pass the same y, or "
            "clone(search.best_estimator_) to fit anew."
        )
    proba = checking.check_proba(pick(search.oof_proba_, head))
    named = pick(getattr(search, "classes_", None), head) if classes is None else classes
    given, classes = checking.check_given(y, proba, named)
    best = search.best_estimator_ if hasattr(search, "best_estimator_") else search.estimator
    told = {"source": "search", "out_of_sample": True, "model": _name(best), "fits": 0}
    return Evidence(
        given, classes, proba, provenance={**told, "folds": search.n_splits_, "seed": None}
    )


def from_fits(
    estimator: BaseEstimator,
    X: object,
    given: np.ndarray,
    params: dict[str, object],
    settings: LabelIssueSettings,
    groups: ArrayLike | None = None,
    copies: np.ndarray | None = None,
    of_head: tuple[str, TargetView] | None = None,
) -> Evidence:
    """Cross-validate an estimator.

    Parameters
    ----------
    estimator : classifier
    X : rows
    given : ndarray of shape (n,)
    params : dict
        Further parameters of fit.
    settings : LabelIssueSettings
    groups : array-like of shape (n,), optional
    copies : ndarray of shape (n,), int, optional
        As returned by `find_copies`, to be kept together; None to ignore them.
    of_head : tuple of (str, TargetView), optional
        The head that is judged, and the targets of all heads, which fits are given.

    Raises
    ------
    InputError
        If a class has too few examples.
    ParameterError
        If `dynamics` requires predictions between epochs and it cannot make them.
    """
    splits = _splits(given, settings, groups, copies)
    stops = _stops(estimator, params) if settings.dynamics else [{}]
    head, target = of_head or (None, given)
    held = hold_out(
        estimator,
        X,
        target,
        params,
        groups=groups,
        cv=splits,
        settings=RunSettings(settings.n_jobs, settings.journal, settings.progress),
        candidates=stops,
    )
    last, each = len(stops) - 1, len(held.splits) // settings.n_repeats
    told = {
        **{"source": "cross-validation", "out_of_sample": True, "model": _name(estimator)},
        **{
            "folds": each,
            "repeats": settings.n_repeats,
            "fits": held.n_fits,
            "seed": settings.random_state,
        },
    }
    if copies is not None:
        told["copies"] = count_copies(copies, held.splits)
    parts = [slice(k * each, (k + 1) * each) for k in range(settings.n_repeats)]
    proba = checking.check_proba(pick(held.proba(last), head))
    several = parts if settings.n_repeats > 1 else []
    repeats = [pick(held.proba(last, part), head) for part in several]
    looked = range(len(stops)) if settings.dynamics else []
    epochs = [pick(held.proba(stop), head) for stop in looked]
    return Evidence(given, pick(held.classes, head), proba, repeats, epochs, told)


def _splits(
    given: np.ndarray,
    settings: LabelIssueSettings,
    groups: ArrayLike | None,
    copies: np.ndarray | None,
) -> object:
    if not settings.takes_folds:
        return settings.cv
    folds = int(cast(int, settings.cv))
    checking.check_folds(given, folds)
    seeds = fold_seeds(settings)
    return [split for each in seeds for split in split_rows(given, folds, each, groups, copies)]


def fold_seeds(settings: LabelIssueSettings) -> list[int]:
    """Return the seed of the folds of each repetition.

    Examples
    --------
    >>> fold_seeds(LabelIssueSettings(random_state=7))
    [7]
    """
    seed, n = settings.random_state, settings.n_repeats
    return [seed, *np.random.SeedSequence(seed).generate_state(n - 1).tolist()]


def _stops(estimator: BaseEstimator, params: dict[str, object]) -> list[dict[str, int]]:
    (total,) = epochs_of(estimator, [{}])
    name = trained_step(estimator)[0] + "epochs"
    stops = sorted({round(total * (k + 1) / _STOPS) for k in range(_STOPS)} - {0})
    # If epochs depend on the rows, their number is unknown here; the reason to refuse is known.
    asked = {name: total} if name in estimator.get_params() else {}
    reason = why_not(estimator, asked, params)
    reason = reason or ("it trains for one epoch" if total == 1 else None)
    if reason:
        raise ParameterError(
            f"Expected an estimator that can be looked at between epochs as dynamics=True, got "
            f"{type(estimator).__name__}: {reason}. Pass dynamics=False."
        )
    return [{name: stop} for stop in stops]


def _name(estimator: BaseEstimator) -> str:
    text = " ".join(repr(estimator).split())
    return text if len(text) <= 300 else text[:297] + "..."
