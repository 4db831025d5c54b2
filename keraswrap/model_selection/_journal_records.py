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
        Little-endian float64, row by row.

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
    classes = fit.classes.tolist()
    if not _can_hold(classes):
        told = f"a journal cannot hold classes like {classes[:1]!r:.60}"
        return json.dumps({**held, "no_proba": told}), None
    held |= {"classes": classes, "kind": fit.classes.dtype.str}
    return json.dumps(held), np.ascontiguousarray(fit.proba, "<f8").tobytes()


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
        fit.classes = _classes(held["classes"], held["kind"])
        found = np.frombuffer(proba, "<f8").reshape(fit.n_test_samples, len(fit.classes))
        fit.proba = found.astype(np.float64)
    return fit


def _scores(held: Scores) -> Scores:
    if isinstance(held, dict):
        return {str(name): float(score) for name, score in held.items()}
    return None if held is None else float(held)


def _classes(values: list[object], kind: str) -> np.ndarray:
    dtype = np.dtype(kind)
    if dtype.kind not in "biufUO":
        raise ValueError(f"classes of kind {kind}")
    return np.array(values, dtype=dtype)
