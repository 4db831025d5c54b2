"""From what a model answered to probabilities of labels: in float64, by its log-probabilities.

Where a model answers in its own words, those say whether the answer is a label at all.
"""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from keraswrap.exceptions import ParameterError, warn_user
from keraswrap.llm._label_words import LabelWords
from keraswrap.llm._responses import REFUSED, Responses

__all__ = [
    *("drop_others", "label_scores", "learn_prior", "probabilities"),
    *("take_words", "tell_problems", "totals"),
]

CALIBRATIONS = (None, "contextual", "batch")
LOW = ("ignore", "warn", "raise", "return_none", "none")
# Lower bound of a label's prior, so that the ratio stays finite.
_RAREST = 1e-9


def drop_others(said: Responses, words: LabelWords) -> Responses:
    """Drop the log-probabilities of rows whose answer does not begin with a label.

    What a server lists of labels beside another answer is no answer: to choose the
    likeliest one would be a guess. A label in quotes is left to :func:`take_words`,
    for what is listed is what might have come in the quote's place.

    Examples
    --------
    >>> from keraswrap.llm._label_words import read_words
    >>> said = Responses(np.log([[0.2, 0.6], [0.01, 0.02]]), ["Good, I think.", "I cannot say."])
    >>> drop_others(said, read_words(["bad", "good"])).log_probs.round(1).tolist()
    [[-1.6, -0.5], [nan, nan]]
    """
    off = [text is not None and not _opens_with_label(text, words) for text in said.texts]
    log_probs = said.log_probs.copy()
    log_probs[np.array(off, dtype=bool)] = np.nan
    return replace(said, log_probs=log_probs)


def _opens_with_label(answer: str, words: LabelWords) -> bool:
    said = answer.strip().casefold()
    return any(_opens(said, word.strip().casefold()) for word in words.words)


def _opens(text: str, word: str) -> bool:
    return text.startswith(word) and not text[len(word) :][:1].isalnum()


def take_words(said: Responses, words: LabelWords) -> Responses:
    """Return an answered label probability 1 if there are no log-probabilities.

    Warns
    -----
    UserWarning
        If there are such answers: their labels have probability 1.
    """
    log_probs, n = said.log_probs.copy(), 0
    for row in np.flatnonzero(np.isnan(log_probs).all(axis=1)):
        label = words.match(said.texts[row])
        if label is not None:
            log_probs[row] = -np.inf
            log_probs[row, int(np.flatnonzero(words.owners == label)[0])] = 0.0
            n += 1
    if n:
        warn_user(
            f"The model gave no log-probabilities for {n} of {len(log_probs)} texts: the label "
            "that it answered has probability 1."
        )
    return replace(said, log_probs=log_probs)


def tell_problems(said: Responses, missing: np.ndarray, what: str) -> int:
    """Warn of rows without an answer for which a reason is known, once for each kind of it.

    Parameters
    ----------
    missing : ndarray of shape (n,), bool
        Rows without an answer.
    what : str
        What they are called.

    Returns
    -------
    int
        How many were told of.

    Warns
    -----
    UserWarning
    """
    found = [(int(n), said.problems[n] or "") for n in np.flatnonzero(missing)]
    found = [(n, problem) for n, problem in found if problem]
    refused = [(n, problem) for n, problem in found if problem.startswith(REFUSED)]
    cut = [each for each in found if each not in refused]
    none = "They get None, and NaN as probabilities; problems_ has each reason."
    if refused:
        row, problem = refused[0]
        warn_user(
            f"The server refused {len(refused)} of {len(missing)} {what}, first that of row {row} "
            f"({problem.removeprefix(REFUSED):.300}). {none}"
        )
    if cut:
        warn_user(
            f"The answer to {len(cut)} of {len(missing)} {what} was {cut[0][1]}, before it came to "
            f"a label. {none} A reasoning model needs more room: pass extra_body="
            f"{{{_limit_of(cut[0][1])!r}: 2000}}, or the option that turns reasoning off."
        )
    return len(found)


def _limit_of(problem: str) -> str:
    named = re.search(r"by (\w+)=", problem)
    return named.group(1) if named else "max_tokens"


