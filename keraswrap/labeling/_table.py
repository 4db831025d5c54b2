"""Hold each row's label, or why it has none, and who gave which label."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from keraswrap._wording import counted
from keraswrap.exceptions import InputTypeError
from keraswrap.labeling._acceptance import Acceptance

if TYPE_CHECKING:
    from keraswrap.labeling._job import Job

__all__ = ["LabelTable", "check_table"]


@dataclass(frozen=True, eq=False)
class LabelTable:
    """An immutable table of each row's label, or why it is open, and who gave which label.

    Parameters
    ----------
    row_ids : ndarray of shape (n,)
        The index of X, or 0 to n - 1 if it has none.
    texts : ndarray of shape (n,), object
        Empty where there is none.
    classes : ndarray of shape (k,)
        Sorted.
    codes : ndarray of shape (n,), int
        Index of each row's label in `classes`; -1 for open rows.
    class_proba : ndarray of shape (n, k)
        Probability of each class by all annotators together; NaN where none answered.
        For rows that people labeled, it does not depend on their label.
    source : ndarray of shape (n,), object
        Source of the label: "people", "machine", or None for open rows.
    why : ndarray of shape (n,), object
        Why a row is open, else None: "no text", "people disagree", "budget", "annotator
        failed", "no answer", "not measured" (no random rows to measure by) or "not sure
        enough".
    answers : DataFrame of shape (n, m), object
        Each annotator's label, or None.
    people : DataFrame of shape (n, p), object
        Each person's label, or None.
    audit : ndarray of shape (n,), bool
        Rows drawn at random, on which everything is measured.
    cost : ndarray of shape (n,)
        Cost of each row, people included.
    annotators : DataFrame
        One row per annotator: ``kind``, ``family``, ``weight`` of its vote, ``n_answers``,
        ``n_abstained``, ``n_judged`` (audit rows that it answered), ``accuracy`` on these
        and its exact interval from ``low`` to ``high``, ``agreement`` (share of the others'
        answers that equal its own), ``cost``, ``cost_per_right`` (per right label), and
        from the alternative annotator test ``winning_rate`` (share of people whose place it
        may take) and ``may_replace``; NaN or None where that cannot be computed.
    acceptance : Acceptance
        The threshold and the promise.
    notes : tuple of str
        What to know before trusting the labels.
    provenance : dict
        ``seed``, ``versions``, ``settings`` and ``seconds``, as JSON-compatible values.
    _job : object
        What was asked and answered, for labeling again with more people; not public.

    Examples
    --------
    >>> from keraswrap.labeling import label_texts
    >>> said = lambda texts: ["good" if "fine" in text else "bad" for text in texts]
    >>> table = label_texts(["fine", "broke"] * 30, {"rule": said}, ["good", "bad"] * 30)
    >>> table
    LabelTable(60 rows: 60 by people, 0 by machine, 0 open)
    """

    row_ids: np.ndarray
    texts: np.ndarray
    classes: np.ndarray
    codes: np.ndarray
    class_proba: np.ndarray
    source: np.ndarray
    why: np.ndarray
    answers: pd.DataFrame
    people: pd.DataFrame
    audit: np.ndarray
    cost: np.ndarray
    annotators: pd.DataFrame
    acceptance: Acceptance
    notes: tuple[str, ...]
    provenance: Mapping[str, object]
    _job: Job = field(repr=False)

    def __len__(self) -> int:
        return len(self.codes)

    def __repr__(self) -> str:
        people, machine = ((self.source == name).sum() for name in ("people", "machine"))
        return (
            f"LabelTable({counted(len(self), 'row')}: {people:,} by people, {machine:,} by "
            f"machine, {int((self.codes < 0).sum()):,} open)"
        )

    @property
    def label(self) -> np.ndarray:
        """Each row's label, of shape (n,), as objects; None for open rows."""
        return self._named(self.codes)

    @property
    def suggested(self) -> np.ndarray:
        """The likeliest label by all annotators together, of shape (n,); None without one."""
        there = ~np.isnan(self.class_proba).any(axis=1)
        top = np.nan_to_num(self.class_proba).argmax(axis=1)
        return self._named(np.where(there, top, -1))

    @property
    def proba(self) -> np.ndarray:
        """Probability of `suggested`, of shape (n,); NaN without one.

        In rows that people labeled, too, it is the annotators' probability.
        """
        return self.class_proba.max(axis=1)

    @property
    def accuracy(self) -> tuple[float, float, float]:
        """Share of `suggested` that people confirm on the audit rows, and its exact interval."""
        return self._job.accuracy_of(self.class_proba)

    @property
    def open(self) -> np.ndarray:
        """Whether each row has no label, of shape (n,)."""
        return self.codes < 0

    def _named(self, codes: np.ndarray) -> np.ndarray:
        labels = np.full(len(codes), None, dtype=object)
        labels[codes >= 0] = self.classes[codes[codes >= 0]].tolist()
        return labels

    def to_pandas(self) -> pd.DataFrame:
        """Return a DataFrame in the order of the rows, indexed by their ids.

        Returns
        -------
        DataFrame
            Columns ``text``, ``label``, ``source``, ``why``, ``suggested``, ``proba``,
            ``cost``, ``audit``, one for each annotator, and one for each person, named
            ``people: name``. An annotator with the name of another column gets
            ``annotator: name``.
        """
        named = {name: getattr(self, name) for name in ("label", "source", "why", "suggested")}
        # Of objects, so that None stays None.
        columns: dict[str, object] = {"text": self.texts}
        columns |= {name: pd.Series(values, dtype=object) for name, values in named.items()}
        columns |= {
            "proba": self.proba,
            "cost": self.cost,
            "audit": self.audit,
        }
        answers, people = self.answers.reset_index(drop=True), self.people.reset_index(drop=True)
        taken = set(columns)
        columns |= {_column(name, taken): answers[name] for name in answers}
        columns |= {f"people: {name}": people[name] for name in people}
        return pd.DataFrame(columns).set_axis(pd.Index(self.row_ids, name="row_id"), axis=0)


def _column(name: str, taken: set[str]) -> str:
    """Return the column of an annotator, which must not stand in for one of the table."""
    clash = name in taken or name.startswith(("people: ", "annotator: "))
    return f"annotator: {name}" if clash else name


def check_table(table: object) -> LabelTable:
    """Raise InputTypeError for anything but a table."""
    if not isinstance(table, LabelTable):
        raise InputTypeError(
            f"Expected a table from label_texts, got {type(table).__name__}. Pass its result."
        )
    return table
