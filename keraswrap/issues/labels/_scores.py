"""Score how well each label agrees with its probabilities, by several measures. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from keraswrap.exceptions import ParameterError
from keraswrap.issues._chunks import Top, in_pieces, of_labels
from keraswrap.issues.labels._class_noise import find_class_noise, score_by_evidence
from keraswrap.issues.labels._noise import score_posterior

__all__ = ["SCORES", "score_labels"]


def _by_cleanlab(method: str) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    def score(codes: np.ndarray, proba: np.ndarray) -> np.ndarray:
        from cleanlab.rank import get_label_quality_scores

        return get_label_quality_scores(codes, proba, method=method)

    return score


def _entropy(codes: np.ndarray, proba: np.ndarray) -> np.ndarray:
    score = _by_cleanlab("confidence_weighted_entropy")(codes, proba)
    # If only the given label is possible, the limit is 1; cleanlab 2.9 returns 0, the worst score.
    return np.where(of_labels(codes, proba) >= 1, 1.0, score)


def _loss(codes: np.ndarray, proba: np.ndarray) -> np.ndarray:
    own = np.clip(of_labels(codes, proba), np.finfo(np.float64).tiny, 1)
    return 1 / (1 - np.log(own))


# Each takes class positions of shape (n,) and probabilities of shape (n, k).
_BY_ROW: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "self_confidence": _by_cleanlab("self_confidence"),
    "normalized_margin": _by_cleanlab("normalized_margin"),
    "confidence_weighted_entropy": _entropy,
    "loss": _loss,
}
SCORES = (*_BY_ROW, "posterior", "auto")
# Scores that need more than one prediction of each row.
MORE = ("ensemble", "dynamics")


def check_score(score: str) -> str:
    """Raise ParameterError unless there is such a score.

    Examples
    --------
    >>> check_score("loss")
    'loss'
    """
    if score not in (*SCORES, *MORE):
        raise ParameterError(
            f"Expected score to be one of {', '.join((*SCORES, *MORE))}, got {score!r}."
        )
    return score


class Scores(Mapping[str, np.ndarray]):
    """Compute scores by name on first access, since few are wanted for millions of rows.

    Parameters
    ----------
    codes : ndarray of shape (n,), int
    proba : ndarray of shape (n, k)
    made : dict of str to ndarray of shape (n,)
        Scores that are already computed.
    top : Top, optional
        `find_top(proba)`, if it is already known.
    """

    def __init__(
        self,
        codes: np.ndarray,
        proba: np.ndarray,
        made: Mapping[str, np.ndarray],
        top: Top | None = None,
    ) -> None:
        self._codes, self._proba, self._made, self._top = codes, proba, dict(made), top

    def __getitem__(self, name: str) -> np.ndarray:
        if name not in self._made:
            if name not in SCORES:
                raise KeyError(name)
            self._made[name] = self._make(name)
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys((*SCORES, *self._made)))

    def __len__(self) -> int:
        return len(set(SCORES) | set(self._made))

    def _make(self, name: str) -> np.ndarray:
        if name == "auto":
            noise = find_class_noise(self._codes, self._proba)
            return score_by_evidence(self._codes, self._proba, noise)
        if name == "posterior":
            return score_posterior(self._codes, self._proba, self._top)
        return in_pieces(_wide(_BY_ROW[name]), self._codes, self._proba)


def score_labels(codes: object, proba: np.ndarray) -> dict[str, np.ndarray]:
    """Score labels by every measure that needs only one prediction per row.

    Parameters
    ----------
    codes : array-like of shape (n,), int
        Indices of the labels among the classes.
    proba : ndarray of shape (n, k)

    Returns
    -------
    dict of str to ndarray of shape (n,)
        In [0, 1]; the lower, the more likely the label is wrong.

    Notes
    -----
    With p the probability of the label: ``self_confidence`` is p,
    ``normalized_margin`` (p - max of the others + 1) / 2,
    ``confidence_weighted_entropy`` log(1 + r) / r with r the normalized entropy
    of the row by p; these three are cleanlab's (Kuan and Mueller, 2022). ``loss`` is
    1 / (1 - log p), which ranks as p does. ``posterior`` is the probability
    that the label is right, given the noise as `estimate_noise` sees it. ``auto`` is
    p as well, unless the labels speak for errors by class: then it is the probability
    that the label is right given these; see `find_class_noise`.

    Examples
    --------
    >>> scores = score_labels([0, 0], np.array([[0.9, 0.1], [0.2, 0.8]]))
    >>> [round(float(q), 2) for q in scores["normalized_margin"]]
    [0.9, 0.2]
    """
    return dict(Scores(np.asarray(codes), proba, {}))


def _wide(
    score: Callable[[np.ndarray, np.ndarray], np.ndarray],
) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    return lambda codes, proba: np.asarray(score(codes, proba.astype(np.float64)))


def score_ensemble(codes: np.ndarray, probas: Sequence[np.ndarray]) -> np.ndarray:
    """Score labels by several predictions of each row, weighted by their accuracy.

    Parameters
    ----------
    codes : ndarray of shape (n,), int
    probas : sequence of ndarray of shape (n, k)
        One for each repetition of the cross-validation.

    Returns
    -------
    ndarray of shape (n,)
        As `score_labels`; cleanlab's ``get_label_quality_ensemble_scores``.
    """
    from cleanlab.rank import get_label_quality_ensemble_scores

    return np.asarray(get_label_quality_ensemble_scores(codes, list(probas), verbose=False))


def score_dynamics(codes: np.ndarray, probas: Sequence[np.ndarray]) -> np.ndarray:
    """Score labels by their margins during training.

    Parameters
    ----------
    codes : ndarray of shape (n,), int
    probas : sequence of ndarray of shape (n, k)
        Out-of-sample probabilities after some of the epochs.

    Returns
    -------
    ndarray of shape (n,)
        The mean normalized margin over the epochs, in [0, 1].

    Notes
    -----
    Follows the area under the margin (Pleiss et al., 2020), which is computed on
    training rows. Here rows are held out, so that a memorized label gains nothing.

    Examples
    --------
    >>> early, late = np.array([[0.5, 0.5]]), np.array([[0.9, 0.1]])
    >>> score_dynamics(np.array([0]), [early, late]).round(2).tolist()
    [0.7]
    """
    margin = _BY_ROW["normalized_margin"]
    return np.mean([margin(codes, np.asarray(p, dtype=np.float64)) for p in probas], axis=0)


def agreement(probas: Sequence[np.ndarray], suggested: np.ndarray) -> np.ndarray:
    """Return the share of several predictions that agree with the suggested class.

    Parameters
    ----------
    probas : sequence of ndarray of shape (n, k)
    suggested : ndarray of shape (n,), int

    Returns
    -------
    ndarray of shape (n,)
        In [0, 1].

    Examples
    --------
    >>> agreement([np.array([[0.9, 0.1]]), np.array([[0.4, 0.6]])], np.array([0])).tolist()
    [0.5]
    """
    return np.mean([p.argmax(axis=1) == suggested for p in probas], axis=0)
