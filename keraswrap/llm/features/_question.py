"""Questions about a text, each with the answers to choose from. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from keraswrap._texts import check_texts
from keraswrap.exceptions import InputTypeError, ParameterError
from keraswrap.llm._label_words import LabelWords, read_words

__all__ = ["Question", "check_questions", "emotion", "opinion_of", "sentiment", "urgency"]


@dataclass(frozen=True)
class Question:
    """A question about a text, with the answers to choose from.

    Parameters
    ----------
    name : str
        Name of its column: letters, digits and single underscores.
    text : str
        The question itself.
    answers : sequence of str
        At least two, which differ by more than case and punctuation.
    values : sequence of float, optional
        A finite number for each answer. With them, the question is a scale, and its
        column is the expected value.

    Raises
    ------
    ParameterError
        If an argument is invalid, or the number of values differs from that of answers.

    Examples
    --------
    >>> question = Question("broken", "Did it break?", ["no", "yes"], values=[0, 1])
    >>> question.columns("expected"), question.columns("probabilities")
    (['broken'], ['broken__no', 'broken__yes'])
    """

    name: str
    text: str
    answers: Sequence[str]
    values: Sequence[float] | None = None

    def __post_init__(self) -> None:
        name = self.name
        if not isinstance(name, str) or not name.isidentifier() or "__" in name:
            raise ParameterError(
                f"Expected the name of a question as letters, digits and single underscores, got "
                f"{name!r:.60}. It becomes the name of a column."
            )
        if not isinstance(self.text, str) or not self.text.strip():
            raise ParameterError(
                f"Expected the question {name!r} as a text, got {self.text!r:.60}."
            )
        answers = _check_answers(self.answers, name)
        check_texts([self.text, *answers])
        object.__setattr__(self, "answers", answers)
        object.__setattr__(self, "values", _check_values(self.values, len(answers), name))

    @property
    def words(self) -> LabelWords:
        """The answers as the words to score."""
        return read_words(list(self.answers))

    def _is_expected(self, output: str) -> bool:
        """Return whether it gives an expected value rather than probabilities."""
        return output == "expected" and self.values is not None

    def columns(self, output: str) -> list[str]:
        """Name its columns.

        Parameters
        ----------
        output : {"expected", "probabilities"}

        Returns
        -------
        list of str
            One, if `output` is "expected" and there are values; else one per answer.
        """
        if self._is_expected(output):
            return [self.name]
        return [f"{self.name}__{name_of_answer(answer)}" for answer in self.answers]

    def numbers(self, proba: np.ndarray, output: str) -> np.ndarray:
        """Return its columns.

        Parameters
        ----------
        proba : ndarray of shape (n, k)
            The probability of each answer; NaN in rows without an answer.
        output : {"expected", "probabilities"}

        Returns
        -------
        ndarray of float64, shape (n, 1) or (n, k)
        """
        if not self._is_expected(output):
            return proba
        return proba @ np.array(self.values, dtype=np.float64)[:, None]


def name_of_answer(answer: str) -> str:
    """Return an answer as a part of a column's name.

    Examples
    --------
    >>> name_of_answer("Not at all!")
    'Not_at_all'
    """
    return re.sub(r"\W+", "_", answer).strip("_") or "answer"


def _check_answers(answers: object, name: str) -> tuple[str, ...]:
    listed = list(answers) if isinstance(answers, list | tuple | np.ndarray) else []
    if len(listed) < 2 or not all(isinstance(one, str) and one.strip() for one in listed):
        raise ParameterError(
            f"Expected at least two answers to the question {name!r}, each a text, got "
            f"{answers!r:.100}."
        )
    told = [name_of_answer(one).casefold() for one in listed]
    twice = [one for n, one in enumerate(listed) if told[n] in told[:n]]
    if twice:
        raise ParameterError(
            f"Expected answers to the question {name!r} that differ by more than case and "
            f"punctuation, got {twice[0]!r:.60} twice."
        )
    return tuple(str(one) for one in listed)


def _check_values(values: object, n: int, name: str) -> tuple[float, ...] | None:
    if values is None:
        return None
    listed = list(values) if isinstance(values, list | tuple | np.ndarray) else []
    numbers = [
        isinstance(one, int | float | np.number)
        and not isinstance(one, bool)
        and math.isfinite(one)
        for one in listed
    ]
    if len(listed) != n or not all(numbers):
        raise ParameterError(
            f"Expected a number for each of the {n} answers to the question {name!r} in values, "
            f"got {values!r:.100}."
        )
    return tuple(float(one) for one in listed)


def check_questions(questions: object) -> list[Question]:
    """Return questions as a list.

    Raises
    ------
    InputTypeError
        If it is not a list of questions.
    ParameterError
        If there are none, or two have the same name or text.
    """
    if isinstance(questions, Question):
        return [questions]
    given = list(questions) if isinstance(questions, Iterable) else [questions]
    listed = [one for one in given if isinstance(one, Question)]
    for one in given:
        if not isinstance(one, Question):
            raise InputTypeError(
                f"Expected questions as a list of Question, got {one!r:.60}. Use for instance "
                "[sentiment(), Question('broken', 'Did it break?', ['no', 'yes'])]."
            )
    if not listed:
        raise ParameterError("Expected at least one question, got none.")
    for what in ("name", "text"):
        told = [getattr(one, what) for one in listed]
        twice = next((one for n, one in enumerate(told) if one in told[:n]), None)
        if twice is not None:
            raise ParameterError(
                f"Expected questions with a {what} of their own, got {twice!r:.60} twice. Change "
                "one of them, or leave it out."
            )
    return listed


def sentiment() -> Question:
    """Ask how the writer feels, from -2 (very negative) to 2 (very positive).

    Returns
    -------
    Question

    Examples
    --------
    >>> sentiment().values
    (-2.0, -1.0, 0.0, 1.0, 2.0)
    """
    return Question(
        "sentiment",
        "How does the writer feel?",
        ("very negative", "negative", "neutral", "positive", "very positive"),
        (-2, -1, 0, 1, 2),
    )


def emotion() -> Question:
    """Ask which emotion a text shows most.

    It has no values: its columns are probabilities.

    Returns
    -------
    Question

    Examples
    --------
    >>> emotion().columns("expected")[:2]
    ['emotion__joy', 'emotion__sadness']
    """
    return Question(
        "emotion",
        "Which emotion does this text show most?",
        ("joy", "sadness", "anger", "fear", "surprise", "disgust", "none"),
    )


def opinion_of(target: str) -> Question:
    """Ask what the writer thinks of something, from -1 (bad) to 1 (good).

    Parameters
    ----------
    target : str
        Such as "the battery". Its letters and digits become part of the name.

    Returns
    -------
    Question

    Raises
    ------
    ParameterError
        If `target` is not a text with letters or digits.

    Examples
    --------
    >>> opinion_of("the battery").name
    'opinion_of_the_battery'
    """
    if not isinstance(target, str) or not re.search(r"\w", target):
        raise ParameterError(
            f"Expected target as a text, such as 'the battery', got {target!r:.60}."
        )
    name = re.sub(r"[\W_]+", "_", target).strip("_").lower()
    return Question(
        f"opinion_of_{name}",
        f"What does the writer think of {target}?",
        ("bad", "neutral or not mentioned", "good"),
        (-1, 0, 1),
    )


def urgency() -> Question:
    """Ask how urgent a text is, from 0 to 2.

    Returns
    -------
    Question

    Examples
    --------
    >>> urgency().answers
    ('not urgent', 'fairly urgent', 'very urgent')
    """
    return Question(
        "urgency",
        "How urgent is it that somebody acts on this text?",
        ("not urgent", "fairly urgent", "very urgent"),
        (0, 1, 2),
    )
