"""What can be specified, as a tree: it gives a schema, reads JSON and is drawn from. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np

from keraswrap.codegen._offers import Scalar
from keraswrap.exceptions import ParameterError

__all__ = ["Choice", "Fields", "Json", "Node", "Several", "Variants"]

Json: TypeAlias = Scalar | list["Json"] | dict[str, "Json"]


class Node(Protocol):
    """A part of a specification."""

    def schema(self) -> dict[str, Json]:
        """Return its JSON schema."""

    def read(self, value: object, where: str = "") -> Json:
        """Return a value in its one form, or raise ParameterError."""

    def draw(self, rng: np.random.Generator) -> Json:
        """Draw a value at random."""

    def describe(self) -> str:
        """Return what may be chosen, in short."""


@dataclass(frozen=True)
class Choice:
    """One of some values.

    Parameters
    ----------
    values : sequence of str, int, float, bool or None

    Examples
    --------
    >>> Choice([1, 2.5, None]).read(1.0), Choice(["a", "b"]).schema()
    (1, {'enum': ['a', 'b']})
    """

    values: Sequence[Scalar]

    def schema(self) -> dict[str, Json]:
        """Return its JSON schema."""
        return {"enum": list(self.values)}

    def read(self, value: object, where: str = "") -> Scalar:
        """Return the value that is equal, or raise ParameterError."""
        for one in self.values:
            # True is equal to 1, and is none.
            if isinstance(value, bool) == isinstance(one, bool) and value == one:
                return one
        raise ParameterError(
            f"Expected {where or 'a value'} out of {list(self.values)}, got {value!r:.60}."
        )

    def draw(self, rng: np.random.Generator) -> Scalar:
        """Draw a value; all are equally likely."""
        return self.values[int(rng.integers(len(self.values)))]

    def describe(self) -> str:
        """Return the values."""
        return "|".join(_as_json(value) for value in self.values)


@dataclass(frozen=True)
class Several:
    """None, one or several of some names.

    Parameters
    ----------
    names : sequence of str
    most : int
        Of them at once.

    Examples
    --------
    >>> Several(["c0", "c1", "c2"], 2).read(["c2", "c0", "c2"])
    ['c0', 'c2']
    """

    names: Sequence[str]
    most: int

    def schema(self) -> dict[str, Json]:
        """Return its JSON schema: a name may be repeated, which counts once."""
        return {"type": "array", "items": {"enum": list(self.names)}, "maxItems": self.most}

    def read(self, value: object, where: str = "") -> list[Json]:
        """Return the names, each once and in their order, or raise ParameterError."""
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise ParameterError(f"Expected {where} as a list of columns, got {value!r:.60}.")
        unknown = [one for one in value if one not in self.names]
        if unknown:
            raise ParameterError(
                f"Expected {where} out of {self.names[0]} to {self.names[-1]}, got "
                f"{unknown[0]!r:.60}."
            )
        found: list[Json] = [name for name in self.names if name in value]
        if len(found) > self.most:
            raise ParameterError(
                f"Expected at most {self.most} columns in {where}, got {len(found)}."
            )
        return found

    def draw(self, rng: np.random.Generator) -> list[Json]:
        """Draw names: none in half of the cases, one in a quarter, and so on."""
        n = min(int(rng.geometric(0.5)) - 1, self.most)
        drawn = {int(k) for k in rng.permutation(len(self.names))[:n]}
        return [name for k, name in enumerate(self.names) if k in drawn]

    def describe(self) -> str:
        """Return how many of which."""
        return f"list of at most {self.most} columns"


@dataclass(frozen=True)
class Fields:
    """An object with all of some fields.

    Parameters
    ----------
    fields : mapping of str to Node
        In the order in which they are written.

    Examples
    --------
    >>> Fields({"scale": Choice(["none", "standard"])}).read({"scale": "none"})
    {'scale': 'none'}
    """

    fields: Mapping[str, Node]

    def schema(self) -> dict[str, Json]:
        """Return its JSON schema."""
        return {
            "type": "object",
            "properties": {name: node.schema() for name, node in self.fields.items()},
            "required": list(self.fields),
            "additionalProperties": False,
        }

    def read(self, value: object, where: str = "") -> dict[str, Json]:
        """Return the fields in their order, or raise ParameterError."""
        if not isinstance(value, dict) or set(value) != set(self.fields):
            got = sorted(map(str, value)) if isinstance(value, dict) else value
            raise ParameterError(
                f"Expected {where or 'a specification'} as an object of {list(self.fields)}, got "
                f"{got!r:.100}."
            )
        head = f"{where}." if where else ""
        return {name: node.read(value[name], head + name) for name, node in self.fields.items()}

    def draw(self, rng: np.random.Generator) -> dict[str, Json]:
        """Draw each field."""
        return {name: node.draw(rng) for name, node in self.fields.items()}

    def describe(self) -> str:
        """Return what may stand in each field."""
        return "; ".join(f"{name}: {node.describe()}" for name, node in self.fields.items())


@dataclass(frozen=True)
class Variants:
    """An object whose field "name" says which other fields it has.

    Parameters
    ----------
    variants : mapping of str to Fields

    Examples
    --------
    >>> node = Variants({"Ridge": Fields({"alpha": Choice([0.1, 1.0])})})
    >>> node.read({"alpha": 1, "name": "Ridge"})
    {'name': 'Ridge', 'alpha': 1.0}
    """

    variants: Mapping[str, Fields]

    def schema(self) -> dict[str, Json]:
        """Return its JSON schema."""
        return {"anyOf": [self._whole(name).schema() for name in self.variants]}

    def read(self, value: object, where: str = "") -> dict[str, Json]:
        """Return the name and the fields that it has, or raise ParameterError."""
        name = value.get("name") if isinstance(value, dict) else None
        if not isinstance(name, str) or name not in self.variants:
            raise ParameterError(
                f"Expected the name of {where} out of {list(self.variants)}, got {name!r:.60}."
            )
        return self._whole(name).read(value, where)

    def draw(self, rng: np.random.Generator) -> dict[str, Json]:
        """Draw a variant, then its fields."""
        names = list(self.variants)
        return self._whole(names[int(rng.integers(len(names)))]).draw(rng)

    def describe(self) -> str:
        """Return a line for each variant."""
        lines = [f"{name}: {node.describe()}" for name, node in self.variants.items()]
        return "\n".join(f"  - {line}" for line in lines)

    def _whole(self, name: str) -> Fields:
        return Fields({"name": Choice([name]), **self.variants[name].fields})


def _as_json(value: Scalar) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return str(value)
