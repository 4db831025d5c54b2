"""Draw rows for people to label: part at random, part where the annotators are least sure."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from numbers import Real
from pathlib import Path

import numpy as np
import pandas as pd

from keraswrap._wording import counted
from keraswrap.exceptions import ParameterError
from keraswrap.issues import LabelIssues, hash_data
from keraswrap.labeling._add import add_labels, read_decided
from keraswrap.labeling._settings import check_whole
from keraswrap.labeling._table import LabelTable, check_table
from keraswrap.report import LabelReport, make_report

__all__ = ["Questions", "ask_people"]

# What the page shows as the label: people see no real one, since they would follow it.
NO_LABEL = "(no label yet)"


@dataclass(frozen=True, eq=False)
class Questions:
    """Rows for people to label, and the page on which they do.

    The page shows rows in random order and no model's label, so that people's labels are
    independent of the models.

    Parameters
    ----------
    table : LabelTable
    rows : ndarray of shape (b,), int
        Positions of the rows, in the order to label them.
    random : ndarray of shape (b,), bool
        Which of them were drawn at random.
    draw : ndarray of int
        Positions of all rows drawn at random, in the order of the draw, including those that
        people have labeled before and need not label again.
    """

    table: LabelTable
    rows: np.ndarray
    random: np.ndarray
    draw: np.ndarray

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        return f"Questions({counted(len(self), 'row')}, {int(self.random.sum()):,} at random)"

    @cached_property
    def texts(self) -> pd.Series:
        """The texts, indexed by their ids, in the order to label them."""
        index = pd.Index(self.table.row_ids[self.rows], name="row_id")
        return pd.Series(self.table.texts[self.rows], index, name="text")

    @cached_property
    def report(self) -> LabelReport:
        """The page to label on: single keys choose a label."""
        classes = np.array([str(label) for label in self.table.classes.tolist()])
        given = np.full(len(self), NO_LABEL)
        known = np.unique(np.append(classes, NO_LABEL))
        proba = np.where(known == NO_LABEL, 0.0, 1 / len(classes)) * np.ones((len(self), 1))
        issues = LabelIssues(
            row_ids=self.table.row_ids[self.rows],
            given=given,
            suggested=given,
            quality=(np.arange(len(self)) + 1) / (len(self) + 1),
            is_issue=np.ones(len(self), bool),
            classes=known,
            proba=proba,
            provenance={"source": "given", "data_hash": hash_data(self.texts, given)},
        )
        report = make_report(issues, self.texts, title="Labels wanted", neighbors=None)
        # The page then says nothing about labels, as there are none yet.
        report.summary = {**report.summary, "unlabeled": True, "alerts": []}
        return report

    def save(self, path: str | os.PathLike[str], overwrite: bool = False) -> list[Path]:
        """Write the page; each reviewer labels on a copy and exports decisions.

        Parameters
        ----------
        path : path
            For instance ``"questions.html"``.
        overwrite : bool, default=False

        Returns
        -------
        list of Path

        Raises
        ------
        InputError, StorageError
            As in `LabelReport.save`.
        """
        return self.report.save(path, overwrite)

    def add(self, decisions: object) -> LabelTable:
        """Add what people decided on the page, and label again.

        Rows drawn at random join the audit in the order of the draw, up to the first one
        that nobody decided about, because leaving out hard rows would bias it. A row that
        someone marks as ambiguous, skips or drops, and nobody labels, counts as one that no
        annotator gets right.

        Parameters
        ----------
        decisions : path, DataFrame, or list of these
            Exports of reviewers; each name in the column ``reviewer`` is a person.

        Returns
        -------
        LabelTable

        Raises
        ------
        InputError
            If they were made on other rows, or name unknown labels.

        Examples
        --------
        >>> from keraswrap.labeling import ask_people, label_texts
        >>> rule = lambda texts: ["good" if "fine" in text else "bad" for text in texts]
        >>> table = label_texts(["fine", "broke"] * 50, [rule], classes=["bad", "good"])
        >>> asked = ask_people(table, 60, audit=1.0)
        >>> told = {"row_id": asked.texts.index, "new_label": rule(asked.texts)}
        >>> told |= {"given_label": "(no label yet)", "action": "relabel"}
        >>> told["data_hash"] = asked.report.issues.provenance["data_hash"]
        >>> asked.add(pd.DataFrame(told))
        LabelTable(100 rows: 60 by people, 40 by machine, 0 open)
        """
        labels, unclear = read_decided(self.table, self.texts, NO_LABEL, decisions)
        seen = labels.notna().to_numpy(dtype=bool).any(axis=1) | unclear
        seen |= self.table._job.people.there
        audit = np.zeros(len(self.table), bool)
        audit[self.draw[np.cumsum(~seen[self.draw]) == 0]] = True
        return add_labels(self.table, labels, audit, unclear)


def ask_people(
    table: LabelTable, budget: int, audit: float = 0.2, random_state: int = 0
) -> Questions:
    """Draw rows for people to label.

    Some are drawn at random from all rows: they measure the annotators, and without them no
    label can be accepted. The others are the open rows of which the annotators are least
    sure, whose labels teach them most.

    Parameters
    ----------
    table : LabelTable
    budget : int ≥ 1
        Number of rows for people to label.
    audit : float in [0, 1], default=0.2
        Share of them drawn at random. Use 1.0 until `table.acceptance` accepts something: an
        error of at most 5% takes 45 random rows without an error, and about 300 at
        realistic error rates.
    random_state : int, default=0
        Seed of the draw.

    Returns
    -------
    Questions

    Raises
    ------
    InputTypeError
        If `table` is not from `label_texts`.
    ParameterError
        If `budget` or `audit` is out of range.

    Examples
    --------
    >>> from keraswrap.labeling import ask_people, label_texts
    >>> rule = lambda texts: ["good" if "fine" in text else "bad" for text in texts]
    >>> table = label_texts(["fine", "broke"] * 50, [rule], classes=["bad", "good"])
    >>> ask_people(table, 20)
    Questions(20 rows, 4 at random)
    """
    check_table(table)
    _check(budget, audit)
    rng = np.random.default_rng(random_state)
    people, there = table._job.people, table._job.rows.there
    labeled = people.there | people.unclear
    draw = rng.permutation(np.flatnonzero(there & ~people.audit))
    # Rows that people have labeled before join the sample at no cost.
    draw = draw[np.cumsum(~labeled[draw]) <= round(audit * budget)]
    new = draw[~labeled[draw]]
    rest = there & ~labeled
    rest[new] = False
    chosen = _least_sure(table, np.flatnonzero(rest))[: int(budget) - len(new)]
    random = rng.permutation(np.arange(len(new) + len(chosen)) < len(new))
    rows = np.empty(len(random), dtype=np.int64)
    rows[random], rows[~random] = new, chosen
    return Questions(table, rows, random, draw)


def _check(budget: object, audit: object) -> None:
    check_whole(budget, "budget", 1)
    number = isinstance(audit, Real) and not isinstance(audit, bool)
    if not number or not 0 <= float(audit) <= 1:  # type: ignore[arg-type]
        raise ParameterError(f"Expected audit as a share from 0 to 1, got {audit!r:.60}.")


def _least_sure(table: LabelTable, rows: np.ndarray) -> np.ndarray:
    """Return open rows, those without any answer first, then rows that machines labeled."""
    sure = np.nan_to_num(table.proba[rows], nan=-1.0)
    return rows[np.lexsort((sure, ~table.open[rows]))]
