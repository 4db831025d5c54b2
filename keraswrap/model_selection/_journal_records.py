"""A fit as one line of JSON and one block of numbers, and back; nothing read is run. Pure."""

from __future__ import annotations

import json

import numpy as np

from keraswrap.model_selection._candidate_fit import Fit, Scores

_COUNTS = ("n_test_samples", "fit_time", "score_time")


def to_record(fit: Fit) -> tuple[str, bytes | None]:
    """Write a fit.

    Returns
    -------
    result : str
        JSON.
    proba : bytes or None
        Little-endian float64, row by row; of several heads, one after the other.

    Examples
    --------
    >>> fit = Fit(test_scores=0.5, n_test_samples=1)
    >>> fit.proba, fit.classes = np.array([[0.25, 0.75]]), np.array(["a", "b"])
    >>> again = from_record(*to_record(fit))
    >>> again.test_scores, again.proba.tolist(), again.classes.tolist()
    (0.5, [[0.25, 0.75]], ['a', 'b'])
    """
    held: dict[str, object] = {name: getattr(fit, name) for name in _COUNTS}
    held |= {name: _plain(getattr(fit, name)) for name in ("test_scores", "train_scores")}
    if fit.proba is None or fit.classes is None:
        return json.dumps({**held, "no_proba": fit.no_proba}), None
    several = isinstance(fit.classes, dict)
    columns = fit.classes if isinstance(fit.classes, dict) else {"": fit.classes}
    tables = fit.proba if isinstance(fit.proba, dict) else {"": fit.proba}
    for classes in columns.values():
        if not _can_hold(classes.tolist()):
            told = f"a journal cannot hold classes like {classes.tolist()[:1]!r:.60}"
            return json.dumps({**held, "no_proba": told}), None
    named = {
        name: {"classes": classes.tolist(), "kind": classes.dtype.str}
        for name, classes in columns.items()
    }
    held |= {"heads": named} if several else named[""]
    blocks = [np.ascontiguousarray(tables[name], "<f8").tobytes() for name in columns]
    return json.dumps(held), b"".join(blocks)


def _plain(scores: Scores) -> Scores:
    if isinstance(scores, dict):
        return {name: float(score) for name, score in scores.items()}
    return None if scores is None else float(scores)


def _can_hold(classes: list[object]) -> bool:
    return all(isinstance(label, bool | int | float | str) for label in classes)


def from_record(result: str, proba: bytes | None) -> Fit:
    """Read a fit.

    Raises
    ------
    ValueError, TypeError, KeyError
        If it is not as `to_record` writes it.
    """
    held = json.loads(result)
    fit = Fit(
        test_scores=_scores(held["test_scores"]),
        train_scores=_scores(held["train_scores"]),
        n_test_samples=int(held["n_test_samples"]),
        fit_time=float(held["fit_time"]),
        score_time=float(held["score_time"]),
        no_proba=held.get("no_proba"),
    )
    if proba is not None:
        told = held.get("heads", {"": held})
        columns = {str(k): _classes(each["classes"], each["kind"]) for k, each in told.items()}
        tables = _tables(proba, fit.n_test_samples, columns)
        several = "heads" in held
        fit.classes, fit.proba = (columns, tables) if several else (columns[""], tables[""])
    return fit


def _tables(proba: bytes, n: int, columns: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    widths = [len(classes) for classes in columns.values()]
    whole = np.frombuffer(proba, "<f8")
    if len(whole) != n * sum(widths):
        raise ValueError(f"{len(whole)} probabilities of {n} rows and {sum(widths)} columns")
    parts = np.split(whole, n * np.cumsum(widths)[:-1])
    shaped = zip(columns, parts, widths, strict=True)
    return {name: part.reshape(n, width).astype(np.float64) for name, part, width in shaped}


def _scores(held: Scores) -> Scores:
    if isinstance(held, dict):
        return {str(name): float(score) for name, score in held.items()}
    return None if held is None else float(held)


def _classes(values: list[object], kind: str) -> np.ndarray:
    dtype = np.dtype(kind)
    if dtype.kind not in "biufUO":
        raise ValueError(f"classes of kind {kind}")
    return np.array(values, dtype=dtype)
