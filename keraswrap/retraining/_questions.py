"""Ask people for labels: a table to fill in, and for texts a page; read what they answer."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from keraswrap._tables import check_columns, read_table, write_table
from keraswrap.exceptions import InputError
from keraswrap.issues import read_decisions
from keraswrap.labeling import Questions, label_texts
from keraswrap.labeling._ask import NO_LABEL
from keraswrap.retraining._row_keys import hash_rows, row_keys
from keraswrap.retraining._wanted import Wanted

__all__ = ["UNCLEAR", "Answers", "read_answers", "write_questions"]

# What a person writes as the label of a row that has none.
UNCLEAR = "?"
# Before each name in the table: a spreadsheet would round those that look like numbers.
_MARK = "r"
_ROW, _LABEL = "row_id", "label"


@dataclass(frozen=True, eq=False)
class Answers:
    """What people said of new rows.

    Parameters
    ----------
    labels : ndarray of shape (n,), object
        None where there is no label.
    unclear : ndarray of shape (n,), bool
        Rows that people looked at and could give no label, or not the same.
    unknown : int
        Number of answers about other rows.
    """

    labels: np.ndarray
    unclear: np.ndarray
    unknown: int


def write_questions(
    wanted: Wanted, X_new: object, classes: np.ndarray, folder: str | os.PathLike[str]
) -> list[Path]:
    """Write the rows to label into a folder, unless they are there.

    Parameters
    ----------
    wanted : Wanted
    X_new : rows
    classes : ndarray of shape (k,)
    folder : path
        Made if it is not there.

    Returns
    -------
    list of Path
        ``questions-….csv`` (``.jsonl`` where it cannot be CSV), whose column ``label`` is to be
        filled in; and, for texts, a page ``questions-….html``, whose export is read too. The
        name is that of the rows, so that a file that someone works on is never overwritten.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"questions-{hashlib.sha256(' '.join(wanted.names).encode()).hexdigest()[:8]}"
    frame = _frame(wanted, X_new)
    plain = not any(isinstance(value, list | dict | np.ndarray) for value in frame.iloc[0])
    files = [folder / f"{stem}.{'csv' if plain else 'jsonl'}"]
    if not files[0].exists():
        write_table(frame, files[0], spreadsheet=True)
    texts = frame.drop(columns=[_ROW, _LABEL])
    if texts.shape[1] == 1 and all(isinstance(value, str) for value in texts.iloc[:, 0]):
        files.append(folder / f"{stem}.html")
        if not files[1].exists():
            _page(wanted, texts.iloc[:, 0].tolist(), classes).save(files[1])
    return files


def _frame(wanted: Wanted, X_new: object) -> pd.DataFrame:
    if isinstance(X_new, pd.DataFrame):
        frame = X_new.iloc[wanted.rows].reset_index(drop=True)
        frame = frame.drop(columns=[n for n in (_ROW, _LABEL) if n in frame])
    else:
        values = X_new.tolist() if isinstance(X_new, np.ndarray | pd.Series) else list(X_new)  # type: ignore[call-overload]
        frame = pd.DataFrame(
            {"text": pd.Series([values[row] for row in wanted.rows], dtype=object)}
        )
    names = [_MARK + name for name in wanted.names]
    return frame.assign(**{_ROW: names, _LABEL: ""})[[_ROW, *frame.columns, _LABEL]]


def _page(wanted: Wanted, texts: list[str], classes: np.ndarray) -> Questions:
    series = pd.Series(texts, index=wanted.names)
    nobody = pd.DataFrame({"nobody": [None] * len(texts)}, index=wanted.names)
    table = label_texts(series, nobody, classes=list(classes))
    rows = np.arange(len(texts))
    return Questions(table, rows, wanted.for_test, rows[wanted.for_test])


def read_answers(
    paths: Iterable[str | os.PathLike[str]],
    X_new: object,
    classes: Sequence[object],
    *,
    random_state: int = 0,
    label: str = _LABEL,
) -> Answers:
    """Read labels from tables that were filled in, and from exports of the page.

    Parameters
    ----------
    paths : list of path
        Tables with the columns ``row_id`` and `label`, where an empty label is none yet and
        ``?`` means that there is none; or exports of the page.
    X_new : rows
        The new rows.
    classes : sequence
        The labels that are known.
    random_state : int, default=0
        As in the settings: names of rows depend on it.
    label : str, default="label"
        Column of the labels.

    Returns
    -------
    Answers

    Raises
    ------
    InputError
        If a file cannot be read, or names a label that is not known.
    """
    names = hash_rows(row_keys(X_new), random_state)
    known = {str(one): one for one in classes}
    said: dict[str, set[str]] = {}
    for path in paths:
        for row, given in _read(path, label):
            # Beside gaps, programs write whole numbers as 1.0.
            answer = given if given in known else given.removesuffix(".0")
            if answer not in known and answer != UNCLEAR:
                raise InputError(
                    f"Expected one of the labels {sorted(known)[:20]!r:.300} in {str(path)!r}, or "
                    f"{UNCLEAR!r} for none, got {given!r:.60}. Correct it, or add the label."
                )
            said.setdefault(row, set()).add(answer)
    return _match(said, names, known)


def _match(
    said: Mapping[str, set[str]], names: Sequence[str], known: Mapping[str, object]
) -> Answers:
    labels = np.full(len(names), None, dtype=object)
    unclear = np.zeros(len(names), bool)
    for place, name in enumerate(names):
        answers = said.get(name, set())
        sure = answers - {UNCLEAR}
        if len(sure) == 1 and answers == sure:
            labels[place] = known[next(iter(sure))]
        elif answers:
            unclear[place] = True
    return Answers(labels, unclear, len(set(said) - set(names)))


def _read(path: str | os.PathLike[str], label: str) -> list[tuple[str, str]]:
    if Path(path).suffix.lower() == ".json":
        return _read_page(read_decisions(path))
    frame = read_table(path)
    if "action" in frame and "new_label" in frame:
        return _read_page(read_decisions(path))
    check_columns([_ROW, label], list(frame.columns), str(path))
    pairs = zip(frame[_ROW].tolist(), frame[label].tolist(), strict=True)
    found = [(str(row).strip(), "" if pd.isna(value) else str(value).strip())
             for row, value in pairs]  # fmt: skip
    return [(row.removeprefix(_MARK), value) for row, value in found if value]


def _read_page(decisions: pd.DataFrame) -> list[tuple[str, str]]:
    """Return what was decided; whatever is no label means that people found none."""
    columns = ["row_id", "action", "new_label"]
    found = []
    for row, action, new in decisions[columns].itertuples(index=False, name=None):
        sure = action in ("accept", "relabel") and str(new) != NO_LABEL and not pd.isna(new)
        found.append((str(row), str(new) if sure else UNCLEAR))
    return found
