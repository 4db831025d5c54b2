"""What answers in a model's own words say of the labels. Pure, but for the warning."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np

from keraswrap.llm.labels import LabelWords
from keraswrap.llm.querying import Said

__all__ = ["drop_others", "take_words"]


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
    >>> from keraswrap.llm.labels import read_words
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
        warnings.warn(
            f"The model gave no log-probabilities for {n} of {len(log_probs)} texts: the label "
            "that it answered has probability 1.",
            stacklevel=4,
        )
    return replace(said, log_probs=log_probs)
