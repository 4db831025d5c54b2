"""Work out what decisions mean for each row, and check them before anything is done. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import pandas as pd

from keraswrap._settings import near
from keraswrap._wording import counted
from keraswrap.exceptions import InputError
from keraswrap.issues.corrections._decisions import RELABELS, name_rows


class Decision(Protocol):
    """A row of a table of decisions, as returned by `itertuples`."""

    Index: int
    action: str
    new_label: str


class RowLabels(Protocol):
    """The label of each row."""

    def __len__(self) -> int: ...

    def __getitem__(self, row: int, /) -> object: ...


_NAMED = 5
# Columns that the log copies from a decision.
_WRITTEN = ("reviewer", "note", "timestamp")


def find_known(labels: Iterable[object], new_classes: Iterable[object]) -> dict[str, object]:
    """Map the texts that labels may have in a file to the labels; exact texts take precedence."""
    values = list(dict.fromkeys((*labels, *new_classes)))
    known = {str(value): value for value in values}
    return {name: value for value in values for name in texts_of_value(value)} | known


def texts_of_value(value: object) -> Iterator[str]:
    """Yield the texts that a label or id may have in a file; a page formats as JavaScript does."""
    yield str(value)
    if isinstance(value, bool | np.bool_):
        yield str(value).lower()
    elif isinstance(value, float | np.floating) and float(value).is_integer():
        yield str(int(value))


@dataclass
class Plan:
    """What is to be done, decision by decision; nothing is done yet.

    Parameters
    ----------
    labels : sequence of length n
    ids : ndarray of shape (n,), or range
    known : dict of str to label
        As from `find_known`.
    drops : set of str
        Actions that take a row out.

    Attributes
    ----------
    changes : dict of int to label
        By position.
    gone : set of int
    log : list of dict
    at : list of int
        The position that each line of the log is about.
    said : dict of int to dict
        The outcomes for each position, and who decided so.
    """

    labels: RowLabels
    ids: np.ndarray | range
    known: dict[str, object]
    drops: set[str]
    changes: dict[int, object] = field(default_factory=dict)
    gone: set[int] = field(default_factory=set)
    log: list[dict[str, object]] = field(default_factory=list)
    at: list[int] = field(default_factory=list)
    said: dict[int, dict[object, list[str]]] = field(default_factory=dict)

    def add(self, source: str, frame: pd.DataFrame) -> None:
        """Add the decisions of one source; all of them are checked first."""
        at = self._find(source, frame)
        pairs = zip(at, frame["given_label"], strict=True)
        same = [said in texts_of_value(self.labels[position]) for position, said in pairs]
        _check(
            same,
            frame,
            source,
            "the given_label that the data has",
            "Such labels were edited; export the decisions again.",
        )
        self._check_known(frame[frame["action"].isin(RELABELS)], source)
        for position, decision in zip(at, frame.itertuples(), strict=True):
            where = f"({source}, {frame.index.name} {decision.Index})"
            self._do(position, decision, where)

    def _find(self, source: str, frame: pd.DataFrame) -> list[int]:
        places = _places(self.ids, set(frame["row_id"]))
        counts = np.array([len(places.get(row_id, ())) for row_id in frame["row_id"]])
        there, once = "rows that are in the data", "an index in which each row is named once"
        _check(counts > 0, frame, source, there, "Is it the data they were made on?")
        _check(counts < 2, frame, source, once, "Call reset_index, and look for issues again.")
        return [places[row_id][0] for row_id in frame["row_id"]]

    def _check_known(self, relabels: pd.DataFrame, source: str) -> None:
        unknown = relabels[~relabels["new_label"].isin(list(self.known))]
        if len(unknown):
            label = unknown["new_label"].iloc[0]
            raise InputError(
                f"Expected new labels that the data has, got {label!r:.60} for "
                f"{name_rows(unknown, source)}. {near(label, self.known)} A class that is really "
                "new must be named: new_classes=, or --new-class of keraswrap apply."
            )

    def _do(self, position: int, decision: Decision, where: str) -> None:
        old = new = self.labels[position]
        if decision.action in RELABELS:
            new = self.known[decision.new_label]
            if new != old:
                self.changes[position] = new
        elif decision.action in self.drops:
            self.gone.add(position)
            new = None
        line = {"row_id": self.ids[position], "action": decision.action}
        line |= {"old_label": old, "new_label": new}
        self.at.append(position)
        self.log.append(line | {name: getattr(decision, name) for name in _WRITTEN})
        self._hear(position, decision, new, where)

    def _hear(self, position: int, decision: Decision, new: object, where: str) -> None:
        if decision.action == "skip":
            return
        # Keeping a label is like assigning it again.
        gives = decision.action in RELABELS or decision.action == "keep"
        outcome = ("label", new) if gives else (decision.action, None)
        said = f"{decision.action} {new!r:.60}" if gives else decision.action
        self.said.setdefault(position, {}).setdefault(outcome, []).append(f"{said} {where}")

    def check_agreement(self) -> None:
        """Raise InputError where two decisions on a row differ."""
        split = {row: said for row, said in self.said.items() if len(said) > 1}
        if split:
            named = [
                f"row_id {self.ids[row]!s}: {' against '.join(map(', '.join, said.values()))}"
                for row, said in list(split.items())[:_NAMED]
            ]
            raise InputError(
                f"Expected reviewers to agree, got {counted(len(split), 'row')} on which they "
                f"do not. {'; '.join(named)}. Settle these rows, and leave one decision of each."
            )

    def frame(self) -> pd.DataFrame:
        """Return the log; labels are objects, since a gap would turn numbers into floats."""
        columns = {name: [line[name] for line in self.log] for name in self.log[0]}
        objects = ("old_label", "new_label")
        return pd.DataFrame(
            {n: pd.Series(c, dtype=object if n in objects else None) for n, c in columns.items()}
        )


def _check(
    good: Sequence[bool] | np.ndarray, frame: pd.DataFrame, source: str, wanted: str, todo: str
) -> None:
    if not np.all(good):
        bad = frame[~np.asarray(good, dtype=bool)]
        raise InputError(f"Expected {wanted}, got {name_rows(bad, source)}. {todo}")


def _places(ids: np.ndarray | range, wanted: set[str]) -> dict[str, list[int]]:
    if isinstance(ids, range):  # of millions of rows, few are named
        known = {name: int(name) for name in wanted if re.fullmatch("0|[1-9][0-9]{0,17}", name)}
        return {name: [row] for name, row in known.items() if row in ids}
    places: dict[str, list[int]] = {}
    for position, row_id in enumerate(ids):  # a list would turn dates into numbers
        for name in wanted.intersection(texts_of_value(row_id)):
            places.setdefault(name, []).append(position)
    return places
