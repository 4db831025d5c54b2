"""Reading a table, whatever its format."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd

from keraswrap._tables.hub import read_hub
from keraswrap._tables.lines import open_lines, read_lines, read_objects
from keraswrap._tables.objects import frame_of_objects
from keraswrap._tables.parquet import read_parquet
from keraswrap._tables.records import BLOCK, record_parts
from keraswrap._tables.types import PathLike
from keraswrap.exceptions import InputError

# Largest file in bytes, and how much more memory finding label issues needs.
LIMIT, _IN_MEMORY = 1 << 30, 6
KINDS = {
    **{".csv": "csv", ".tsv": "tsv", ".tab": "tsv"},
    **{".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet", ".pq": "parquet"},
}


def kind_of_file(path: PathLike) -> str:
    """Return the format of a file, by its extension.

    Raises
    ------
    InputError
        If it ends in nothing that is known.

    Examples
    --------
    >>> kind_of_file("reviews.ndjson")
    'jsonl'
    """
    suffix = Path(path).suffix.lower()
    if suffix not in KINDS:
        raise InputError(
            f"Expected a file that ends in {', '.join(KINDS)}, got {str(path)!r}. Convert it, or "
            "rename it if it is one of these."
        )
    return KINDS[suffix]


def read_table(source: PathLike, *, encoding: str = "utf-8", limit: int = LIMIT) -> pd.DataFrame:
    """Read a table whole.

    Parameters
    ----------
    source : str or path
        A file that ends in .csv, .tsv, .json, .jsonl or .parquet, or
        ``hf://owner/name``.
    encoding : str, default="utf-8"
        Of CSV, TSV and JSON.
    limit : int, default=2**30
        Bytes, beyond which a file is refused. The frame takes about one and a
        half times as many in memory, and what is done with its texts more.

    Returns
    -------
    DataFrame
        Of CSV and TSV every cell is text, an empty one ``""``.

    Raises
    ------
    InputError
        If the file is not there, broken, empty or too big.
    DownloadError, MissingExtraError, ParameterError
        If a dataset of the hub is not available.
    """
    if str(source).startswith("hf://"):
        return _not_empty(read_hub(str(source)), str(source))
    # JSON is read but not written: JSON lines are more robust.
    kind = "json" if Path(source).suffix.lower() == ".json" else kind_of_file(source)
    check_file(source)
    if kind == "parquet":
        frame = read_parquet(source, lambda size: _check_size(size, limit, source))
    else:
        _check_size(os.path.getsize(source), limit, source)
        frame = _read_lines(source, kind, encoding)
    return _not_empty(frame, str(source))


def check_file(path: PathLike) -> None:
    """Raise InputError unless there is a file."""
    if not Path(path).is_file():
        got = "which is a folder" if Path(path).is_dir() else "which is not there"
        raise InputError(
            f"Expected a file or 'hf://owner/name', got {str(path)!r}, {got}. Check the path."
        )


def _check_size(size: int, limit: int, path: PathLike) -> None:
    if size > limit:
        raise InputError(
            f"Expected at most {_human(limit)}, as the table is read into memory, got "
            f"{_human(size)} in {str(path)!r}. Leave columns or rows out; or, with at least "
            f"{_human(_IN_MEMORY * size)} of memory to spare, allow it: --max-size, limit=; or "
            "stay on disk from Python: datasets.load_dataset, then "
            "keraswrap.issues.find_label_issues."
        )


def _human(size: int) -> str:
    """Format a number of bytes.

    Examples
    --------
    >>> _human(3 << 29), _human(900)
    ('1.5 GB', '900 bytes')
    """
    for unit, name in ((1 << 30, "GB"), (1 << 20, "MB"), (1 << 10, "kB")):
        if size >= unit:
            return f"{size / unit:.1f} {name}"
    return f"{size} bytes"


def _not_empty(frame: pd.DataFrame, source: str) -> pd.DataFrame:
    if frame.empty:
        raise InputError(f"Expected rows in {source!r}, got none below the header.")
    return frame


def _read_lines(path: PathLike, kind: str, encoding: str) -> pd.DataFrame:
    if kind in ("csv", "tsv"):
        parts = list(record_parts(path, kind, encoding, BLOCK))
        return pd.concat(parts, ignore_index=True)
    with open_lines(path, encoding) as lines:
        if kind == "json":
            return frame_of_objects(read_objects(lines, str(path)))
        return frame_of_objects(row for _, row in read_lines(lines, str(path)))
