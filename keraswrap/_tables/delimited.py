"""CSV and TSV, strictly: what is broken is refused, with the line that it stands in.

Every cell is text, as it stands in the file. A reader that guesses kinds makes
7 of "007", and one that forgives broken quotes makes one row of several.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from itertools import chain

from keraswrap._tables.columns import check_header
from keraswrap.exceptions import InputError

# Most characters in a cell; Python's own limit, 131,072, is too small for long texts.
_LONGEST = 1 << 24
# Delimiters that spreadsheets use in different countries.
_DELIMITERS = (",", ";", "\t")


def read_records(
    lines: Iterable[str], source: str, delimiter: str | None = None
) -> tuple[list[str], Iterator[tuple[int, list[str]]]]:
    r"""Read a header, and the rows below it as they are asked for.

    Parameters
    ----------
    lines : iterable of str
        With their ends; as RFC 4180 describes. Blank lines are passed over.
    source : str
        What errors call the file.
    delimiter : str, optional
        By default the one of comma, semicolon and tab that the header has most of.

    Returns
    -------
    header : list of str
    rows : iterator of (int, list of str)
        The line in which a row begins, and its cells.

    Raises
    ------
    InputError
        If there is no header, a quote is broken, or a row has more or fewer
        cells than the header; at once, or when that row is asked for.

    Examples
    --------
    >>> header, rows = read_records(["text,label\n", '"a, b",good\n'], "reviews.csv")
    >>> header, list(rows)
    (['text', 'label'], [(2, ['a, b', 'good'])])
    """
    lines = iter(lines)
    first = next(lines, "")
    mark = delimiter or find_delimiter(first)
    records = _records(chain([first] if first else [], lines), mark, source)
    header = next(records, (0, []))[1]
    if not header:
        raise InputError(
            f"Expected a header with the names of columns in {source!r}, got an empty file."
        )
    check_header(header, source)
    return header, _checked(records, len(header), source)


def read_rest(
    lines: Iterable[str], source: str, delimiter: str, width: int, first: int
) -> Iterator[tuple[int, list[str]]]:
    """Read rows below a header of `width` cells; `first` is the number of their first line.

    Raises
    ------
    InputError
        As from `read_records`.
    """
    return _checked(_records(lines, delimiter, source, first), width, source)


def find_delimiter(line: str) -> str:
    """Return the one of comma, semicolon and tab that a header has most of."""
    return max(_DELIMITERS, key=line.count)


def _records(
    lines: Iterable[str], delimiter: str, source: str, first: int = 1
) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        begun = reader.line_num + first
        try:
            cells = _next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise _broken(begun, reader.line_num + first - 1, error, source) from error
        if cells:
            yield begun, cells


def _next(reader: Iterator[list[str]]) -> list[str]:
    # A process-wide setting: restore it for others.
    before = csv.field_size_limit(_LONGEST)
    try:
        return next(reader)
    finally:
        csv.field_size_limit(before)


def _broken(begun: int, line: int, error: csv.Error, source: str) -> InputError:
    where = f"line {line}" if line == begun else f"the row in lines {begun} to {line}"
    return InputError(
        f"Expected cells with quotes that are closed in {where} of {source!r}, got: {error}. A "
        'quote inside a quoted cell is doubled (""); look for one that is not, or for the end of '
        "a file that was cut off."
    )


def _checked(
    records: Iterator[tuple[int, list[str]]], width: int, source: str
) -> Iterator[tuple[int, list[str]]]:
    for line, cells in records:
        if len(cells) != width:
            raise InputError(
                f"Expected {width} cells in each row, as in the header, got {len(cells)} in line "
                f"{line} of {source!r}. Put cells that hold the delimiter in quotes; a truncated "
                "file looks like this too."
            )
        yield line, cells
