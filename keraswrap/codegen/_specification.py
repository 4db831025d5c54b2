"""What may be specified for a table: which columns, which steps and which estimator. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from keraswrap.codegen._columns import Column
from keraswrap.codegen._offers import Offer, offers_for
from keraswrap.codegen._space import Choice, Fields, Json, Node, Several, Variants
from keraswrap.exceptions import ParameterError

__all__ = [
    "ENCODERS",
    "IMPUTERS",
    "SCALERS",
    "TEXT_ENCODERS",
    "Task",
    "read_specification",
    "space_of",
]

IMPUTERS = ("auto", "mean", "median", "most_frequent")
SCALERS = ("none", "standard", "robust", "quantile", "power")
ENCODERS = ("one_hot", "ordinal", "target")
TEXT_ENCODERS = ("tfidf_words", "tfidf_characters", "embedding")
# Columns that may be named, so that a wide table does not lead to a long prompt and schema.
MOST_NAMED = 40
# Columns that may be left out, or treated as categories, at once.
_MOST_DROPPED, _MOST_TREATED = 6, 4
# Numbers of which pairs may be multiplied.
_MOST_MULTIPLIED = 12
# Characters of an answer that are read.
_LONGEST = 20_000


@dataclass(frozen=True)
class Task:
    """What is predicted.

    Parameters
    ----------
    kind : {"classification", "regression"}
    can_log : bool, default=False
        Whether the logarithm of numbers may be predicted: none is negative.
    """

    kind: str
    can_log: bool = False


def named(columns: Sequence[Column]) -> list[Column]:
    """Return the columns that a specification may name."""
    return [column for column in columns if column.kind != "unused"][:MOST_NAMED]


def space_of(columns: Sequence[Column], task: Task) -> Fields:
    """Return what may be specified.

    Parameters
    ----------
    columns : sequence of Column
    task : Task

    Returns
    -------
    Fields

    Examples
    --------
    >>> space = space_of([Column("c0", "age", "number", 0.1, 50)], Task("regression"))
    >>> list(space.fields), list(space.fields["numbers"].fields)
    (['numbers', 'estimator'], ['impute', 'indicate_missing', 'scale'])
    """
    used = [column for column in columns if column.kind != "unused"]
    kinds = {column.kind for column in used}
    fields: dict[str, Node] = {}
    if len(named(used)) > 1:
        ids = [column.id for column in named(used)]
        fields["drop"] = Several(ids, min(_MOST_DROPPED, len(ids) - 1))
    coded = [column.id for column in named(used) if column.is_like_categories]
    if "number" in kinds:
        fields["numbers"] = _numbers(used, coded)
    if "category" in kinds or coded:
        fields["categories"] = Fields(
            {"encode": Choice(ENCODERS), "max_categories": Choice((5, 10, 30, 100))}
        )
    if "text" in kinds:
        fields["texts"] = Fields(
            {"encode": Choice(TEXT_ENCODERS), "max_features": Choice((100, 300, 1000))}
        )
    if task.can_log:
        fields["target"] = Choice(("as_is", "log"))
    offers = {offer.name: _fields_of(offer) for offer in offers_for(task.kind)}
    return Fields({**fields, "estimator": Variants(offers)})


def _numbers(used: Sequence[Column], coded: list[str]) -> Fields:
    numbers = [column for column in used if column.kind == "number"]
    fields: dict[str, Node] = {}
    if coded:
        fields["as_categories"] = Several(coded, min(_MOST_TREATED, len(coded)))
    if any(column.missing for column in numbers):
        fields |= {"impute": Choice(IMPUTERS), "indicate_missing": Choice((False, True))}
    fields["scale"] = Choice(SCALERS)
    if 2 <= len(numbers) <= _MOST_MULTIPLIED:
        fields["multiply_pairs"] = Choice((False, True))
    return Fields(fields)


def _fields_of(offer: Offer) -> Fields:
    return Fields({name: Choice(values) for name, values in offer.choices.items()})


def read_specification(text: str, space: Fields) -> dict[str, Json]:
    """Return what a model specified, in its one form.

    Parameters
    ----------
    text : str
        JSON.
    space : Fields

    Returns
    -------
    dict

    Raises
    ------
    ParameterError
        If it is no JSON, or is not in the space.

    Examples
    --------
    >>> space = Fields({"scale": Choice(SCALERS)})
    >>> read_specification('{"scale": "robust"}', space)
    {'scale': 'robust'}
    >>> read_specification('{"scale": "os.system"}', space)
    Traceback (most recent call last):
    keraswrap.exceptions.ParameterError: Expected scale out of ['none', ...], got 'os.system'.
    """
    if len(text) > _LONGEST:
        raise ParameterError(
            f"Expected a specification of at most {_LONGEST:,} characters, got {len(text):,}."
        )
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ParameterError(f"Expected a specification in JSON, got {error!s:.100}.") from None
    return space.read(value)


def draw_specification(space: Fields, rng: np.random.Generator) -> dict[str, Json]:
    """Draw a specification at random: each choice by itself, all values equally likely."""
    return space.draw(rng)
