"""What is wrong with rows beside their labels."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils.validation import check_array

from keraswrap._data import align, kind_of, unpack
from keraswrap._targets import check_labels
from keraswrap.exceptions import InputError, ParameterError
from keraswrap.issues._probabilities import check_proba
from keraswrap.issues.rows._content import read_content
from keraswrap.issues.rows._kinds import KINDS
from keraswrap.issues.rows._neighbors import Features
from keraswrap.issues.rows._parts import Parts
from keraswrap.issues.rows._results import SEVERITIES, Finding, RowIssues

__all__ = ["THRESHOLDS", "find_row_issues"]

Kind = Callable[..., list[Finding]]


def _is_threshold(argument: inspect.Parameter) -> bool:
    return argument.kind is inspect.Parameter.KEYWORD_ONLY


def _thresholds(kinds: Iterable[Kind]) -> dict[str, float]:
    """Return the thresholds of all kinds and their defaults."""
    given = [each for kind in kinds for each in inspect.signature(kind).parameters.values()]
    return {each.name: each.default for each in given if _is_threshold(each)}


# By name; each finder explains the origin of its threshold.
THRESHOLDS = _thresholds(KINDS)


def find_row_issues(
    X: object,
    y: object = None,
    *,
    features: object = None,
    proba: object = None,
    test: object = None,
    ids: object = None,
    tokens: ArrayLike | None = None,
    thresholds: Mapping[str, float] | None = None,
    **more: float | None,
) -> RowIssues:
    """Find rows that are broken, copied, unusual or leaked, regardless of their labels.

    Parameters
    ----------
    X : texts, array-like, Series, DataFrame, sparse matrix, dict of arrays, or dataset
        Missing texts count as empty. If a DataFrame has text columns, rows are compared
        by these; columns that only identify rows are ignored.
    y : array-like of shape (n,), optional
        Labels.
    features : array-like of shape (n, d), optional
        Vectors of the rows, for instance from `TextEmbedder`; outliers among texts can
        only be found with them. By default the numbers in X, unless they are a sparse
        matrix with more than 10,000 rows.
    proba : array-like of shape (n, k), optional
        Out-of-sample probabilities of a model.
    test : like X, optional
        Test data, which should share no row with X.
    ids : array-like of shape (n,), optional
        Ids of the rows. By default the index of a DataFrame or Series, else 0 to n - 1.
    tokens : array-like of shape (n,), int, optional
        Number of tokens of each text; the threshold `max_tokens` is the number that an
        encoder reads.
    thresholds : dict, optional
        Replacements for some of ``keraswrap.issues.rows.THRESHOLDS``.
    **more : float
        The same by keyword: ``max_tokens=512`` means ``thresholds={"max_tokens":
        512}``.

    Returns
    -------
    RowIssues

    Raises
    ------
    InputError, InputTypeError
        If X is invalid, or y, features, proba, ids or tokens do not match it.
    ValueError
        From scikit-learn, if features are not finite numbers.
    ParameterError
        If a threshold is unknown or not a number above 0.

    Notes
    -----
    DataFrames and Series are matched by their index if it holds the same values in
    another order, and by position otherwise.

    Kinds: empty, garbled, few_letters, too_long, missing, duplicate,
    near_duplicate, label_conflict, leak, near_leak, outlier, ambiguous,
    class_imbalance, only_example, and, without rows, label_order, id_column
    and label_column. Texts are compared by MinHash (Broder, 1997), numbers by
    their nearest neighbors (scikit-learn) with Datalab's thresholds. Memory is linear
    in the number of rows.

    Examples
    --------
    >>> find_row_issues(["so good", "So good!", "cafÃ©"]).to_frame()[["row_id", "kind"]]
       row_id       kind
    0       2    garbled
    1       0  duplicate
    2       1  duplicate
    """
    limits = _check_thresholds({**(thresholds or {}), **more})
    told = {"y": y, "features": features, "proba": proba, "ids": ids, "tokens": tokens}
    X, y, features, proba, ids, tokens = align({"X": X, **told}).values()
    if y is not None and kind_of(X):
        X, y, _ = unpack(X, y)
    content = read_content(X)
    labels = None if y is None else _fitting(check_labels(y), content.n, "y")
    vectors = None if features is None else _check_features(features, content.n)
    proba = None if proba is None else _fitting(check_proba(proba), content.n, "proba")
    row_ids = content.row_ids if ids is None else _fitting(np.asarray(ids), content.n, "ids")
    held = None if test is None else read_content(test, like=content)
    if not content.has_distances:  # names of categories have no distances
        limits["nearness"] = 0.0
    parts = Parts(content, labels, vectors, proba, tokens, held, limits)
    findings = [found for kind in KINDS for found in _find(kind, parts)]
    findings.sort(key=lambda found: -SEVERITIES.index(found.severity))
    return RowIssues(row_ids, tuple(findings))


def _check_thresholds(given: Mapping[str, float | None]) -> dict[str, float]:
    changed = {name: value for name, value in given.items() if value is not None}
    unknown = sorted(set(changed) - set(THRESHOLDS))
    if unknown:
        raise ParameterError(f"Expected thresholds among {[*THRESHOLDS]}, got {unknown}.")
    for name, value in changed.items():
        if not (isinstance(value, int | float | np.number) and 0 < float(value) < np.inf):
            raise ParameterError(f"Expected a number above 0 for {name!r}, got {value!r}.")
    return {**THRESHOLDS, **changed}


def _fitting(array: np.ndarray, n: int, name: str) -> np.ndarray:
    if array.ndim < 1 or array.shape[0] != n:
        raise InputError(
            f"Expected {name} to have {n} rows, as many as X, got shape {array.shape}."
        )
    return array


def _check_features(features: object, n: int) -> Features:
    read = check_array(features, accept_sparse="csr", dtype=np.float64, input_name="features")
    return _fitting(read, n, "features")


def _find(kind: Kind, parts: Parts) -> list[Finding]:
    """Call the finder of a kind, if all that it looks at is there."""
    given = inspect.signature(kind).parameters.values()
    limits = {each.name: parts.limits[each.name] for each in given if _is_threshold(each)}
    seen = {each.name: getattr(parts, each.name) for each in given if not _is_threshold(each)}
    required = [each.name for each in given if each.default is inspect.Parameter.empty]
    return [] if any(seen[name] is None for name in required) else kind(**seen, **limits)
