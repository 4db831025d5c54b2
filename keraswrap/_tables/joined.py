"""Columns put together as bytes, without a step for each row."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pandas as pd

from keraswrap._optional import require

if TYPE_CHECKING:
    import pyarrow as pa


_quote = json.encoder.encode_basestring


def held_by_arrow(column: pd.Series) -> bool:
    """Return whether a column is of texts that Arrow holds.

    Examples
    --------
    >>> held_by_arrow(pd.Series(["a"])), held_by_arrow(pd.Series(["a"], dtype=object))
    (True, False)
    """
    kind = column.dtype
    if isinstance(kind, pd.ArrowDtype):
        return kind.type is str and not hasattr(kind.pyarrow_dtype, "value_type")
    return isinstance(kind, pd.StringDtype) and kind.storage == "pyarrow"


def join_records(
    frame: pd.DataFrame, delimiter: str, text: Callable[[object], str]
) -> memoryview | None:
    r"""Return a frame as `csv.writer` writes it, with quotes where they are needed.

    None for what is written in another way: a single column, a text with a
    carriage return, or one that is no valid Unicode.

    Parameters
    ----------
    text : callable
        From the value of a cell to what is written.

    Examples
    --------
    >>> frame = pd.DataFrame({"a": ["x, y", ""], "b": [1, 2]})
    >>> bytes(join_records(frame, ",", str))
    b'"x, y",1\n,2\n'
    """
    places = range(frame.shape[1])
    if len(places) < 2:
        return None
    compute = require("pyarrow.compute", "text")
    try:
        cells = [_cells(frame.iloc[:, place], text) for place in places]
    except UnicodeEncodeError:
        return None
    columns = [_quoted(column, delimiter) for column in cells]
    known = [column for column in columns if column is not None]
    if len(known) < len(columns):
        return None
    between, end, nothing = _scalars(delimiter, "\n", "")
    lines = compute.binary_join_element_wise(*known, between)
    return _bytes(compute.binary_join_element_wise(lines, nothing, end))


def _cells(column: pd.Series, text: Callable[[object], str]) -> pa.Array:
    if held_by_arrow(column):
        return _arrow(column)
    arrow = require("pyarrow", "text")
    return arrow.array([text(value) for value in column.tolist()], arrow.large_string())


def join_objects(frame: pd.DataFrame, encode: Callable[[object], str]) -> bytes | None:
    r"""Return a frame as JSON lines; None where a text is no valid Unicode.

    Parameters
    ----------
    encode : callable
        From any value to JSON, without escapes for what is not ASCII.

    Examples
    --------
    >>> frame = pd.DataFrame({"a": ["x", "y"], "b": [1, None]}, dtype=object)
    >>> join_objects(frame, lambda value: json.dumps(value, ensure_ascii=False))
    b'{"a": "x", "b": 1}\n{"a": "y", "b": null}\n'
    """
    if not frame.columns.is_unique or not len(frame.columns):
        return None
    names = [json.dumps(str(name), ensure_ascii=False).replace("%", "%%") for name in frame]
    line = "{" + ", ".join(f"{name}: %s" for name in names) + "}\n"
    columns = [_as_json(frame[name].tolist(), encode) for name in frame]
    try:
        return "".join(map(line.__mod__, zip(*columns, strict=True))).encode()
    except UnicodeEncodeError:
        return None


def _as_json(values: list[Any], encode: Callable[[object], str]) -> list[str]:
    kinds = set(map(type, values))
    if kinds == {str}:
        return list(map(_quote, values))
    return list(map(repr, values)) if kinds == {int} else list(map(encode, values))


def join_with_lengths(texts: pd.Series) -> memoryview:
    r"""Return texts, each after its length in bytes and a colon.

    Examples
    --------
    >>> bytes(join_with_lengths(pd.Series(["a", "ü"])))
    b'1:a2:\xc3\xbc'
    """
    arrow, compute = require("pyarrow", "text"), require("pyarrow.compute", "text")
    given = _arrow(texts)
    lengths = compute.cast(compute.binary_length(given), arrow.large_string())
    return _bytes(compute.binary_join_element_wise(lengths, given, _scalars(":")[0]))


def _arrow(column: pd.Series) -> pa.Array:
    arrow, compute = require("pyarrow", "text"), require("pyarrow.compute", "text")
    found = arrow.array(column.array, type=arrow.large_string())
    found = found.combine_chunks() if isinstance(found, arrow.ChunkedArray) else found
    return compute.fill_null(found, "") if found.null_count else found


def _scalars(*texts: str) -> list[pa.Scalar]:
    arrow = require("pyarrow", "text")
    return [arrow.scalar(text, arrow.large_string()) for text in texts]


def _quoted(column: pa.Array, delimiter: str) -> pa.Array | None:
    compute = require("pyarrow.compute", "text")
    marks = compute.match_substring_regex(column, f'[{delimiter}"\n\r]')
    if not compute.any(marks).as_py():
        return column
    if compute.any(compute.match_substring(column, "\r")).as_py():
        return None
    doubled = compute.replace_substring(column, '"', '""')
    quote, nothing = _scalars('"', "")
    inside = compute.binary_join_element_wise(quote, doubled, quote, nothing)
    return compute.if_else(marks, inside, column)


def _bytes(column: pa.Array) -> memoryview:
    """Return the texts of a column, one after the other."""
    _, ends, content = column.buffers()
    places = memoryview(ends).cast("q")[column.offset : column.offset + len(column) + 1]
    return memoryview(content)[places[0] : places[-1]] if len(column) else memoryview(b"")
