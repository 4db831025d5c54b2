"""A table in a file, part by part: what `read_table` reads, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd

from keraswrap._tables.objects import object_parts
from keraswrap._tables.parquet import parquet_frames
from keraswrap._tables.read import check_file, kind_of_file
from keraswrap._tables.records import BLOCK, record_parts
from keraswrap._tables.types import PathLike


def can_be_parted(source: PathLike) -> bool:
    """Return whether a table can be read in parts: any file but one JSON list of all rows.

    A pipe with a name can be read only once, from the beginning to the end.

    Examples
    --------
    >>> can_be_parted("a.csv"), can_be_parted("a.json"), can_be_parted("hf://a/b")
    (True, False, False)
    """
    path = Path(source)
    if str(source).startswith("hf://") or path.suffix.lower() == ".json":
        return False
    return path.is_file() or not path.exists()


def table_parts(
    path: PathLike,
    *,
    encoding: str = "utf-8",
    columns: Sequence[str] | None = None,
    size: int = BLOCK,
) -> Iterator[pd.DataFrame]:
    """Yield the rows of a file as frames that, put together, are what `read_table` returns.

    Parameters
    ----------
    path : str or path
        Ends in .csv, .tsv, .jsonl or .parquet.
    encoding : str, default="utf-8"
        Of CSV, TSV and JSON lines.
    columns : sequence of str, optional
        Those that are wanted, where they are there.
    size : int, default=2**22
        Bytes of a part, more or less.

    Yields
    ------
    DataFrame
        At least one, which may be empty. Of JSON lines each has the columns of
        its own rows; `with_columns` adds others.

    Raises
    ------
    InputError
        If the file is not there or broken; after the rows before.
    """
    kind = kind_of_file(path)
    check_file(path)
    if kind in ("csv", "tsv"):
        return record_parts(path, kind, encoding, size, columns)
    if kind == "parquet":
        return parquet_frames(path, size, columns)
    found = object_parts(path, encoding, size)
    if columns is None:
        return found
    return (part[[name for name in part if name in columns]] for part in found)


def with_columns(part: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Return a part with these columns in this order; one that it lacks holds None.

    Examples
    --------
    >>> with_columns(pd.DataFrame({"b": [1, 2]}), ["a", "b"]).to_dict("list")
    {'a': [None, None], 'b': [1, 2]}
    """
    if list(part) == list(names):
        return part
    gap = pd.Series([None] * len(part), dtype=object)
    return pd.DataFrame({name: part.get(name, gap) for name in names})
