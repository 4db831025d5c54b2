"""Read and write files of decisions: malformed files are refused, none is written in part."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from keraswrap._tables.columns import check_columns
from keraswrap._tables.delimited import read_records
from keraswrap._tables.formulas import unguard
from keraswrap._tables.lines import open_lines
from keraswrap._tables.types import PathLike
from keraswrap._tables.write import new_file, write_table
from keraswrap.exceptions import InputError, InputTypeError
from keraswrap.issues.corrections._entry_numbers import NAME as ENTRY
from keraswrap.issues.corrections._entry_numbers import check_last, number_entries

__all__ = ["read_decisions", "write_decisions"]

REQUIRED = ("row_id", "given_label", "action", "new_label", "data_hash")
COLUMNS = (*REQUIRED[:4], "reviewer", "note", "timestamp", REQUIRED[4])
ACTIONS = ("accept", "keep", "relabel", "drop", "ambiguous", "skip")
# Actions that assign a label; all others assign none or keep the present one.
RELABELS = ("accept", "relabel")
FORMAT, VERSION = "keraswrap-decisions", 1
# Maximum number of rows that an error names.
_NAMED = 5


def read_decisions(path: PathLike) -> pd.DataFrame:
    r"""Read the decisions that a report exported.

    Everything is read as text. Malformed entries are refused with their lines:
    half a file of decisions must not pass for a whole one. In a CSV file the
    column ``entry`` numbers them, where there is one.

    Parameters
    ----------
    path : str or path
        A CSV file, or a JSON file of the form ``{"format":
        "keraswrap-decisions", "version": 1, "data_hash": ..., "decisions":
        [{...}]}``, if it ends in .json.

    Returns
    -------
    DataFrame
        Columns ``row_id``, ``given_label``, ``action``, ``new_label``,
        ``reviewer``, ``note``, ``timestamp`` and ``data_hash``. The index,
        ``line`` or ``decision``, says where each stands in the file, from 1.

    Raises
    ------
    InputError
        If the file is missing, truncated or malformed; if an action is unknown, a label
        is missing, or a row occurs twice.

    Examples
    --------
    >>> import tempfile
    >>> path = tempfile.mkdtemp() + "/decisions.csv"
    >>> header = "row_id,given_label,action,new_label,data_hash"
    >>> _ = open(path, "w").write(header + "\n7,bad,accept,good,a1b2c3d4e5f60708\n")
    >>> read_decisions(path)[["row_id", "action", "new_label"]].to_dict("records")
    [{'row_id': '7', 'action': 'accept', 'new_label': 'good'}]
    """
    read = _read_json if Path(path).suffix.lower() == ".json" else _read_csv
    return check_decisions(read(path), str(path))


def _read_csv(path: PathLike) -> pd.DataFrame:
    with open_lines(path) as lines:
        header, rows = read_records(lines, str(path))
        check_columns(REQUIRED, header, str(path))
        found = list(rows)
    if ENTRY in header:
        place = header.index(ENTRY)
        check_last([row[place] for _, row in found], str(path))
    index = pd.Index([line for line, _ in found], name="line", dtype=int)
    cells = [[unguard(cell) for cell in row] for _, row in found]
    frame = pd.DataFrame(cells, index=index, columns=header, dtype=object)
    return frame.drop(columns=ENTRY, errors="ignore")


def _read_json(path: PathLike) -> pd.DataFrame:
    with open_lines(path) as lines:
        text = "".join(lines)
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(
            f"Expected complete JSON in {str(path)!r}, got: {error}. Was the file cut off? Export "
            "it "
            "again."
        ) from error
    except (ValueError, RecursionError) as error:
        raise _not_ours(path, repr(error)) from error
    return _frame_of(_entries(content, path), content["data_hash"], path)


def _entries(content: object, path: PathLike) -> list[object]:
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        got = content.get("format") if isinstance(content, dict) else type(content).__name__
        raise _not_ours(path, repr(got))
    version = content.get("version")
    if version != VERSION:
        raise InputError(
            f"Expected decisions of version {VERSION} in {str(path)!r}, got {version!r:.40}. "
            "Upgrade keraswrap, or export them again."
        )
    entries = content.get("decisions")
    if not isinstance(entries, list) or not isinstance(content.get("data_hash"), str):
        raise _not_ours(path, f"the keys {list(content)}")
    return entries


def _not_ours(path: PathLike, got: str) -> InputError:
    return InputError(
        f"Expected JSON with the format {FORMAT!r}, a version, a data_hash and a list of decisions "
        f"in {str(path)!r}, got {got:.80}. Pass what a report exported."
    )


def _frame_of(entries: list[object], data_hash: str, path: PathLike) -> pd.DataFrame:
    rows = []
    for number, entry in enumerate(entries, 1):
        if not isinstance(entry, dict) or not set(REQUIRED[:4]) <= {*entry}:
            raise InputError(
                f"Expected an object with {', '.join(REQUIRED[:4])} for decision {number} of "
                f"{str(path)!r}, got {entry!r:.80}."
            )
        row = {"data_hash": data_hash, **entry}
        rows.append([_text(row.get(name)) for name in COLUMNS])
    index = pd.RangeIndex(1, len(rows) + 1, name="decision")
    return pd.DataFrame(rows, index=index, columns=list(COLUMNS), dtype=object)


def _text(value: object) -> str:
    """Return a value as text.

    Examples
    --------
    >>> _text(None), _text(2.0), _text("2.0")
    ('', '2', '2.0')
    """
    if isinstance(value, float | np.floating) and float(value).is_integer():
        # pandas turns 2 into 2.0 in columns with gaps, and the page turns 2.0 into 2.
        return str(int(value))
    if value is None:
        return ""
    # A lone surrogate, from a note cut within an emoji, cannot be written to a file or frame.
    return str(value).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def check_decisions(decisions: object, source: str = "decisions") -> pd.DataFrame:
    """Check a table of decisions, and return it as text in the order of `COLUMNS`.

    Parameters
    ----------
    decisions : DataFrame
    source : str
        What errors call the table.

    Raises
    ------
    InputError, InputTypeError
        As `read_decisions` says.
    """
    if not isinstance(decisions, pd.DataFrame):
        raise InputTypeError(
            f"Expected decisions as a path or a DataFrame, got {type(decisions).__name__}. Pass "
            "what a report exported."
        )
    check_columns(REQUIRED, list(decisions.columns), source)
    found = decisions.reindex(columns=list(COLUMNS))
    found = found.astype(object).where(found.notna(), "").map(_text)
    if found.index.name is None:
        found.index.name = "row"
    for problem, bad, todo in _problems(found):
        if bad.any():
            raise InputError(f"Expected {problem}, got {name_rows(found[bad], source)}. {todo}")
    return found


def _problems(found: pd.DataFrame) -> Iterator[tuple[str, pd.Series, str]]:
    """Yield for each check what was expected, which rows fail it, and what to do."""
    relabels = found["action"].isin(RELABELS)
    kept = (found["action"] == "keep") & ~found["new_label"].isin([""])
    yield (
        f"an action of {', '.join(ACTIONS)}",
        ~found["action"].isin(ACTIONS),
        "Correct it, or export the decisions again.",
    )
    yield (
        "a data_hash in each row",
        found["data_hash"] == "",
        "Export the decisions again; a truncated file looks like this.",
    )
    yield (
        f"a new_label where the action is {' or '.join(RELABELS)}",
        relabels & (found["new_label"] == ""),
        "Fill it in, or choose another action.",
    )
    yield (
        "no other new_label where the action is keep",
        kept & (found["new_label"] != found["given_label"]),
        "Make the action relabel, or empty the new_label.",
    )
    yield (
        "each row once in a file",
        found["row_id"].duplicated(keep=False),
        "Keep one decision of each row.",
    )


def name_rows(decisions: pd.DataFrame, source: str) -> str:
    """List the first few decisions and their places in the file, for an error message.

    Examples
    --------
    >>> frame = pd.DataFrame({"row_id": ["7"], "action": ["accpet"]}, pd.Index([2], name="line"))
    >>> name_rows(frame, "a.csv")
    "row_id '7' with 'accpet' (line 2) in 'a.csv'"
    """
    first = decisions[:_NAMED]
    named = [
        f"row_id {row_id!r} with {action!r} ({decisions.index.name} {place})"
        for place, row_id, action in zip(first.index, first["row_id"], first["action"], strict=True)
    ]
    more = f" and {len(decisions) - _NAMED} more" if len(decisions) > _NAMED else ""
    return f"{', '.join(named)}{more} in {source!r}"


def write_decisions(decisions: pd.DataFrame, path: PathLike, *, overwrite: bool = False) -> None:
    """Write decisions in the form that a report exports and `read_decisions` reads.

    Parameters
    ----------
    decisions : DataFrame
        With the columns that `read_decisions` returns; ``reviewer``, ``note`` and
        ``timestamp`` may be missing.
    path : str or path
        JSON if it ends in .json, else CSV, in which texts that a spreadsheet would run
        as a formula are prefixed with an apostrophe.
    overwrite : bool, default=False
        Whether an existing file may be overwritten.

    Raises
    ------
    InputError, InputTypeError
        If the decisions are invalid, or the file already exists.
    StorageError
        If the folder cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> path = tempfile.mkdtemp() + "/decisions.json"
    >>> one = {"row_id": 7, "given_label": 0, "action": "drop", "new_label": None}
    >>> write_decisions(pd.DataFrame([one | {"data_hash": "a1b2c3d4e5f60708"}]), path)
    >>> read_decisions(path)["action"].tolist()
    ['drop']
    """
    found = check_decisions(decisions)
    if Path(path).suffix.lower() != ".json":
        _write_csv(found, path, overwrite)
        return
    hashes = found["data_hash"].unique().tolist()
    if len(hashes) != 1:
        raise InputError(
            f"Expected decisions on one data set, got the hashes {hashes[:_NAMED]}. Write a file "
            "for each."
        )
    rows = found.drop(columns="data_hash").to_dict("records")
    content = {"format": FORMAT, "version": VERSION, "data_hash": hashes[0], "decisions": rows}
    with new_file(path, overwrite) as draft:
        draft.write_text(json.dumps(content, indent=1), encoding="utf-8")


def _write_csv(found: pd.DataFrame, path: PathLike, overwrite: bool) -> None:
    if Path(path).suffix.lower() != ".csv":
        raise InputError(
            f"Expected a path that ends in .csv or .json, got {str(path)!r}. Rename it."
        )
    numbered = found.copy()
    numbered.insert(len(COLUMNS) - 1, ENTRY, number_entries(len(found)))
    write_table(numbered, path, overwrite=overwrite, spreadsheet=True)
