"""What a check found, in one frozen object: as text, dict, table, page and metrics."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

import pandas as pd

from keraswrap._wording import counted
from keraswrap.drift._accuracy import labels_for
from keraswrap.drift._facts import Fact
from keraswrap.drift._metrics import write_metrics
from keraswrap.drift._results import YES, Accuracy, ClassShare, DriftRow, DriftTest, Statement

__all__ = ["DriftReport"]

_TITLES = {
    "inputs_moved": "Inputs moved",
    "shares_moved": "Shares moved",
    "model_fails": "The model fails",
}


@dataclass(frozen=True)
class DriftReport:
    """What a check of new rows found.

    Made by `DriftMonitor.check`.

    Parameters
    ----------
    inputs_moved, shares_moved, model_fails : Statement
        Each with an answer and its reason.
    tests : tuple of DriftTest
        What the statements rest on.
    facts : tuple of Fact
        Single facts of texts, or columns of a table, the clearest difference first.
    shares : tuple of ClassShare
        Empty for fewer than 30 new rows.
    accuracy : Accuracy
    mixture_p : float or None
        P-value of the new rows being a mixture of the reference's classes, which the new
        shares rest on; None for fewer than 30 rows.
    rows : tuple of DriftRow
        Rows to look at, which the model is unsure of and which look new.
    random_rows : tuple of DriftRow
        Rows drawn at random: label these to measure accuracy.
    n_reference, n_new, n_compared : int
        Rows of the reference that were compared, new rows, and those of them that were.
    alpha : float
        Probability that any statement says yes though nothing changed, over all checks.
    n_checks : int
        Checks that share `alpha`.
    seed : int
    notes : tuple of str
        What else should be known.
    versions : mapping of str to str
    """

    inputs_moved: Statement
    shares_moved: Statement
    model_fails: Statement
    tests: tuple[DriftTest, ...]
    facts: tuple[Fact, ...]
    shares: tuple[ClassShare, ...]
    accuracy: Accuracy
    mixture_p: float | None
    rows: tuple[DriftRow, ...]
    random_rows: tuple[DriftRow, ...]
    n_reference: int
    n_new: int
    n_compared: int
    alpha: float
    n_checks: int
    seed: int
    notes: tuple[str, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)

    @property
    def statements(self) -> tuple[Statement, Statement, Statement]:
        """The three statements."""
        return self.inputs_moved, self.shares_moved, self.model_fails

    @property
    def found(self) -> bool:
        """Whether any statement says yes."""
        return any(one.answer == YES for one in self.statements)

    def __str__(self) -> str:
        lines = [f"{_TITLES[one.name]}: {one.answer}. {one.reason}" for one in self.statements]
        alpha = f"{self.alpha:.1%} at most over {counted(self.n_checks, 'check')}"
        lines.append(
            f"{counted(self.n_new, 'new row')} against {self.n_reference:,} of the reference; "
            f"false alarms: {alpha}."
        )
        return "\n".join([*lines, *self.notes])

    def __repr__(self) -> str:
        answers = ", ".join(f"{one.name}={one.answer!r}" for one in self.statements)
        return f"DriftReport({answers})"

    def summary(self) -> dict[str, object]:
        """Return all of it as values that JSON can hold.

        Returns
        -------
        dict
            ``found``, ``statements`` (by name), and the fields of the report.
        """
        values = asdict(self)
        statements = {one.name: values.pop(one.name) for one in self.statements}
        for part in ("tests", "facts", "shares", "rows", "random_rows", "notes"):
            values[part] = list(values[part])
        for share in values["shares"]:
            share["label"] = _plain(share["label"])
        for row in (*values["rows"], *values["random_rows"]):
            row["predicted"] = _plain(row["predicted"])
        return {"found": self.found, "statements": statements, **values}

    def to_frame(self) -> pd.DataFrame:
        """Return the figures as one table.

        Returns
        -------
        DataFrame
            Columns ``part`` (test, fact, share or accuracy), ``name``, ``reference``,
            ``new``, ``auc``, ``low``, ``high`` (of the area, share or accuracy) and
            ``p_value``; missing where a figure has no meaning.
        """
        accuracy = self.accuracy
        rows: list[dict[str, object]] = [
            {"part": "test", "name": f"{one.statement}: {one.name}", "auc": one.auc,
             "low": one.low, "high": one.high, "p_value": one.adjusted_p}
            for one in self.tests
        ]  # fmt: skip
        rows += [{"part": "fact", **asdict(one)} for one in self.facts]
        rows += [
            {"part": "share", "name": str(one.label), "reference": one.reference, "new": one.new,
             "low": one.low, "high": one.high}
            for one in self.shares
        ]  # fmt: skip
        for name in ("expected", "real"):
            value = getattr(accuracy, name)
            if value is not None:
                ends = {end: getattr(accuracy, f"{name}_{end}") for end in ("low", "high")}
                old = accuracy.reference
                rows.append({"part": "accuracy", "name": name, "reference": old, "new": value}
                            | ends)  # fmt: skip
        columns = ["part", "name", "reference", "new", "auc", "low", "high", "p_value"]
        return pd.DataFrame(rows, columns=columns)

    def labels_needed(self, drop: float) -> int | None:
        """Return how many random labels show a drop of accuracy with a probability of 80%.

        Parameters
        ----------
        drop : float in (0, 1)
            Such as 0.05 for five points.

        Returns
        -------
        int or None
            None if no number does, as the reference has too few rows.
        """
        level = self.alpha / self.n_checks
        return labels_for(drop, self.accuracy.reference, self.n_reference, level)

    def to_prometheus(self) -> str:
        """Return the figures in Prometheus's text format; the guide lists the names.

        Returns
        -------
        str
        """
        return write_metrics(self)

    def to_html(
        self, path: str | os.PathLike[str] | None = None, *, overwrite: bool = False
    ) -> str:
        """Return the report as one HTML page that needs no network, and write it to `path`.

        Parameters
        ----------
        path : path, optional
        overwrite : bool, default=False
            Whether a file there may be replaced.

        Returns
        -------
        str

        Raises
        ------
        InputError
            If a file exists and `overwrite` is False.
        StorageError
            If it cannot be written.
        """
        from keraswrap.drift._page import write_page

        return write_page(self, path, overwrite)


def _plain(value: object) -> object:
    return value if isinstance(value, str | int | float | bool | None) else str(value)
