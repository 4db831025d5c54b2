"""What labels, probabilities and columns say of data as a whole. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from keraswrap.issues.rows._findings import Finding, flag

__all__ = [
    "find_ambiguous",
    "find_id_columns",
    "find_imbalance",
    "find_label_columns",
    "find_order",
]

# Fewer rows than this are unique, or sorted, by chance.
_FEW = 10


def find_ambiguous(proba: np.ndarray, margin: float = 0.1) -> list[Finding]:
    """Find rows whose two most probable classes are nearly as probable.

    Parameters
    ----------
    proba : ndarray of shape (n, k)
        k ≥ 2.
    margin : float in (0, 1], default=0.1
        Difference of the two below which a row is between classes. Of
        sentences of reviews, by TF-IDF and logistic regression, a tenth are;
        half of what was predicted for them was wrong.

    Returns
    -------
    list of Finding
        Kind ``"ambiguous"``; the score is the difference over `margin`.

    Examples
    --------
    >>> find_ambiguous(np.array([[0.5, 0.5], [0.9, 0.1]]))[0].rows.tolist()
    [0]
    """
    second, first = np.partition(proba, -2, axis=1)[:, -2:].T
    rows = np.flatnonzero(first - second < margin)
    if not len(rows):
        return []
    scores = np.clip((first - second)[rows] / margin, 0, 1)
    notes = [
        f"{high:.2f} against {low:.2f}" for high, low in zip(first[rows], second[rows], strict=True)
    ]
    message = "Rows between two classes: {n}."
    return [flag("ambiguous", "info", message, rows, scores=scores, notes=notes)]


def find_imbalance(labels: np.ndarray, threshold: float = 0.1) -> list[Finding]:
    """Find classes with few examples, and examples that are alone in their class.

    Parameters
    ----------
    labels : ndarray of shape (n,)
    threshold : float in (0, 1), default=0.1
        Few is less than this share of n / k: Datalab's rule, and its default.

    Returns
    -------
    list of Finding
        Kinds ``"class_imbalance"`` and ``"only_example"``.

    Examples
    --------
    >>> found = find_imbalance(np.array(["a"] * 30 + ["b"]))
    >>> [(one.kind, one.rows.tolist()) for one in found]
    [('class_imbalance', [30]), ('only_example', [30])]
    """
    names, inverse, counts = np.unique(labels, return_inverse=True, return_counts=True)
    rare = counts * len(names) < threshold * len(labels)
    findings = []
    if rare.any():
        shown = ", ".join(
            f"{name} ({n:,})" for name, n in zip(names[rare][:5], counts[rare][:5], strict=True)
        )
        rows = np.flatnonzero(rare[inverse])
        message = f"{rare.sum()} of {len(names)} classes have few examples: {_safe(shown)}."
        scores = counts[inverse[rows]] * len(names) / len(labels)
        findings.append(flag("class_imbalance", "warning", message, rows, scores=scores))
    alone = np.flatnonzero(counts[inverse] == 1)
    if len(alone):
        message = (
            "Rows that are the only example of their class, so that no fold can hold one out: {n}."
        )
        findings.append(flag("only_example", "warning", message, alone))
    return findings


def _safe(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def find_order(labels: np.ndarray) -> list[Finding]:
    """Find whether rows come in an order that says something of their labels.

    Folds that are not shuffled then hold other classes than the rest.

    Parameters
    ----------
    labels : ndarray of shape (n,)

    Returns
    -------
    list of Finding
        Kind ``"label_order"``, without rows: a warning where each class is in
        one piece, else an info where runs of one label are too few for chance.

    Notes
    -----
    The runs test for several classes (Wallis and Roberts, 1956): z below -5,
    and a tenth fewer runs than expected, so that in large data what is real
    but small is let pass.

    Examples
    --------
    >>> find_order(np.repeat(["a", "b"], 20))[0].severity
    'warning'
    """
    _, codes, counts = np.unique(labels, return_inverse=True, return_counts=True)
    if len(labels) < _FEW or len(counts) < 2 or len(counts) == len(labels):
        return []
    runs = 1 + int((np.diff(codes) != 0).sum())
    expected, z = runs_test(counts, runs)
    if z > -5 or runs > 0.9 * expected:
        return []
    if runs == len(counts):
        message = "Rows are sorted by label: shuffle them, or the folds."
        return [flag("label_order", "warning", message, n=len(labels))]
    message = (
        f"Rows with one label stand together: {runs:,} runs of a label, {expected:,.0f} by "
        "chance. Shuffle the folds; if neighbors belong together, pass groups."
    )
    return [flag("label_order", "info", message, n=len(labels))]


def runs_test(counts: np.ndarray, runs: int) -> tuple[float, float]:
    """Give how many runs of one label chance makes, and how far off `runs` is.

    Returns
    -------
    expected : float
    z : float
        In standard deviations.

    Examples
    --------
    >>> runs_test(np.array([5, 5]), 6)
    (6.0, 0.0)
    """
    counts = counts.astype(np.float64)
    n, squares, cubes = counts.sum(), (counts**2).sum(), (counts**3).sum()
    expected = (n * (n + 1) - squares) / n
    variance = (squares * (squares + n * (n + 1)) - 2 * n * cubes - n**3) / (n**2 * (n - 1))
    return float(expected), float((runs - expected) / np.sqrt(variance)) if variance > 0 else 0.0


def find_id_columns(columns: Mapping[str, Any]) -> list[str]:
    """Name the columns that only tell rows apart.

    Parameters
    ----------
    columns : mapping of str to array of shape (n,)

    Returns
    -------
    list of str
        Columns with another value in each row, that are whole numbers without
        gaps or in ascending order, or single words of which most hold a digit.
        None of fewer than 10 rows.

    Examples
    --------
    >>> find_id_columns({"id": np.arange(10), "price": np.linspace(1, 2, 10) ** 2})
    ['id']
    """
    return [name for name, values in columns.items() if _is_id(np.asarray(values))]


def _is_id(values: np.ndarray) -> bool:
    if values.ndim != 1 or len(values) < _FEW or values.dtype.kind not in "iuOUT":
        return False
    if pd.unique(pd.Series(values)).size < len(values):
        return False
    if values.dtype.kind in "iu":
        return bool(values.max() - values.min() == len(values) - 1 or (np.diff(values) > 0).all())
    texts = [str(value) for value in values]
    single = all(text and not any(char.isspace() for char in text) for text in texts)
    return single and 2 * sum(any(map(str.isdigit, text)) for text in texts) > len(texts)


def find_label_columns(columns: Mapping[str, Any], labels: np.ndarray) -> list[str]:
    """Name the columns that give the label away.

    Parameters
    ----------
    columns : mapping of str to array of shape (n,)
    labels : ndarray of shape (n,)

    Returns
    -------
    list of str
        Columns of values that come back, and tell the label of 99% of the rows
        they are in, and columns of numbers whose order parts the labels. None
        of fewer than 10 rows.

    Examples
    --------
    >>> labels = np.array(["a", "b"] * 10)
    >>> find_label_columns({"code": np.array([7, 3] * 10), "n": np.arange(20)}, labels)
    ['code']
    """
    _, codes, counts = np.unique(labels, return_inverse=True, return_counts=True)
    if len(labels) < _FEW or len(counts) < 2 or counts.min() < 2:
        return []
    return [name for name, values in columns.items() if _tells(np.asarray(values), codes, counts)]


def _tells(values: np.ndarray, codes: np.ndarray, counts: np.ndarray) -> bool:
    if values.ndim != 1:
        return False
    pairs = pd.DataFrame({"value": values, "code": codes}).groupby(["value", "code"]).size()
    by_value = pairs.groupby(level=0)
    sizes = by_value.sum()
    often = sizes[sizes > 1]
    # Texts that are there twice tell nothing: a code stands in five rows, at the least.
    if 2 * often.sum() < len(codes) or 5 * len(often) > often.sum():
        return values.dtype.kind in "iuf" and _parts(values, codes, len(counts))
    wrong = often.sum() - by_value.max()[often.index].sum()
    guessed = often.sum() * (1 - counts.max() / len(codes))
    return bool(wrong <= 0.01 * often.sum() and wrong <= 0.1 * guessed)


def _parts(values: np.ndarray, codes: np.ndarray, k: int) -> bool:
    ordered = codes[np.argsort(values, kind="stable")]
    return 1 + int((np.diff(ordered) != 0).sum()) == k
