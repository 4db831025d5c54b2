"""What is wrong with rows beside their labels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.utils.validation import check_array

from keraswrap._data import align, kind_of, unpack
from keraswrap._targets import check_labels
from keraswrap.exceptions import InputError, ParameterError
from keraswrap.issues._probabilities import check_proba
from keraswrap.issues.rows._content import Content, read_content, standardize
from keraswrap.issues.rows._findings import SEVERITIES, Finding, RowIssues, flag
from keraswrap.issues.rows._groups import (
    Groups,
    find_conflicts,
    find_duplicates,
    group_texts,
    group_vectors,
)
from keraswrap.issues.rows._kinds.checks import (
    find_ambiguous,
    find_imbalance,
    find_label_columns,
    find_order,
)
from keraswrap.issues.rows._kinds.leaks import find_leaks
from keraswrap.issues.rows._kinds.outliers import find_neighbors, find_outliers
from keraswrap.issues.rows._kinds.texts import find_empty, find_garbled, find_long

__all__ = ["THRESHOLDS", "find_row_issues"]

# Where each comes from is said by the finder that takes it.
THRESHOLDS = {
    "similarity": 0.75,  # group_texts, find_leaks
    "nearness": 0.13,  # group_vectors
    "outlier": 0.37,  # find_outliers
    "margin": 0.1,  # find_ambiguous
    "imbalance": 0.1,  # find_imbalance
    "letters": 0.25,  # find_garbled
    "length": 3.0,  # find_long
}


def find_row_issues(
    X: Any,
    y: Any = None,
    *,
    features: Any = None,
    proba: Any = None,
    test: Any = None,
    ids: Any = None,
    tokens: Any = None,
    max_tokens: int | None = None,
    thresholds: Mapping[str, float] | None = None,
) -> RowIssues:
    """Find rows that are broken, copied, odd or leaked, whatever their labels.

    Parameters
    ----------
    X : texts, array-like, Series, DataFrame, sparse matrix, dict of arrays, or dataset
        Missing texts are empty ones. In frames with columns of text, rows are
        compared by them; columns that only tell rows apart are left out.
    y : array-like of shape (n,), optional
        Labels.
    features : array-like of shape (n, d), optional
        Vectors of the rows, for instance of `TextEmbedder`; outliers among
        texts are found by them alone. By default the numbers in X, unless they
        are a sparse matrix of more than 10,000 rows.
    proba : array-like of shape (n, k), optional
        Probabilities by a model that had not seen the row.
    test : like X, optional
        Test data, that should share no row with X.
    ids : array-like of shape (n,), optional
        What the rows are known by. By default the index of a frame or series,
        else 0 to n - 1.
    tokens : array-like of shape (n,), int, optional
        Tokens of each text; with `max_tokens`, how many an encoder reads.
    max_tokens : int, optional
    thresholds : dict, optional
        Other values for some of ``keraswrap.issues.rows.THRESHOLDS``.

    Returns
    -------
    RowIssues

    Raises
    ------
    InputError, InputTypeError
        If X is no data, or y, features, proba, ids or tokens do not fit it.
    ValueError
        In scikit-learn's words, if features are no finite numbers.
    ParameterError
        If a threshold has no such name, or is no number above 0.

    Notes
    -----
    Frames and series are matched by their index where the same values are in
    another order, and by position otherwise.

    Kinds: empty, garbled, few_letters, too_long, missing, duplicate,
    near_duplicate, label_conflict, leak, near_leak, outlier, ambiguous,
    class_imbalance, only_example, and, without rows, label_order, id_column
    and label_column. Texts are compared by MinHash (datasketch), numbers by
    their nearest neighbors (scikit-learn) with Datalab's thresholds. Memory is
    linear in the rows.

    Examples
    --------
    >>> find_row_issues(["so good", "So good!", "cafÃ©"]).to_frame()[["row_id", "kind"]]
       row_id       kind
    0       2    garbled
    1       0  duplicate
    2       1  duplicate
    """
    limits = _check_thresholds(thresholds)
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
    findings = [
        *_look_at_texts(content, tokens, max_tokens, limits),
        *_look_at_rows(content, labels, vectors, limits),
        *([] if held is None else _look_at_test(content, held, limits)),
        *([] if proba is None else find_ambiguous(proba, limits["margin"])),
        *_look_at_labels(content, labels, limits),
    ]
    findings.sort(key=lambda found: -SEVERITIES.index(found.severity))
    return RowIssues(row_ids, tuple(findings))


def _check_thresholds(given: Mapping[str, float] | None) -> dict[str, float]:
    given = {} if given is None else dict(given)
    unknown = sorted(set(given) - set(THRESHOLDS))
    if unknown:
        raise ParameterError(f"Expected thresholds among {[*THRESHOLDS]}, got {unknown}.")
    for name, value in given.items():
        if not (isinstance(value, int | float | np.number) and 0 < float(value) < np.inf):
            raise ParameterError(f"Expected a number above 0 for {name!r}, got {value!r}.")
    return {**THRESHOLDS, **given}


def _fitting(array: np.ndarray, n: int, name: str) -> np.ndarray:
    if array.ndim < 1 or array.shape[0] != n:
        raise InputError(
            f"Expected {name} to have {n} rows, as many as X, got shape {array.shape}."
        )
    return array


def _check_features(features: Any, n: int) -> Any:
    read = check_array(features, accept_sparse="csr", dtype=np.float64, input_name="features")
    return _fitting(read, n, "features")


def _look_at_texts(
    content: Content, tokens: Any, max_tokens: int | None, limits: Mapping[str, float]
) -> Iterator[Finding]:
    if content.missing.any():
        rows = np.flatnonzero(content.missing)
        yield flag("missing", "warning", "Rows with missing or infinite numbers: {n}.", rows)
    if content.texts is not None:
        texts = content.texts.tolist()
        yield from find_empty(texts)
        yield from find_garbled(texts, limits["letters"])
        yield from find_long(texts, tokens, max_tokens, limits["length"])


def _measures(content: Content, of: Content | None = None) -> Any:
    numbers = (content if of is None else of).numbers
    scaled = content.in_units and content.has_distances
    return standardize(numbers, content.numbers) if scaled else numbers


def _look_at_rows(
    content: Content, labels: np.ndarray | None, vectors: Any, limits: Mapping[str, float]
) -> Iterator[Finding]:
    own = None
    if vectors is None and content.has_distances and not _is_vast(content.numbers):
        vectors = own = _measures(content)
    neighbors = None if vectors is None else find_neighbors(vectors)
    groups = _group(content, own, neighbors, limits)
    if groups is not None:
        yield from find_duplicates(groups)
        if labels is not None:
            yield from find_conflicts(groups, labels)
    if neighbors is not None:
        yield from find_outliers(neighbors, limits["outlier"])


def _is_vast(numbers: Any) -> bool:
    # Neighbors of sparse rows take minutes from here on.
    return sparse.issparse(numbers) and numbers.shape[0] > 10_000


def _group(
    content: Content, own: Any, neighbors: Any, limits: Mapping[str, float]
) -> Groups | None:
    if content.texts is not None:
        return group_texts(content.texts.tolist(), limits["similarity"])
    if content.numbers is None:
        return None
    # Names of categories are near to nothing: only copies count.
    near = None if own is None else neighbors
    return group_vectors(content.numbers, near, limits["nearness"])


def _look_at_test(content: Content, test: Content, limits: Mapping[str, float]) -> list[Finding]:
    if content.texts is not None:
        return find_leaks(content.texts, test.texts, limits["similarity"])
    near = limits["nearness"] if content.has_distances else 0.0
    return find_leaks(_measures(content), _measures(content, test), nearness=near)


def _look_at_labels(
    content: Content, labels: np.ndarray | None, limits: Mapping[str, float]
) -> Iterator[Finding]:
    many = len(content.columns) > 1
    for name in content.id_columns:
        message = f"Column {name!r} only tells rows apart: leave it out."
        yield _column_alert("id_column", message)
    if labels is None:
        return
    for name in find_label_columns(content.columns, labels) if many else []:
        message = f"Column {name!r} gives the label away: is it known when a label is sought?"
        yield _column_alert("label_column", message)
    yield from find_imbalance(labels, limits["imbalance"])
    yield from find_order(labels)


def _column_alert(kind: str, message: str) -> Finding:
    return flag(kind, "warning", message.replace("{", "{{").replace("}", "}}"), n=1)
