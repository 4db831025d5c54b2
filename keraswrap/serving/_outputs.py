"""What a model answers: labels, probabilities, abstentions, numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

__all__ = ["Answers", "Output", "name_of"]


@dataclass(frozen=True)
class Output:
    """What a model answers for a row.

    Parameters
    ----------
    kind : {"classes", "labels", "positions", "numbers"}
        A class; any number of labels; a class at each position; numbers.
    classes : tuple, optional
        As JSON has them.
    proba, abstains, spread : bool
        Whether there are probabilities, abstentions, standard deviations.
    """

    kind: str
    classes: tuple[Any, ...] = ()
    proba: bool = False
    abstains: bool = False
    spread: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """The classes as keys."""
        return tuple(map(name_of, self.classes))

    def schema(self) -> dict[str, Any]:
        """Return the JSON schema of the answer for a row.

        Examples
        --------
        >>> Output("numbers").schema()["properties"]
        {'value': {'type': ['number', 'array']}}
        """
        number: dict[str, Any] = {"type": ["number", "array"]}
        if self.kind == "numbers":
            return _object({"value": number} | ({"std": number} if self.spread else {}))
        label: dict[str, Any] = {"enum": list(self.classes)} if self.classes else {}
        if self.abstains:
            label = {"anyOf": [label, {"type": "null"}]}
        several = self.kind != "classes"
        found: dict[str, Any] = {
            "labels" if several else "label": {"type": "array", "items": label}
            if several
            else label
        }
        if self.proba:
            share = {"type": "number", "minimum": 0, "maximum": 1}
            shares = _object({name: share for name in self.names})
            at_each = {"type": "array", "items": shares}
            found["probabilities"] = at_each if self.kind == "positions" else shares
        if self.abstains:
            found["abstained"] = {"type": "boolean"}
        return _object(found)


def _object(properties: Mapping[str, object]) -> dict[str, Any]:
    return {"type": "object", "properties": dict(properties), "required": list(properties)}


def name_of(label: object) -> str:
    """Return a class as a key of JSON.

    Examples
    --------
    >>> [name_of(label) for label in ("a", 1, 1.5, True)]
    ['a', '1', '1.5', 'true']
    """
    return str(label).lower() if isinstance(label, bool) else str(label)


@dataclass(frozen=True, eq=False)
class Answers:
    """What a model answers for rows.

    Parameters
    ----------
    output : Output
    labels : list, optional
        For each row, as JSON has it.
    proba : ndarray of shape (n, k), or (n, positions, k), optional
    abstained : ndarray of bool, shape (n,), optional
    values, spread : ndarray of shape (n, ...), optional
    parts : mapping of str to Answers
        By head, where the model has several; the rest is then empty.
    """

    output: Output | None = None
    labels: list[Any] | None = None
    proba: np.ndarray | None = None
    abstained: np.ndarray | None = None
    values: np.ndarray | None = None
    spread: np.ndarray | None = None
    parts: Mapping[str, Answers] = field(default_factory=dict)

    def cut(self, start: int, stop: int) -> Answers:
        """Return the answers for some of the rows."""

        def part(one: Any) -> Any:
            return None if one is None else one[start:stop]

        return Answers(
            self.output,
            part(self.labels),
            part(self.proba),
            part(self.abstained),
            part(self.values),
            part(self.spread),
            {name: one.cut(start, stop) for name, one in self.parts.items()},
        )

    def rows(self) -> list[dict[str, Any]]:
        """Return the answer for each row, as JSON has it."""
        if self.parts:
            heads = [part.rows() for part in self.parts.values()]
            names = list(self.parts)
            return [dict(zip(names, row, strict=True)) for row in zip(*heads, strict=True)]
        output = self.output
        assert output is not None
        columns: dict[str, list[Any]] = {}
        if self.labels is not None:
            columns["label" if output.kind == "classes" else "labels"] = self.labels
        if self.proba is not None:
            columns["probabilities"] = _named(self.proba.tolist(), output.names)
        if self.abstained is not None:
            columns["abstained"] = self.abstained.tolist()
        if self.values is not None:
            columns["value"] = self.values.tolist()
        if self.spread is not None:
            columns["std"] = self.spread.tolist()
        names = list(columns)
        return [dict(zip(names, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _named(shares: list[Any], names: tuple[str, ...]) -> list[Any]:
    if shares and shares[0] and isinstance(shares[0][0], list):
        return [_named(row, names) for row in shares]
    return [dict(zip(names, row, strict=True)) for row in shares]
