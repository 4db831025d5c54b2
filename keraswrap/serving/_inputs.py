"""What rows a model takes, and how they become what its estimator is given."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from keraswrap.serving._blocks import Block
from keraswrap.serving._columns import Column, check_texts
from keraswrap.serving._refusals import invalid
from keraswrap.serving._strict_json import show

__all__ = ["ColumnInputs", "Inputs", "MatrixInputs", "TextInputs"]

# Names that an error lists.
_NAMED = 20


class Inputs(ABC):
    """What a model takes: equal if the same requests suit."""

    kind: str

    @abstractmethod
    def read(self, rows: Sequence[Any], max_chars: int) -> Block:
        """Check rows as JSON has them, at least one."""

    @abstractmethod
    def read_columns(self, columns: Mapping[str, Sequence[object]], max_chars: int) -> Block:
        """Check rows that came as columns, in their order."""

    @abstractmethod
    def takes_number(self, name: str) -> bool:
        """Return whether a column can hold nothing but numbers."""

    @abstractmethod
    def assemble(self, block: Block) -> object:
        """Return what the estimator is given."""

    @abstractmethod
    def row_schema(self) -> dict[str, Any]:
        """Return the JSON schema of a row."""

    @abstractmethod
    def examples(self) -> list[Block]:
        """Return rows to try the model with, one of each form."""


@dataclass(frozen=True)
class TextInputs(Inputs):
    """Texts, or pairs of texts.

    Parameters
    ----------
    pairs : bool, default=False
        Whether rows may be pairs, all of a request.
    empty : bool, default=False
        Whether a text may be blank.
    """

    pairs: bool = False
    empty: bool = False
    kind = "texts"

    def read(self, rows: Sequence[Any], max_chars: int) -> Block:
        if self.pairs and isinstance(rows[0], list):
            for number, row in enumerate(rows):
                if not isinstance(row, list) or len(row) != 2:
                    raise invalid(f"Expected pairs of texts, got {show(row)} in row {number}.")
            return self.read_columns({"0": [r[0] for r in rows], "1": [r[1] for r in rows]},
                                     max_chars)  # fmt: skip
        return self.read_columns({"": rows}, max_chars)

    def read_columns(self, columns: Mapping[str, Sequence[object]], max_chars: int) -> Block:
        if len(columns) > 1 + self.pairs:
            wanted = "one column of texts, or two of pairs" if self.pairs else "one column of texts"
            raise invalid(f"Expected {wanted}, got {list(columns)[:_NAMED]}.")
        checked = [check_texts(values, max_chars) for values in columns.values()]
        for texts in () if self.empty else checked:
            self._refuse_blank(texts)
        form = "pairs" if len(checked) > 1 else "texts"
        return Block(form, {str(place): texts for place, texts in enumerate(checked)})

    def takes_number(self, name: str) -> bool:
        return False

    def _refuse_blank(self, texts: np.ndarray) -> None:
        for number, text in enumerate(texts):
            if not text.strip():
                raise invalid(f"Expected a text in each row, got a blank one in row {number}.")

    def assemble(self, block: Block) -> object:
        columns = [texts.tolist() for texts in block.columns.values()]
        return columns[0] if len(columns) == 1 else list(zip(*columns, strict=True))

    def row_schema(self) -> dict[str, Any]:
        text: dict[str, Any] = {"type": "string"} | ({} if self.empty else {"pattern": r"\S"})
        if not self.pairs:
            return text
        pair = {"type": "array", "items": text, "minItems": 2, "maxItems": 2}
        return {"anyOf": [text, pair]}

    def examples(self) -> list[Block]:
        one = self.read(["An example."], 99)
        return [one, self.read([["An example.", "Another."]], 99)] if self.pairs else [one]


@dataclass(frozen=True)
class MatrixInputs(Inputs):
    """Numbers of one shape, by position or by name.

    Parameters
    ----------
    column : Column
        What a row is: numbers of a shape.
    names : tuple of str, optional
        Of the columns, if they have any.
    """

    column: Column
    names: tuple[str, ...] | None = None
    kind = "rows"

    def read(self, rows: Sequence[Any], max_chars: int) -> Block:
        if isinstance(rows[0], dict):
            if self.names is None:
                raise invalid(
                    f"Expected each row as a list of {self.column.shape[0]} numbers, got an "
                    "object. The model has no names of columns."
                )
            rows = by_position(rows, self.names)
        column = replace(self.column, parts=self.names or ())
        return Block("rows", {"": column.read(rows, max_chars)})

    def read_columns(self, columns: Mapping[str, Sequence[object]], max_chars: int) -> Block:
        if len(columns) == 1 and self.names is None:
            (values,) = columns.values()
            if len(values) and isinstance(values[0], list):
                return self.read(values, max_chars)
        if self.names is not None:
            check_names(columns, self.names)
            columns = {name: columns[name] for name in self.names}
        if self.column.shape != (len(columns),):
            raise invalid(
                f"Expected {self.column.shape[0]} columns of numbers, or one of lists, got "
                f"{len(columns)}."
            )
        one = [replace(self.column, name=n, shape=()).read(v, max_chars)
               for n, v in columns.items()]  # fmt: skip
        return Block("rows", {"": np.column_stack(one)})

    def takes_number(self, name: str) -> bool:
        return True

    def assemble(self, block: Block) -> object:
        if self.names is None:
            return block.columns[""]
        import pandas as pd

        return pd.DataFrame(block.columns[""], columns=list(self.names))

    def row_schema(self) -> dict[str, Any]:
        by_place = _value_schema(self.column)
        if self.names is None:
            return by_place
        one = _value_schema(replace(self.column, shape=()))
        return {"anyOf": [_object_schema({name: one for name in self.names}), by_place]}

    def examples(self) -> list[Block]:
        return [Block("rows", {"": np.zeros((1, *self.column.shape))})]


@dataclass(frozen=True)
class ColumnInputs(Inputs):
    """Columns of several kinds.

    Parameters
    ----------
    columns : tuple of Column
    as_frame : bool
        Whether the estimator is given a DataFrame, else a dict of arrays.
    """

    columns: tuple[Column, ...]
    as_frame: bool
    kind = "rows"

    def read(self, rows: Sequence[Any], max_chars: int) -> Block:
        names = [column.name for column in self.columns]
        if isinstance(rows[0], dict):
            rows = by_position(rows, names)
        for number, row in enumerate(rows):
            if not isinstance(row, list) or len(row) != len(names):
                raise invalid(
                    f"Expected each row as an object, or a list of {len(names)} values, got "
                    f"{f'a list of {len(row)}' if isinstance(row, list) else show(row)} in row "
                    f"{number}."
                )
        values = zip(*rows, strict=True)
        return self.read_columns(dict(zip(names, map(list, values), strict=True)), max_chars)

    def read_columns(self, columns: Mapping[str, Sequence[object]], max_chars: int) -> Block:
        check_names(columns, [column.name for column in self.columns])
        read = {column.name: column.read(columns[column.name], max_chars)
                for column in self.columns}  # fmt: skip
        return Block("rows", read)

    def takes_number(self, name: str) -> bool:
        return any(one.name == name and one.kind == "number" for one in self.columns)

    def assemble(self, block: Block) -> object:
        if not self.as_frame:
            return dict(block.columns)
        import pandas as pd

        return pd.DataFrame({name: _plain(one) for name, one in block.columns.items()})

    def row_schema(self) -> dict[str, Any]:
        by_name = {column.name: _value_schema(column) for column in self.columns}
        by_place = {
            "type": "array",
            "prefixItems": list(by_name.values()),
            "minItems": len(by_name),
            "maxItems": len(by_name),
        }
        return {"anyOf": [_object_schema(by_name), by_place]}

    def examples(self) -> list[Block]:
        return [Block("rows", {column.name: _example(column) for column in self.columns})]


def by_position(rows: Sequence[Any], names: Sequence[str]) -> list[list[Any]]:
    """Return rows that are objects as lists, in the order of the columns."""
    wanted = set(names)
    for number, row in enumerate(rows):
        if not isinstance(row, dict):
            raise invalid(f"Expected an object as in the first row, got {show(row)} in row "
                          f"{number}.")  # fmt: skip
        if row.keys() != wanted:
            check_names(row, names, f" in row {number}")
    return [[row[name] for name in names] for row in rows]


def check_names(given: Mapping[str, object], names: Sequence[str], where: str = "") -> None:
    """Raise a RequestError unless the columns are those of the model."""
    missing = [name for name in names if name not in given]
    others = [name for name in given if name not in set(names)]
    if missing or others:
        raise invalid(
            f"Expected the columns {list(names)[:_NAMED]}{where}, got none named "
            f"{missing[:_NAMED]} and besides {[name[:60] for name in others[:_NAMED]]}."
        )


def _example(column: Column) -> np.ndarray:
    values = {"number": 0.0, "any": column.example, "text": "An example."}
    value: Any = values[column.kind]
    return np.full((1, *column.shape), value, object if isinstance(value, str) else None)


def _plain(array: np.ndarray) -> Any:
    return list(array) if array.ndim > 1 else array


def _value_schema(column: Column) -> dict[str, Any]:
    if column.kind == "text":
        return {"type": "string"}
    if column.kind == "any":
        return {"type": ["number", "string", "boolean", "null"]}
    value: dict[str, Any] = {"type": ["number", "null"] if column.gaps else "number"}
    if column.largest < math.inf:
        value |= {"minimum": -column.largest, "maximum": column.largest}
    for size in reversed(column.shape):
        value = {"type": "array", "items": value, "minItems": size, "maxItems": size}
    return value


def _object_schema(by_name: Mapping[str, object]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": dict(by_name),
        "required": list(by_name),
        "additionalProperties": False,
    }
