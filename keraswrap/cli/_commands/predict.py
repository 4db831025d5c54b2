"""``keraswrap predict``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from itertools import chain
from pathlib import Path
from typing import Any, TextIO, cast

import numpy as np
import pandas as pd

from keraswrap._tables import (
    FrameLines,
    Stream,
    can_be_parted,
    check_columns,
    check_file,
    find_unfold,
    frame_of_objects,
    is_export,
    kind_of_file,
    new_file,
    parquet_parts,
    read_table,
    row_writer,
    table_parts,
    text_of,
    texts_of,
)
from keraswrap._tables.lines import open_bytes
from keraswrap._tables.types import Row
from keraswrap._wording import counted
from keraswrap.cli._interrupts import telling_stop
from keraswrap.cli._output import give, say
from keraswrap.cli._quiet import load_keras
from keraswrap.exceptions import InputError, ParameterError

# Rows predicted at a time, and bytes of a file that are: some seconds of a net on one core.
_SIZE, _BYTES = 256, 1 << 18
_ADDED = ("predicted_label", "confidence")
Part = list[tuple[int, Row]]


def run(options: argparse.Namespace) -> None:
    """Predict the label of each row, and write it."""
    kind = _kind_of_output(options)
    with telling_stop(options), ExitStack() as stack:
        frames = _open_frames(options)
        if frames is not None:
            read_as = kind_of_file(options.data)
            form = kind or ("jsonl" if options.json or read_as == "parquet" else read_as)
            model = load(options)
            found = (predict_frame(model, frame, options) for frame in frames)
            _write(found, _open_output(options, stack), form, options)
            return
        parts, read_as = _open(options, stack)
        parts, text = _checked(parts, options)
        form = kind or ("jsonl" if options.json else read_as)
        model = load(options)
        rows = (list(predict(model, part, text, options.proba)) for part in parts)
        _write(rows, _open_output(options, stack), form, options)


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


def _open_frames(options: argparse.Namespace) -> Iterator[pd.DataFrame] | None:
    """Return the parts of a table; None for rows that come one by one, or differ in their keys."""
    if options.data == "-" or not can_be_parted(options.data):
        return None
    if kind_of_file(options.data) == "jsonl":
        return None
    found = table_parts(options.data, encoding=options.encoding, size=_BYTES)
    parts = (part for part in found if len(part))
    first = next(parts, None)
    if first is None or is_export(first):
        return None
    part = [(1, dict.fromkeys(map(str, first)))]
    _check_rows(part, options.text or _find_text(part[0][1], False, options.data), options.data)
    return chain([first], parts)


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


def load(options: argparse.Namespace) -> Any:
    """Load the classifier that the options name.

    Raises
    ------
    InputError, SavedFileError, ParameterError
        If there is none, or it does not give probabilities of classes.
    """
    if not Path(options.model).is_file():
        raise InputError(
            f"Expected a model that `keraswrap train` wrote, got {options.model!r}, which is not "
            "there."
        )
    from keraswrap.model_files import load_estimator, read_file_info

    info = read_file_info(options.model)
    texts = "Transformer" in info.class_name
    if not info.is_pickle:
        load_keras()
    elsewhere = {"encoder": options.encoder} if options.encoder is not None else {}
    given = {"empty": "allow", **elsewhere} if texts else elsewhere
    model = load_estimator(options.model, trust_pickle=options.trust_pickle, **given)
    if not (hasattr(model, "predict_proba") and hasattr(model, "classes_")):
        raise ParameterError(
            f"Expected a classifier that gives probabilities, got {type(model).__name__}: "
            f"{options.model!r}. Train one with predict_proba."
        )
    if hasattr(model, "abstain_label"):
        raise ParameterError(
            f"Expected a classifier that answers each row, got {type(model).__name__}, which "
            "abstains. Save its estimator_."
        )
    return model


def _open_output(options: argparse.Namespace, stack: ExitStack) -> TextIO:
    if options.out is None:
        if hasattr(sys.stdout, "reconfigure"):  # as in a file, whatever the machine
            sys.stdout.reconfigure(encoding="utf-8", newline="")
        return cast("TextIO", sys.stdout)
    draft = stack.enter_context(new_file(options.out, options.overwrite))
    return stack.enter_context(draft.open("w", encoding="utf-8", newline=""))


def _write(
    parts: Iterator[list[Row]] | Iterator[pd.DataFrame],
    file: TextIO,
    kind: str,
    options: argparse.Namespace,
) -> None:
    from tqdm.auto import tqdm

    rows, frames = _Rows(file, kind), FrameLines(file, kind)
    count = 0  # a hidden bar does not count
    with tqdm(unit=" rows", disable=None) as bar:
        for part in parts:
            if isinstance(part, pd.DataFrame):
                frames.write(part)
            else:
                rows.write(part)
            file.flush()
            bar.update(len(part))
            count += len(part)
    if options.out is not None:
        give({"rows": count, "files": [options.out]}, f"{options.out}: {counted(count, 'row')}",
             options.json)  # fmt: skip
    else:
        say(counted(count, "row"))


class _Rows:
    """What writes rows; JSON lines may each have keys of their own, a table has the first row's."""

    def __init__(self, file: TextIO, kind: str) -> None:
        self.file, self.kind = file, kind
        self.row: Callable[[Iterable[object]], None] | None = None

    def write(self, part: list[Row]) -> None:
        """Write rows."""
        for row in part:
            if self.row is None or self.kind == "jsonl":
                self.row = row_writer(self.file, self.kind, list(row))
            self.row(row.values())


def predict(model: Any, part: Part, text: str, with_proba: bool) -> Iterator[Row]:
    """Yield rows with their predictions.

    Parameters
    ----------
    model : classifier
    part : list of (int, dict)
    """
    added = _answers(model, [text_of(row[text], text) for _, row in part], with_proba)
    for (_, row), answers in zip(part, zip(*added.values(), strict=True), strict=True):
        yield {**row, **dict(zip(added, answers, strict=True))}


def predict_frame(model: Any, frame: pd.DataFrame, options: argparse.Namespace) -> pd.DataFrame:
    """Return a frame with columns of its predictions."""
    added = _answers(model, texts_of(frame[options.text]), options.proba)
    return frame.assign(**{name: pd.Series(a, dtype=object) for name, a in added.items()})


def _answers(model: Any, texts: list[str], with_proba: bool) -> dict[str, list[object]]:
    """Return the columns to add."""
    proba = np.asarray(model.predict_proba(texts))
    if hasattr(model, "_to_labels"):  # of ordered classes: the median
        best = np.searchsorted(model.classes_, model._to_labels(proba))
    else:
        best = proba.argmax(axis=1)
    shares = np.round(proba, 4)
    sure = shares[np.arange(len(best)), best]
    found = dict(zip(_ADDED, (model.classes_[best].tolist(), sure.tolist()), strict=True))
    if with_proba:
        names = [f"proba_{label}" for label in model.classes_]
        found |= dict(zip(names, shares.T.tolist(), strict=True))
    return found
