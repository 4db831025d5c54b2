"""Find labels that are likely to be wrong, from probabilities or from fits that predict them."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils.validation import _num_samples

from keraswrap._data import align, open_data
from keraswrap._settings import change_settings
from keraswrap._target_view import TargetView
from keraswrap._targets import check_labels, encode
from keraswrap._targets.gaps import find_gaps
from keraswrap._versions import find_version
from keraswrap._wording import counted
from keraswrap.exceptions import InputError, ParameterError
from keraswrap.issues._chunks import find_top
from keraswrap.issues._probabilities import check_weights, refuse_several
from keraswrap.issues.corrections._identity import hash_data, row_ids
from keraswrap.issues.corrections._variants import warn_of_variants
from keraswrap.issues.labels import _scores as scores
from keraswrap.issues.labels._class_noise import find_class_noise, score_by_evidence
from keraswrap.issues.labels._copies import (
    check_texts_differ,
    count_copies,
    find_copies,
    known_copies,
)
from keraswrap.issues.labels._from_views import Passed, from_views
from keraswrap.issues.labels._label_issues import LabelIssues
from keraswrap.issues.labels._noise import score_posterior
from keraswrap.issues.labels._out_of_sample import (
    Evidence,
    from_fits,
    from_proba,
    from_search,
    kept_proba,
    pick,
)
from keraswrap.issues.labels._settings import LabelIssueSettings
from keraswrap.model_selection._run_plan import weight_name

__all__ = ["find_label_issues"]

# cleanlab passes data between functions in module globals, so only one thread may run it.
_CLEANLAB = threading.Lock()


def find_label_issues(
    estimator_or_proba: object = None,
    X: object = None,
    y: object = None,
    *,
    classes: ArrayLike | None = None,
    head: str | None = None,
    groups: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
    params: Mapping[str, object] | None = None,
    settings: LabelIssueSettings | None = None,
    **changes: object,
) -> LabelIssues:
    """Find the labels that are likely to be wrong.

    Parameters
    ----------
    estimator_or_proba : classifier, fitted search, or array-like of shape (n, k), or a dict
        A classifier with ``predict_proba`` is cloned and cross-validated. A fitted
        `keraswrap.model_selection.GridSearchCV` already has the probabilities and needs
        no further fits. Given probabilities must be out-of-sample; with `head`, they
        may be a dict of those of several heads. Leave it out to use `views` alone.
    X : array-like, DataFrame, texts, dict of arrays, or dataset, optional
        Rows. With probabilities, only their ids are used.
    y : array-like of shape (n,), or dict of them by head
        Labels, all of one kind. A dataset may contain them.
    classes : array-like of shape (k,), optional
        Classes of the columns of probabilities, in ascending order. By default the
        sorted labels.
    head : str, optional
        Which labels to judge if y has several heads, one of those that have classes.
        Fits are given all heads. Each row needs a label of this one.
    groups : array-like of shape (n,), optional
        Rows of a group stay in one fold.
    sample_weight : array-like of shape (n,), optional
        Passed to each fit.
    params : dict, optional
        Further parameters of fit.
    settings : LabelIssueSettings, optional
        Settings of the search: folds, repeats, scores, workers and so on.
    **changes : object
        Single settings by name, such as ``cv=10`` or ``out_of_sample=True``;
        they take precedence over those of `settings`.

    Returns
    -------
    LabelIssues

    Raises
    ------
    InputError
        If labels, rows, weights or probabilities cannot be used, a class has fewer
        examples than there are folds, all texts are the same, a search was fitted
        on other labels, or indices leave it open which row is which.
    ParameterError
        If a setting, score or filter is unknown, or the settings require something that
        is not computed.
    InputTypeError
        If settings have another type.

    Warns
    -----
    InSampleWarning
        If the probabilities look like predictions for training rows.
    LabelVariantsWarning
        If labels differ only in form: case, blanks, Unicode form, 1 and 1.0.

    Notes
    -----
    DataFrames and Series are matched by their index if it holds the same values in
    another order, and by position otherwise; the result is in the order of X.

    Rows are ranked by the probability of their label. If labels clearly go wrong by
    class, whatever the row, Bayes' rule undoes that first; see `score_labels`.
    The model disputes more labels than are wrong, because it makes mistakes itself.
    `is_issue` therefore uses the probability that a label is wrong given the noise among
    the most confident predictions; see `estimate_noise`. cleanlab's methods use confident
    learning (Northcutt et al., 2021): they select more rows, of which a smaller share is
    wrong.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from keraswrap.issues import find_label_issues
    >>> X, y = load_iris(return_X_y=True)
    >>> y[[3, 80]] = [2, 0]
    >>> found = find_label_issues(LogisticRegression(max_iter=500), X, y)
    >>> sorted(found.ranking()[:2].tolist())
    [3, 80]
    """
    settings = change_settings(settings, changes, LabelIssueSettings, "find_label_issues")
    started, data_hash = time.perf_counter(), None
    params, proba = dict(params or {}), estimator_or_proba
    told = {"y": y, "proba": proba, "groups": groups, "sample_weight": sample_weight}
    X, y, proba, groups, sample_weight = align({"X": X, **told}).values()
    params = {name: align({"X": X, "y": y, name: value})[name] for name, value in params.items()}
    ids = row_ids(X, y)
    X, y, given = open_data(X, y, {"sample_weight": sample_weight})
    if y is None:
        raise InputError("Expected labels, y, one for each row, got None. Pass y=.")
    y, of_head = _judged(y, head, estimator_or_proba)
    refuse_several(y)
    weight = given["sample_weight"]
    told = {} if weight is None else {"sample_weight": weight}
    check_weights({**params, **told}, _num_samples(y))
    if weight is not None and settings.views is None:
        params[weight_name(estimator_or_proba)] = weight
    _check_something(estimator_or_proba, X, settings)
    if settings.views is not None:
        _check_no_classes(classes)
        labels, data_hash = check_labels(y), hash_data(X, y)
        check_texts_differ(X, labels)
        same = known_copies(X, settings.copies)
        one_more = _at_hand(estimator_or_proba, proba, head)
        seen = from_views(one_more, X, Passed(labels, groups, same, weight, params), settings)
    elif not hasattr(estimator_or_proba, "fit"):
        proba = pick(proba, head)
        settings.check_no_fits("probabilities")
        seen = from_proba(proba, y, classes, settings.out_of_sample)
    elif kept_proba(estimator_or_proba) is not None:
        settings.check_no_fits("a fitted search")
        seen = from_search(estimator_or_proba, y, classes, head)
    else:
        _check_no_classes(classes)
        labels, data_hash = check_labels(y), hash_data(X, y)  # rejects bad rows before any fit
        check_texts_differ(X, labels)
        same = known_copies(X, settings.copies)
        seen = from_fits(estimator_or_proba, X, labels, params, settings, groups, same, of_head)
    if X is not None and "copies" not in seen.provenance:
        seen.provenance.update(_count_unsplit(X, settings))
    warn_of_variants(seen.given)
    seen.provenance["data_hash"] = data_hash or hash_data(X, y)
    seen.provenance["seconds"] = round(time.perf_counter() - started, 3)
    return _weigh(seen, settings, np.arange(len(seen.given)) if ids is None else ids)


def _check_something(estimator_or_proba: object, X: object, settings: LabelIssueSettings) -> None:
    if settings.views is None and estimator_or_proba is None:
        raise InputError(
            "Expected a classifier or out-of-sample probabilities, or views, got none of them. "
            "Pass views='auto' to use ready-made views of the rows."
        )
    if settings.views is not None and X is None:
        raise InputError("Expected rows, X, which the views look at, got None. Pass X=.")


def _count_unsplit(X: object, settings: LabelIssueSettings) -> dict[str, object]:
    """Count the copies of rows whose folds are unknown, unless they are not looked for."""
    if isinstance(settings.copies, np.ndarray):
        return {"copies": count_copies(settings.copies)}
    wanted = settings.copies == "together"
    return {"copies": count_copies(find_copies(X, near=False))} if wanted else {}


def _at_hand(estimator: object, proba: object, head: str | None) -> object:
    """Return the classifier, or the probabilities if there are any already."""
    if not hasattr(estimator, "fit"):
        return pick(proba, head)
    kept = kept_proba(estimator)
    if kept is None and head is not None:
        raise InputError(
            f"Expected probabilities, a fitted search or nothing beside views with head={head!r}, "
            "got an estimator, which views fit on one target. Pass "
            "cross_val_predict_proba(estimator, X, y)."
        )
    return estimator if kept is None else pick(kept, head)


def _judged(
    y: object, head: str | None, estimator: object
) -> tuple[object, tuple[str, TargetView] | None]:
    """Return the labels to judge, and the head with all targets if it is one of several."""
    if isinstance(y, TargetView):
        return _labels_of(y, head), (str(head), y)
    if head is not None and hasattr(estimator, "fit") and kept_proba(estimator) is None:
        raise InputError(
            f"Expected y as a dict by head, as head={head!r} was passed, got "
            f"{type(y).__name__}. Pass the targets of all heads, which fits need."
        )
    return y, None


def _labels_of(y: TargetView, head: str | None) -> object:
    if head not in y.names:
        raise InputError(
            f"Expected head=, which labels to judge of those in y, {list(y.names)!r:.100}, got "
            f"{head!r:.60}. Judge one head at a time: head={y.names[0]!r}."
        )
    gaps = find_gaps(y.columns[head])
    if gaps is not None:
        raise InputError(
            f"Expected a label in every row of y[{head!r}], as it is judged, got none in "
            f"{counted(int(gaps.sum()), 'row')}. Leave these rows out, or pass probabilities "
            "and labels of the others."
        )
    return y.columns[head]


def _check_no_classes(classes: object) -> None:
    if classes is not None:
        raise ParameterError(
            "Expected classes with probabilities alone, got it with an estimator, which finds "
            "the classes in y. Leave it out."
        )


def _weigh(seen: Evidence, settings: LabelIssueSettings, ids: np.ndarray) -> LabelIssues:
    codes = encode(seen.given, seen.classes)
    top = find_top(seen.proba)
    more, by_class = dict(seen.scores), {}
    if settings.score == "auto":
        noise = find_class_noise(codes, seen.proba)
        more["auto"] = score_by_evidence(codes, seen.proba, noise)
        by_class = {"errors_by_class": noise is not None}
    if seen.repeats:
        more["ensemble"] = scores.score_ensemble(codes, seen.repeats)
    if seen.epochs:
        more["dynamics"] = scores.score_dynamics(codes, seen.epochs)
    found = scores.Scores(codes, seen.proba, more, top)
    told = {"score": settings.score, "filter_by": settings.filter_by, "versions": _versions()}
    agree = scores.agreement(seen.repeats, top.best) if seen.repeats else None
    return LabelIssues(
        ids,
        seen.given,
        seen.classes[top.best],
        found[settings.score],
        found["posterior"] < 0.5
        if settings.filter_by == "posterior"
        else choose_issues(codes, seen.proba, settings.filter_by),
        seen.classes,
        seen.proba,
        found,
        agree,
        {**seen.provenance, **told, **by_class},
        seen.views,
    )


def choose_issues(codes: np.ndarray, proba: np.ndarray, filter_by: str) -> np.ndarray:
    """Return which labels are issues, by the posterior or by a cleanlab method.

    Parameters
    ----------
    codes : ndarray of shape (n,), int
    proba : ndarray of shape (n, k)
    filter_by : str

    Returns
    -------
    ndarray of shape (n,), bool
    """
    if filter_by == "posterior":
        return score_posterior(codes, proba) < 0.5
    from cleanlab.filter import find_label_issues as by_cleanlab

    with _CLEANLAB:
        mask = by_cleanlab(codes, np.asarray(proba), filter_by=filter_by, n_jobs=1)
    return np.asarray(mask)


def _versions() -> dict[str, str | None]:
    names = ("keraswrap", "cleanlab", "scikit-learn", "numpy", "pandas")
    return {name: find_version(name) for name in names}
