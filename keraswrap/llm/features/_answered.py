"""Turn a model's responses to a survey into probabilities of each question's answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from keraswrap.exceptions import warn_user
from keraswrap.llm._answers import (
    drop_others,
    label_scores,
    learn_prior,
    probabilities,
    take_words,
    tell_problems,
)
from keraswrap.llm._responses import Responses
from keraswrap.llm.features._question import Question

__all__ = ["Answered", "answered_to", "learn_priors", "shares"]


@dataclass(frozen=True, eq=False)
class Answered:
    """The answers to one question about each text.

    Parameters
    ----------
    scores : ndarray of shape (n, k)
        Log-probabilities; NaN in rows without an answer.
    texts, problems : list of str or None
        The answer in the model's own words, or why there is none.
    """

    scores: np.ndarray
    texts: list[str | None]
    problems: list[str | None]

    @classmethod
    def unknown(cls, n: int, k: int) -> Answered:
        """Return empty answers, before anything was asked."""
        return cls(np.full((n, k), np.nan), [None] * n, [None] * n)

    def put(self, rows: Sequence[int], some: Answered) -> None:
        """Fill in the answers about some texts."""
        self.scores[list(rows)] = some.scores
        for row, text, problem in zip(rows, some.texts, some.problems, strict=True):
            self.texts[row], self.problems[row] = text, problem


def answered_to(questions: Sequence[Question], said: Responses) -> list[Answered]:
    """Split the answers to all prompts, in the order of texts, by question.

    Warns
    -----
    UserWarning
        If an answer is none of the choices, or is missing for a known reason.
    """
    n = len(questions)
    return [
        _answered(q, said.at(list(range(k, len(said.texts), n)))) for k, q in enumerate(questions)
    ]


def _answered(question: Question, said: Responses) -> Answered:
    words, k = question.words, len(question.answers)
    own = Responses(said.log_probs[:, :k], said.texts, said.upper[:, :k], said.problems)
    own = take_words(drop_others(own, words), words)
    missing = np.isnan(own.log_probs).all(axis=1)
    untold = int(missing.sum()) - tell_problems(own, missing, "texts")
    if untold > 0:
        warn_user(
            f"The answer to {question.name!r} was none of {list(question.answers)} for {untold} of "
            f"{len(missing)} texts: they get NaN. answers_ has what was said."
        )
    scores = label_scores(own.log_probs, words.owners, upper=own.upper)
    return Answered(scores, own.texts, own.problems)


def learn_priors(answered: Sequence[Answered]) -> list[np.ndarray]:
    """Return the prior probability of each answer to each question.

    Raises
    ------
    ParameterError
        If a question has no answer at all.
    """
    return [learn_prior(one.scores) for one in answered]


def shares(answered: Answered, prior: np.ndarray | None) -> np.ndarray:
    """Return the probability of each answer, of shape (n, k)."""
    return probabilities(answered.scores, prior=prior)
