"""``keraswrap drift``."""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from keraswrap._tables import check_columns, check_new, labels_of, new_file, texts_of
from keraswrap.cli._columns import load_table
from keraswrap.cli._design import typed
from keraswrap.cli._interrupts import telling_stop
from keraswrap.cli._output import give
from keraswrap.exceptions import InputError, ParameterError

FOUND = 3


def run(options: argparse.Namespace) -> int:
    """Compare new rows with the reference; return 3 if any statement says yes."""
    files = _check_files(options)
    with telling_stop(options):
        old, new = (_read(options, source) for source in (options.reference, options.new))
        check_columns([options.label], list(old.columns), options.reference)
        report = _compare(options, old, new)
    with ExitStack() as stack:
        drafts = [stack.enter_context(new_file(path, options.overwrite)) for path in files]
        for draft, content in zip(drafts, _contents(options, report), strict=True):
            draft.write_text(content, encoding="utf-8")
    written = "".join(f"\n  {path}" for path in files)
    text = f"{report}\nWritten:{written}" if files else str(report)
    give({**report.summary(), "files": [str(path) for path in files]}, text, options.json)
    return FOUND if report.found else 0


def _check_files(options: argparse.Namespace) -> list[Path]:
    if options.out is not None and Path(options.out).suffix.lower() not in (".html", ".htm"):
        raise ParameterError(f"Expected --out as a file that ends in .html, got {options.out!r}.")
    if not Path(options.model).is_file():
        raise InputError(
            f"Expected a model that keraswrap wrote, got {options.model!r}, which is not there."
        )
    named = [path for path in (options.out, options.metrics) if path is not None]
    return [check_new(path, options.overwrite) for path in named]


def _contents(options: argparse.Namespace, report: Any) -> list[str]:
    page = [report.to_html()] if options.out is not None else []
    return page + ([report.to_prometheus()] if options.metrics is not None else [])


def _read(options: argparse.Namespace, source: str) -> pd.DataFrame:
    options.data = source
    frame = load_table(options)
    if options.text is not None:
        check_columns([options.text], list(frame.columns), source)
    return frame


def _compare(options: argparse.Namespace, old: pd.DataFrame, new: pd.DataFrame) -> Any:
    y = labels_of(old[options.label], options.reference)
    model = _load(options)
    classes = np.asarray(model.classes_)

    from keraswrap.drift import DriftMonitor

    monitor = DriftMonitor(
        model,
        encoder=options.encoder,
        alpha=options.alpha,
        n_checks=options.checks,
        max_rows=options.max_rows,
        random_state=options.seed,
    )
    monitor.fit(_rows(options, old), _like(y.tolist(), classes))
    given = None
    if options.label in new:
        column = new[options.label].astype(object)
        column = column.where(column.notna() & (column.astype(str).str.strip() != ""), None)
        there = column.notna().to_numpy()
        given = np.full(len(new), None, dtype=object)
        if there.any():
            known = labels_of(column[there], options.new)
            given[there] = np.array(_like(known.tolist(), classes), dtype=object)
    return monitor.check(_rows(options, new), given)


def _rows(options: argparse.Namespace, frame: pd.DataFrame) -> Any:
    if options.text is not None:
        return texts_of(frame[options.text])
    return typed(frame.drop(columns=[options.label], errors="ignore"))


def _like(labels: list[object], classes: np.ndarray) -> list[object]:
    """Return labels as the model's classes are written: texts where those are texts.

    Examples
    --------
    >>> _like([1, 5], np.array(["1", "5"])), _like(["a"], np.array(["a"]))
    (['1', '5'], ['a'])
    """
    return [str(label) for label in labels] if isinstance(classes[0], str) else labels


def _load(options: argparse.Namespace) -> Any:
    from keraswrap.cli._quiet import load_keras
    from keraswrap.model_files import load_estimator, read_file_info

    info = read_file_info(options.model)
    # A text without words is a fact of the new rows, not an error.
    params: dict[str, Any] = {"empty": "allow"} if "Transformer" in info.class_name else {}
    if not info.is_pickle:
        load_keras()
    return load_estimator(options.model, trust_pickle=options.trust_pickle, **params)
