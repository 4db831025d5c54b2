"""``keraswrap predict``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np

from keraswrap._tables import (
    Stream,
    check_columns,
    check_file,
    find_unfold,
    frame_of_objects,
    kind_of_file,
    new_file,
    parquet_parts,
    read_table,
    row_writer,
    text_of,
)
from keraswrap._tables.lines import open_bytes
from keraswrap._tables.types import Row
from keraswrap._wording import counted
from keraswrap.cli._interrupts import telling_stop
from keraswrap.cli._output import give, say
from keraswrap.exceptions import InputError, ParameterError

if TYPE_CHECKING:
    from keraswrap.text import TransformerClassifier

# Rows predicted at a time.
_SIZE = 256
_ADDED = ("predicted_label", "confidence")
Part = list[tuple[int, Row]]


def run(options: argparse.Namespace) -> None:
    """Predict the label of each row, and write it."""
    kind = _kind_of_output(options)
    with telling_stop(options), ExitStack() as stack:
        parts, read_as = _open(options, stack)
        parts, text = _checked(parts, options)
        form = kind or ("jsonl" if options.json else read_as)
        _write(_predicted(parts, text, options), _open_output(options, stack), form, options)


def _kind_of_output(options: argparse.Namespace) -> str | None:
    if options.out is None:
        return None
    kind = kind_of_file(options.out)
    if kind == "parquet":
        raise ParameterError(
            f"Expected a file that ends in .csv, .tsv or .jsonl as --out, got {options.out!r}: "
            "rows are written as they come."
        )
    return kind


def _open(options: argparse.Namespace, stack: ExitStack) -> tuple[Iterator[Part], str]:
    """Return the rows in parts, and their format."""
    if options.data == "-":
        descriptor, kind = sys.stdin.fileno(), options.format
        source = "standard input"
    elif options.data.startswith("hf://") or Path(options.data).suffix.lower() == ".json":
        return _parts_of_table(options.data), "jsonl"
    elif kind_of_file(options.data) == "parquet":
        check_file(options.data)
        return parquet_parts(options.data, _SIZE), "jsonl"
    else:
        descriptor = stack.enter_context(open_bytes(options.data)).fileno()
        kind, source = kind_of_file(options.data), options.data
    stream = Stream(descriptor, source, kind, options.encoding)
    return stream.parts(_SIZE), stream.kind


def _parts_of_table(source: str) -> Iterator[Part]:
    frame = read_table(source)
    for start in range(0, len(frame), _SIZE):
        rows = frame.iloc[start : start + _SIZE].to_dict("records")
        yield [(start + number, row) for number, row in enumerate(rows)]


def _checked(parts: Iterator[Part], options: argparse.Namespace) -> tuple[Iterator[Part], str]:
    """Return rows with plain columns, of exports too, and the name of the column of texts.

    Those of the first rows are checked before a model is loaded.
    """
    first = next(parts, [])
    if not first:
        raise InputError(f"Expected rows in {options.data!r}, got none below the header.")
    unfold = find_unfold(frame_of_objects(row for _, row in first), options.data)
    if unfold is not None:
        first = [(line, unfold(row)) for line, row in first]
        parts = ([(line, unfold(row)) for line, row in part] for part in parts)
    text = options.text or _find_text(first[0][1], unfold is not None, options.data)
    _check_rows(first, text, options.data)
    return _rest(first, parts, text, options.data), text


def _find_text(row: Row, is_export: bool, source: str) -> str:
    """Find the column of the texts of an export where it was not named."""
    names = [name for name, value in row.items() if isinstance(value, str)]
    if is_export and ("text" in names or len(names) == 1):
        return "text" if "text" in names else names[0]
    raise ParameterError(
        f"Expected --text, the column of {source!r} with the texts, got none. There are "
        f"{list(row)[:20]}."
    )


def _rest(first: Part, parts: Iterator[Part], text: str, source: str) -> Iterator[Part]:
    yield first
    for part in parts:
        _check_rows(part, text, source)
        yield part


def _check_rows(part: Part, text: str, source: str) -> None:
    for line, row in part:
        if text not in row:
            check_columns([text], list(row), f"{source}, line {line}")
        taken = [name for name in _ADDED if name in row]
        if taken:
            raise InputError(
                f"Expected no column {taken[0]!r} in {source!r}, as predictions get that name. "
                "Rename it."
            )


def _load(options: argparse.Namespace) -> TransformerClassifier:
    path = Path(options.model)
    if not path.is_file():
        raise InputError(
            f"Expected a model that `keraswrap train` wrote, got {options.model!r}, which is not "
            "there."
        )
    from keraswrap.cli._quiet import load_keras
    from keraswrap.text import TransformerClassifier

    load_keras()
    elsewhere = {} if options.encoder is None else {"encoder": options.encoder}
    return TransformerClassifier.load(path, empty="allow", **elsewhere)


def _open_output(options: argparse.Namespace, stack: ExitStack) -> IO[str]:
    if options.out is None:
        if hasattr(sys.stdout, "reconfigure"):  # as in a file, whatever the machine
            sys.stdout.reconfigure(encoding="utf-8", newline="")
        return sys.stdout
    draft = stack.enter_context(new_file(options.out, options.overwrite))
    return stack.enter_context(draft.open("w", encoding="utf-8", newline=""))


def _predicted(
    parts: Iterator[Part], text: str, options: argparse.Namespace
) -> Iterator[list[Row]]:
    model = _load(options)
    for part in parts:
        yield list(predict(model, part, text, options.proba))


def _write(
    parts: Iterator[list[Row]], file: IO[str], kind: str, options: argparse.Namespace
) -> None:
    from tqdm.auto import tqdm

    write: Callable[[Iterable[object]], None] | None = None
    count = 0  # a hidden bar does not count
    with tqdm(unit=" rows", disable=None) as bar:
        for part in parts:
            for row in part:
                # JSON lines may each have keys of their own; a table has those of its first row.
                if write is None or kind == "jsonl":
                    write = row_writer(file, kind, list(row))
                write(row.values())
            file.flush()
            bar.update(len(part))
            count += len(part)
    if options.out is not None:
        give({"rows": count, "files": [options.out]}, f"{options.out}: {counted(count, 'row')}",
             options.json)  # fmt: skip
    else:
        say(counted(count, "row"))


def predict(model: TransformerClassifier, part: Part, text: str, with_proba: bool) -> Iterator[Row]:
    """Yield rows with their predictions.

    Parameters
    ----------
    model : TransformerClassifier
    part : list of (int, dict)
    """
    proba = model.predict_proba([text_of(row[text], text) for _, row in part])
    best = np.searchsorted(model.classes_, model._to_labels(proba))  # ordered ones: the median
    for (_, row), code, shares in zip(part, best, np.round(proba, 4), strict=True):
        added = {"predicted_label": model.classes_[code].item(), "confidence": shares[code].item()}
        if with_proba:
            names = (f"proba_{label}" for label in model.classes_)
            added |= dict(zip(names, shares.tolist(), strict=True))
        yield {**row, **added}