def label_scores(
    log_probs: np.ndarray,
    owners: np.ndarray,
    lengths: np.ndarray | None = None,
    upper: np.ndarray | float = 0.0,
) -> np.ndarray:
    """Add the probabilities of each label's words.

    Parameters
    ----------
    log_probs : ndarray of shape (n, m)
        Of words. NaN where a model does not say. In a row of which it says
        something such a word is no likelier than the likeliest, and counts as half
        as likely; all of them together as what is left, at most, and each as half of
        `upper`, at most.
    owners : ndarray of shape (m,), int
        The class of each word.
    lengths : ndarray of shape (m,), int, optional
        Tokens of each word: each token counts by its mean, so that long labels
        lose nothing by their length.
    upper : ndarray of shape (n, m), default=0.0
        What a word that is not told has at most: natural logarithms.

    Returns
    -------
    ndarray of shape (n, k)
        Logarithms; NaN in rows of which nothing is known.

    Examples
    --------
    >>> scores = label_scores(np.log([[0.2, 0.1, 0.3]]), np.array([0, 1, 1]))
    >>> np.exp(scores).round(3).tolist()
    [[0.2, 0.4]]
    """
    log_probs = np.asarray(log_probs, dtype=np.float64)
    known = _supposed(log_probs, upper)
    scaled = known if lengths is None else known / np.maximum(1, lengths)
    groups = [scaled[:, owners == label] for label in range(int(owners.max()) + 1)]
    scores = np.stack([np.logaddexp.reduce(group, axis=1) for group in groups], axis=1)
    scores[np.isnan(log_probs).all(axis=1)] = np.nan
    return scores


def _supposed(log_probs: np.ndarray, upper: np.ndarray | float) -> np.ndarray:
    """Put what is in the middle of what can be where a word is not told."""
    open_ = np.isnan(log_probs)
    known = np.where(open_, -np.inf, log_probs)
    left = np.maximum(1.0 - np.exp(known).sum(axis=1), 0.0) / np.maximum(open_.sum(axis=1), 1)
    with np.errstate(divide="ignore"):
        most = np.minimum(known.max(axis=1) - np.log(2), np.log(left))
    return np.where(open_, np.minimum(most[:, None], upper - np.log(2)), known)


def totals(log_probs: np.ndarray) -> np.ndarray:
    """Return what all labels have together, from 0 to 1; NaN in rows of which nothing is known."""
    known = np.where(np.isnan(log_probs), -np.inf, log_probs)
    sums = np.minimum(np.exp(known).sum(axis=1), 1.0)  # larger only by rounding
    sums[np.isnan(log_probs).all(axis=1)] = np.nan
    return sums


def learn_prior(scores: np.ndarray) -> np.ndarray:
    """Return the prior probability of each label, whatever the text.

    Parameters
    ----------
    scores : ndarray of shape (n, k)
        Of texts without content, or of many texts.

    Returns
    -------
    ndarray of shape (k,)
        Mean probabilities, which sum to 1.

    Raises
    ------
    ParameterError
        If nothing is known of any row.

    Notes
    -----
    With texts without content this is the contextual calibration of Zhao et al.
    (2021), with many texts the batch calibration of Zhou et al. (2024).

    Examples
    --------
    >>> learn_prior(np.log([[0.1, 0.3], [0.4, 0.4]])).tolist()
    [0.375, 0.625]
    """
    known = softmax(scores)
    known = known[~np.isnan(known).any(axis=1)]
    if not len(known):
        raise ParameterError(
            "Expected log-probabilities to calibrate by, got none from the model. Use "
            "calibration=None, or a model that gives them."
        )
    prior = np.maximum(known.mean(axis=0), _RAREST)
    return prior / prior.sum()


def probabilities(
    scores: np.ndarray, total: np.ndarray | None = None, prior: np.ndarray | None = None
) -> np.ndarray:
    """Return the probability of each label.

    Parameters
    ----------
    scores : ndarray of shape (n, k)
    total : ndarray of shape (n,), optional
        What a row's probabilities sum to; by default 1.
    prior : ndarray of shape (k,), optional
        What :func:`learn_prior` gave: each label is divided by it.

    Returns
    -------
    ndarray of shape (n, k)
        NaN in rows of which nothing is known, or in which no label can be.

    Examples
    --------
    >>> scores = np.log([[0.1, 0.3]])
    >>> probabilities(scores).round(2).tolist()
    [[0.25, 0.75]]
    >>> probabilities(scores, total=np.array([0.4])).round(2).tolist()
    [[0.1, 0.3]]
    >>> probabilities(scores, prior=np.array([0.1, 0.9])).round(2).tolist()
    [[0.75, 0.25]]
    """
    shifted = scores if prior is None else scores - np.log(prior)
    shares = softmax(shifted)
    return shares if total is None else shares * total[:, None]


def softmax(scores: np.ndarray) -> np.ndarray:
    """Normalise each row; NaN where no entry is finite."""
    highest = scores.max(axis=1, keepdims=True)
    safe = np.where(np.isfinite(highest), highest, 0.0)
    raised = np.exp(scores - safe)
    sums = raised.sum(axis=1, keepdims=True)
    return np.divide(raised, sums, out=np.full_like(raised, np.nan), where=sums > 0)


def check_threshold(value: float, name: str) -> None:
    """Raise ParameterError for what is no probability."""
    number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    if not number or not 0 <= float(value) <= 1:
        raise ParameterError(
            f"Expected {name} between 0 and 1, got {value!r:.60}. It is a probability."
        )
