"""Labels that are thought to be wrong: by probabilities, or by fits that give them."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import numpy as np
from sklearn.utils.validation import _num_samples

from keraswrap._data import align, open_data
from keraswrap._targets import check_labels, encode
from keraswrap.exceptions import InputError
from keraswrap.issues._chunks import find_top
from keraswrap.issues._probabilities import check_weights, refuse_several
from keraswrap.issues.corrections._identity import hash_data, row_ids
from keraswrap.issues.corrections._variants import warn_of_variants
from keraswrap.issues.labels import _scores as scores
from keraswrap.issues.labels._copies import count_copies, find_copies
from keraswrap.issues.labels._label_issues import LabelIssues
from keraswrap.issues.labels._noise import score_posterior
from keraswrap.issues.labels._out_of_sample import (
    Evidence,
    Fits,
    from_fits,
    from_proba,
    from_search,
    kept_proba,
)
from keraswrap.issues.labels._settings import Ask
from keraswrap.model_selection._run_plan import weight_name

__all__ = ["find_label_issues"]

# cleanlab hands data from function to function in globals of its module.
_CLEANLAB = threading.Lock()


def find_label_issues(
    estimator_or_proba: Any,
    X: Any = None,
    y: Any = None,
    *,
    classes: Any = None,
    cv: Any = 5,
    n_repeats: int = 1,
    dynamics: bool = False,
    groups: Any = None,
    copies: str = "together",
    sample_weight: Any = None,
    params: Mapping[str, Any] | None = None,
    score: str = "posterior",
    filter_by: str = "posterior",
    out_of_sample: bool | None = None,
    random_state: int = 0,
    n_jobs: int | None = None,
    journal: Any = None,
    progress: bool | None = None,
) -> LabelIssues:
    """Find the labels that are likely to be wrong.

    Parameters
    ----------
    estimator_or_proba : classifier, fitted search, or array-like of shape (n, k)
        A classifier with ``predict_proba`` is cloned and cross-validated. A
        fitted `keraswrap.model_selection.GridSearchCV` has the probabilities
        already, and costs no further fits. Probabilities must be out of sample.
    X : array-like, DataFrame, texts, dict of arrays, or dataset, optional
        Rows. With probabilities it is only asked for what rows are known by.
    y : array-like of shape (n,)
        Labels of any one kind. A dataset may bring its own.
    classes : array-like of shape (k,), optional
        What the columns of probabilities stand for, in ascending order. By
        default the sorted labels.
    cv : int or splitter, default=5
        Folds; a number gives shuffled stratified ones, which keep `groups` together.
    n_repeats : int, default=1
        How often to cross-validate, with other folds each time. From 2 on there
        is a score ``ensemble``, and ``agreement``.
    dynamics : bool, default=False
        Whether to look at held-out rows after several epochs of each fit, for a
        score ``dynamics``; for wrappers that train for epochs.
    groups : array-like of shape (n,), optional
        Rows of one group are never split.
    copies : {"together", "apart"}, default="together"
        Whether folds keep copies together, as they do groups: a wrong label that
        is there several times else trains the fit that judges it, and is not
        found. Copies are texts that are the same or nearly, and rows of equal
        values; see `keraswrap.issues.find_copies`. They are split where
        there are more than rows in a fold, or a fit would miss a class. A splitter
        as `cv` decides for itself. ``"apart"`` does not look for them.
    sample_weight : array-like of shape (n,), optional
        Passed to each fit.
    params : dict, optional
        What else fit takes.
    score : str, default="posterior"
        Which quality ranks the rows: one of `keraswrap.issues.SCORES`,
        ``"ensemble"`` or ``"dynamics"``.
    filter_by : str, default="posterior"
        Which labels are issues: one of cleanlab's ways, or ``"posterior"``,
        those that are more likely wrong than right by the score of that name.
    out_of_sample : bool, optional
        Whether given probabilities come from fits that had not seen the row. If
        nobody says so, the result is marked; False is refused.
    random_state : int, default=0
        Decides the folds.
    n_jobs : int, optional
        Worker processes for the fits.
    journal : str or path-like, optional
        A file that each finished fit is recorded in.
    progress : bool, optional
        Whether to show a bar; by default on a terminal and in a notebook.

    Returns
    -------
    LabelIssues

    Raises
    ------
    InputError
        If labels, rows, weights or probabilities cannot be used, a class has fewer
        examples than there are folds, a search was fitted on other labels, or
        indices leave it open which row is which.
    ParameterError
        If there is no such score or filter, or it asks for what is not made.

    Warns
    -----
    InSampleWarning
        If probabilities look like those of rows that the model was trained on.
    LabelVariantsWarning
        If labels differ in form only: case, blanks, Unicode's form, 1 and 1.0.

    Notes
    -----
    Frames and series are matched by their index where the same values are in
    another order, and by position otherwise; what comes out is in the order of X.

    The model disputes more labels than are wrong, for it errs itself. So the
    default asks how likely a label is wrong by Bayes' rule, with the noise
    that the surest predictions show; see `estimate_noise`. cleanlab's
    ways are confident learning (Northcutt et al., 2021): they name more rows,
    of which fewer are wrong.

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
    ask = Ask(classes, score, filter_by, n_repeats, dynamics, copies)
    ask.check()
    started, data_hash = time.perf_counter(), None
    params, proba = dict(params or {}), estimator_or_proba
    told = {"y": y, "proba": proba, "groups": groups, "sample_weight": sample_weight}
    X, y, proba, groups, sample_weight = align({"X": X, **told}).values()
    params = {name: align({"X": X, "y": y, name: value})[name] for name, value in params.items()}
    ids = row_ids(X, y)
    X, y, given = open_data(X, y, {"sample_weight": sample_weight})
    if given["sample_weight"] is not None:
        params[weight_name(estimator_or_proba)] = given["sample_weight"]
    if y is None:
        raise InputError("Expected labels, y, one for each row, got None. Pass y=.")
    refuse_several(y)
    check_weights(params, _num_samples(y))
    if not hasattr(estimator_or_proba, "fit"):
        ask.check_no_fits("probabilities")
        seen = from_proba(proba, y, classes, out_of_sample)
    elif kept_proba(estimator_or_proba) is not None:
        ask.check_no_fits("a fitted search")
        seen = from_search(estimator_or_proba, y, classes)
    else:
        ask.check_no_classes()
        run = {"n_jobs": n_jobs, "pre_dispatch": "2*n_jobs", "progress": progress}
        labels, data_hash = check_labels(y), hash_data(X, y)  # refuses rows before any fit
        same = find_copies(X) if copies == "together" else None
        how = Fits(cv, n_repeats, dynamics, groups, same, random_state, journal, run)
        seen = from_fits(estimator_or_proba, X, labels, params, how)
    if copies == "together" and X is not None and "copies" not in seen.provenance:
        seen.provenance["copies"] = count_copies(find_copies(X, near=False))
    warn_of_variants(seen.given)
    seen.provenance["data_hash"] = data_hash or hash_data(X, y)
    seen.provenance["seconds"] = round(time.perf_counter() - started, 3)
    return _weigh(seen, ask, np.arange(len(seen.given)) if ids is None else ids)


