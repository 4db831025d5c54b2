"""How a model writes: what a caller asks of an answer, and what was written."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from keraswrap._data import items_of
from keraswrap.exceptions import InputTypeError, ParameterError
from keraswrap.llm._schemas import check_json_schema

__all__ = [
    "SEEDS",
    "Choices",
    "Generated",
    "Regex",
    "Sampling",
    "Schema",
    "as_schema",
    "before_stop",
]

# Seeds that servers take, too: 32 bits.
SEEDS = 2**32


@dataclass(frozen=True)
class Regex:
    """A regular expression that a whole answer has to match.

    Parameters
    ----------
    pattern : str
        Without lookaround and backreferences, which models that run in this process
        cannot follow.

    Raises
    ------
    ParameterError
        If it is not a regular expression.

    Examples
    --------
    >>> Regex("[0-9]{4}-[0-9]{2}")
    Regex(pattern='[0-9]{4}-[0-9]{2}')
    """

    pattern: str

    def __post_init__(self) -> None:
        if not isinstance(self.pattern, str) or not self.pattern:
            raise ParameterError(f"Expected a pattern as a text, got {self.pattern!r:.60}.")
        try:
            re.compile(self.pattern)
        except re.error as error:
            raise ParameterError(
                f"Expected a regular expression, got {self.pattern!r:.60}: {error}."
            ) from error


@dataclass(frozen=True)
class Choices:
    """Texts of which an answer has to be one.

    Parameters
    ----------
    texts : sequence, Series, Index or array of str, shape (k,)
        Different ones, none of them empty.

    Raises
    ------
    ParameterError
        If there are none, one is empty, or two are equal.

    Examples
    --------
    >>> Choices(["yes", "no"])
    Choices(texts=('yes', 'no'))
    """

    texts: tuple[str, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "texts", _check_texts(self.texts, "texts"))
        if not self.texts or len(set(self.texts)) < len(self.texts):
            raise ParameterError(
                f"Expected at least one text to choose, and each once, got {self.texts!r:.100}."
            )


# A JSON schema as a text, or one of the two others.
Schema: TypeAlias = str | Regex | Choices


@dataclass(frozen=True)
class Sampling:
    """How an answer is written: its length, chance, and form.

    Parameters
    ----------
    max_tokens : int, default=64
        Maximum number of tokens of an answer; fewer if the model's context ends.
    temperature : float, default=0.0
        0 always takes the likeliest token; 1 draws from the model's distribution.
    top_p : float, default=1.0
        Draws only from the likeliest tokens whose probabilities together reach it, in
        (0, 1].
    seed : int, optional
        From 0 to 2**32 - 1. Required if the temperature is above 0: the same seed gives
        the same text. For several texts of a prompt, use several seeds.
    stop : sequence, Series, Index or array of str, default=()
        An answer ends before the first of them. One text is taken as a sequence of one.
    schema : mapping, Regex or Choices, optional
        The form of an answer: a JSON schema, a regular expression for the whole answer,
        or a choice. It is kept as text, so that a `Sampling` can be hashed.

    Raises
    ------
    ParameterError
        If a parameter has an invalid value.
    InputTypeError
        If `schema` has another type.
    MissingExtraError
        If there is a JSON schema, and jsonschema is not installed.

    Notes
    -----
    A schema determines the form of a text, not whether it is true. Models that run in
    this process write JSON as ``json.dumps`` does.

    No draw touches a global generator. Models that run in this process draw each row's
    tokens from a stream of its own, made of the seed and the prompt's tokens; see
    :class:`~keraswrap.llm.KerasHubLM`. A server may not repeat itself.

    Examples
    --------
    >>> from dataclasses import replace
    >>> sampling = Sampling(max_tokens=20, temperature=0.8, seed=0, stop=["###"])
    >>> [each.seed for each in (sampling, replace(sampling, seed=1))]
    [0, 1]
    >>> Sampling(temperature=0.8)
    Traceback (most recent call last):
    keraswrap.exceptions.ParameterError: Expected a seed with temperature=0.8, got None. ...
    """

    max_tokens: int = 64
    temperature: float = 0.0
    top_p: float = 1.0
    seed: int | None = None
    stop: Sequence[str] = ()
    schema: Schema | Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        tokens, top_p = self.max_tokens, self.top_p
        if not _is_whole(tokens) or tokens < 1:
            raise ParameterError(f"Expected max_tokens of at least 1, got {tokens!r:.60}.")
        if not _is_number(self.temperature) or not 0 <= self.temperature < math.inf:
            raise ParameterError(
                f"Expected temperature as a number from 0 on, got {self.temperature!r:.60}."
            )
        if not _is_number(top_p) or not 0 < top_p <= 1:
            raise ParameterError(f"Expected top_p above 0 and at most 1, got {top_p!r:.60}.")
        self._check_seed()
        stop = [self.stop] if isinstance(self.stop, str) else self.stop
        for name, value in (
            ("max_tokens", int(tokens)),
            ("temperature", float(self.temperature)),
            ("top_p", float(top_p)),
            ("seed", None if self.seed is None else int(self.seed)),
            ("stop", _check_texts(stop, "stop")),
            ("schema", _check_schema(self.schema)),
        ):
            object.__setattr__(self, name, value)

    def _check_seed(self) -> None:
        seed = self.seed
        if seed is None and self.temperature > 0:
            raise ParameterError(
                f"Expected a seed with temperature={self.temperature:g}, got None. Pass a whole "
                "number, with which the same answers come again."
            )
        if seed is not None and not (_is_whole(seed) and 0 <= seed < SEEDS):
            raise ParameterError(f"Expected seed from 0 to {SEEDS - 1}, got {seed!r:.60}.")

    def to_json(self) -> str:
        """Return everything that determines an answer, as JSON.

        Returns
        -------
        str
        """
        schema = self.schema
        form = [type(schema).__name__, getattr(schema, "pattern", getattr(schema, "texts", schema))]
        # Without chance, a seed and the likeliest tokens are of no account.
        chance = [self.temperature, self.top_p, self.seed] if self.temperature else []
        return json.dumps([self.max_tokens, chance, self.stop, form])


@dataclass(frozen=True)
class Generated:
    """A text that a model wrote.

    Parameters
    ----------
    row : int
        Index of the prompt.
    text : str
        Without control tokens. If `finish_reason` is not "stop", only a part of an
        answer, or none: never a value.
    finish_reason : {"stop", "length", "refused", "invalid"}
        "stop" if the answer is whole. "length" if it was cut at `max_tokens` or by the
        model's context; "refused" if a server refused the prompt; "invalid" if it does
        not have the form of the schema. A server may give another reason.
    n_tokens : tuple of int, default=(0, 0)
        Tokens read and written.
    problem : str, optional
        Why the answer is not whole.

    Examples
    --------
    >>> Generated(0, "Once upon a", "length", (5, 3)).is_whole
    False
    """

    row: int
    text: str
    finish_reason: str
    n_tokens: tuple[int, int] = (0, 0)
    problem: str | None = None

    @property
    def is_whole(self) -> bool:
        """Whether the model ended the answer itself, in the form that was asked for."""
        return self.finish_reason == "stop"


def as_schema(sampling: Sampling) -> Schema | None:
    """Return the form that is asked for; a JSON schema is a text by then."""
    schema = sampling.schema
    assert not isinstance(schema, Mapping)
    return schema


def before_stop(text: str, stop: Sequence[str]) -> tuple[str, bool]:
    """Return a text up to the first of the texts that end it, and whether one did.

    Examples
    --------
    >>> before_stop("Yes. No. Yes.", [" No", "."])
    ('Yes', True)
    """
    places = [place for place in map(text.find, stop) if place >= 0]
    return (text[: min(places)], True) if places else (text, False)


def _is_whole(value: object) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | np.number) and not isinstance(value, bool)


def _check_texts(texts: object, name: str) -> tuple[str, ...]:
    listed = items_of(texts)
    if listed is None or not all(isinstance(text, str) and text for text in listed):
        raise ParameterError(f"Expected {name} as a list of texts, none empty, got {texts!r:.60}.")
    return tuple(str(text) for text in listed)


def _check_schema(schema: object) -> Schema | None:
    if schema is None or isinstance(schema, Regex | Choices):
        return schema
    if isinstance(schema, Mapping | str):
        return check_json_schema(schema)
    raise InputTypeError(
        f"Expected schema as a JSON schema in a dict, a Regex or Choices, got {schema!r:.60}."
    )
