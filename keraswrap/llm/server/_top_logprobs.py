"""From the likeliest tokens of an answer to the log-probability of each continuation. Pure.

A server lists, at each token of the answer, the likeliest ones. Together they are
a tree: one branch is followed, and of every other the first token is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from keraswrap.llm._protocol import Continuation
from keraswrap.llm.server._wire import Step

__all__ = ["Bounds", "read_top_logprobs", "without_longer"]

# How much of a continuation may remain unknown, as a share of the likeliest one's probability.
DOUBT = 0.1
_TINY = 1e-300
# How a text relates to a continuation: it differs, is a beginning of it, or contains all of it.
_OTHER, _BEGUN, _WHOLE = 0, 1, 2


class Bounds(NamedTuple):
    """What the likeliest tokens of an answer say of each continuation.

    Parameters
    ----------
    values : ndarray of shape (m,)
        Natural logarithms; NaN where too much is open.
    upper : ndarray of shape (m,)
        The logarithm of what each can have at most: all tokens that may become it, and all that is
        not listed.
    """

    values: np.ndarray
    upper: np.ndarray


def read_top_logprobs(steps: Sequence[Step], continuations: Sequence[Continuation]) -> Bounds:
    """Return how likely an answer begins with each continuation, and how likely it is at most.

    Capitals and blanks in front make no difference, unless they tell two continuations
    apart. A continuation that `ends` may go on with anything but a letter, a digit, or
    what makes it another continuation.

    Notes
    -----
    Three kinds of tokens add up. A token that completes a continuation counts, and is
    exact. A token that begins a single continuation, on a branch that was not followed,
    counts as if the rest were certain, so the sum is an upper bound. A token that begins
    several continuations, or is blank, is in doubt and does not count.

    A continuation of which no token is listed has a bound instead of a value: it is no
    likelier than the least likely listed token, and all such continuations together have
    no more than what is not listed, of which each gets an equal share.

    A value is NaN if its doubt, or such a bound, exceeds both a tenth of the probability
    of the likeliest continuation and what is known of its own. All are NaN if the doubt
    could make another continuation the likeliest.

    Examples
    --------
    >>> step = Step(b"yes", {b"yes": np.log(0.7), b"n": np.log(0.2)})
    >>> labels = [Continuation("yes"), Continuation("no"), Continuation("never")]
    >>> [np.exp(found).round(2).tolist() for found in read_top_logprobs([step], labels)]
    [[0.7, nan, nan], [0.8, 0.3, 0.3]]
    """
    known, doubt, unlisted, left = np.zeros((4, len(continuations)))
    texts = _Texts(continuations)
    here, share = b"", 1.0
    for n, step in enumerate(steps):
        alive = texts.stand(here) == _BEGUN
        if not alive.any():
            break
        follows = step.chosen if n + 1 < len(steps) else None
        met = np.zeros(len(continuations), dtype=bool)
        for token, log_prob in step.tokens.items():
            mass = share * np.exp(log_prob)
            stand = np.where(alive, texts.stand(here, token), _OTHER)
            known[stand == _WHOLE] += mass
            met |= stand != _OTHER
            if token != follows:
                (known if texts.is_one(here + token, stand) else doubt)[stand == _BEGUN] += mass
        missed = alive & ~met
        left[alive] += share * _unlisted(step)
        unlisted[missed] += share * _most_unlisted(step, int(missed.sum()))
        here, share = here + step.chosen, share * np.exp(step.tokens[step.chosen])
    values = _say(known, doubt, np.where(known > 0, 0.0, unlisted))
    upper = np.log(np.clip(known + doubt + left, _TINY, 1.0))
    return Bounds(values, np.where(np.isnan(values), upper, np.maximum(upper, values)))


def without_longer(log_probs: np.ndarray, continuations: Sequence[Continuation]) -> np.ndarray:
    """Subtract from each ending continuation what continues as another one.

    Parameters
    ----------
    log_probs : ndarray of shape (m,)
        That a text begins with each continuation.

    Returns
    -------
    ndarray of shape (m,)

    Examples
    --------
    >>> labels = [Continuation("yes", ends=True), Continuation("yes, but")]
    >>> np.exp(without_longer(np.log([0.5, 0.2]), labels)).round(3)
    array([0.3, 0.2])
    """
    texts = [continuation.text for continuation in continuations]
    shares = dict(zip(texts, np.exp(log_probs), strict=True))
    out = log_probs.copy()
    for n, (text, ends) in enumerate(continuations):
        longer = _nearest_longer(text, list(shares)) if ends else []
        if longer:
            rest = shares[text] - sum(shares[each] for each in longer)
            out[n] = np.log(np.maximum(rest, _TINY))
    return out


def _nearest_longer(text: str, texts: Sequence[str]) -> list[str]:
    longer = [each for each in texts if each.startswith(text) and each != text]
    return [a for a in longer if not any(a.startswith(b) and a != b for b in longer)]


def _most_unlisted(step: Step, n: int) -> float:
    """Bound what each of n tokens has that are not listed."""
    shares = np.exp(list(step.tokens.values()))
    return float(min(shares.min(), _unlisted(step) / max(n, 1)))


def _unlisted(step: Step) -> float:
    """Return the total probability of all unlisted tokens."""
    return max(1.0 - float(np.exp(list(step.tokens.values())).sum()), 0.0)


def _say(known: np.ndarray, doubt: np.ndarray, unlisted: np.ndarray) -> np.ndarray:
    best, rest = known.max(initial=0.0), doubt + unlisted
    told = rest <= np.maximum(DOUBT * best, known)
    values = np.log(np.maximum(np.where(known > 0, known, rest), _TINY))
    # If more is unknown than known, not even the likeliest one is certain.
    some = (best > 0) & (rest.max(initial=0.0) <= best)
    return np.where(told & some, np.minimum(values, 0.0), np.nan)


class _Texts:
    """Continuations, as what an answer's bytes are held against."""

    def __init__(self, continuations: Sequence[Continuation]) -> None:
        plain = [continuation.text for continuation in continuations]
        folded = {text.lstrip().casefold() for text in plain}
        self._fold = len(folded) == len({text.lstrip() for text in plain})
        self._texts = [self._read(text.encode("utf-8", "replace")) for text in plain]
        self._longer = [
            [k for k, other in enumerate(self._texts) if _is_longer(other, text)] if ends else []
            for text, (_, ends) in zip(self._texts, continuations, strict=True)
        ]

    def stand(self, here: bytes, token: bytes | None = None) -> np.ndarray:
        """Return how an answer so far, extended by one token, relates to each continuation."""
        said = self._read(here + (token or b""))
        plain = [_hold(said, text) for text in self._texts]
        if token == b"":  # a token without letters: the answer ends
            return np.array([_WHOLE if stand == _WHOLE else _OTHER for stand in plain])
        return np.array([self._unless_longer(n, plain) for n in range(len(plain))], dtype=int)

    def is_one(self, said: bytes, stand: np.ndarray) -> bool:
        """Return whether a text begins exactly one continuation, with at least one letter."""
        begun = {text for text, each in zip(self._texts, stand, strict=True) if each == _BEGUN}
        return len(begun) == 1 and self._read(said) != b""

    def _unless_longer(self, n: int, plain: list[int]) -> int:
        if plain[n] != _WHOLE or not self._longer[n]:
            return plain[n]
        longer = max(plain[k] for k in self._longer[n])
        return {_OTHER: _WHOLE, _BEGUN: _BEGUN, _WHOLE: _OTHER}[longer]

    def _read(self, said: bytes) -> bytes:
        # The rest of a character that a token splits stays as it is.
        text = said.decode("utf-8", "surrogateescape").lstrip()
        return (text.casefold() if self._fold else text).encode("utf-8", "surrogateescape")


def _is_longer(other: bytes, text: bytes) -> bool:
    return other != text and other.startswith(text)


def _hold(said: bytes, text: bytes) -> int:
    if said.startswith(text):
        goes_on = said[len(text) :].decode("utf-8", "replace")[:1].isalnum()
        return _OTHER if goes_on else _WHOLE
    return _BEGUN if text.startswith(said) else _OTHER