def _weigh(seen: Evidence, ask: Ask, ids: np.ndarray) -> LabelIssues:
    codes = encode(seen.given, seen.classes)
    top = find_top(seen.proba)
    more = {}
    if seen.repeats:
        more["ensemble"] = scores.score_ensemble(codes, seen.repeats)
    if seen.epochs:
        more["dynamics"] = scores.score_dynamics(codes, seen.epochs)
    found = scores.Scores(codes, seen.proba, more, top)
    told = {"score": ask.score, "filter_by": ask.filter_by, "versions": _versions()}
    agree = scores.agreement(seen.repeats, top.best) if seen.repeats else None
    return LabelIssues(
        ids,
        seen.given,
        seen.classes[top.best],
        found[ask.score],
        found["posterior"] < 0.5
        if ask.filter_by == "posterior"
        else choose_issues(codes, seen.proba, ask.filter_by),
        seen.classes,
        seen.proba,
        found,
        agree,
        {**seen.provenance, **told},
    )


def choose_issues(codes: np.ndarray, proba: np.ndarray, filter_by: str) -> np.ndarray:
    """Say which labels are issues, by the posterior or as cleanlab does.

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


def _versions() -> dict[str, str]:
    names = ("keraswrap", "cleanlab", "scikit-learn", "numpy", "pandas")
    return {name: version(name) for name in names}
