"""What answers in a model's own words say of the labels. Pure, but for the warning."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from keraswrap.exceptions import warn_user
from keraswrap.llm._label_words import LabelWords
from keraswrap.llm._query import REFUSED, Said

__all__ = ["drop_others", "take_words", "tell_problems"]


def drop_others(said: Said, words: LabelWords) -> Said:
    """Forget the log-probabilities of rows whose answer does not begin with a label.

    What a server lists of labels beside another answer is no answer: to choose the
    likeliest one would be a guess. A label in quotes is left to :func:`take_words`,
    for what is listed is what might have come in the quote's place.

    Parameters
    ----------
    said : Said
    words : LabelWords

    Returns
    -------
    Said
        NaN in rows with a text that does not begin with a label.

    Examples
    --------
    >>> from keraswrap.llm._label_words import read_words
    >>> said = Said(np.log([[0.2, 0.6], [0.01, 0.02]]), ["Good, I think.", "I cannot say."])
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


def take_words(said: Said, words: LabelWords) -> Said:
    """Take an answer that is a label for what it says, where no probabilities are given.

    Parameters
    ----------
    said : Said
    words : LabelWords

    Returns
    -------
    Said

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


def tell_problems(said: Said, missing: np.ndarray, what: str) -> int:
    """Warn of rows without an answer for which a reason is known, once for each kind of it.

    Parameters
    ----------
    said : Said
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
            f"a label. {none} A model that thinks needs room for it: pass extra_body="
            f"{{{_limit_of(cut[0][1])!r}: 2000}}, or what turns its thoughts off."
        )
    return len(found)


def _limit_of(problem: str) -> str:
    named = re.search(r"by (\w+)=", problem)
    return named.group(1) if named else "max_tokens"
