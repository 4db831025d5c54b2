"""Which new rows people should label, and how many. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from keraswrap._wording import counted
from keraswrap.retraining._paired_test import fewest_rows
from keraswrap.retraining._power import rows_needed, smallest_gain
from keraswrap.retraining._row_parts import RowParts
from keraswrap.retraining._settings import RetrainingSettings

__all__ = ["Wanted", "too_few", "wanted_rows"]


@dataclass(frozen=True, eq=False)
class Wanted:
    """New rows that people should label.

    Parameters
    ----------
    rows : ndarray of int
        Positions, in the order to label them; the order tells nothing.
    names : list of str
        Name of each, by its content.
    for_test : ndarray of bool
        Which of them are a random sample, to test on.
    n_test, n_train : int
        Labels that are needed to test and to train.
    have_test, have_train : int
        Those that are there.
    level : float
        Of the test to come.
    gain : float or None
        Smallest gain that `n_test` rows will show with the probability that was asked for;
        None if no gain that is possible.
    """

    rows: np.ndarray
    names: list[str]
    for_test: np.ndarray
    n_test: int
    n_train: int
    have_test: int
    have_train: int
    level: float
    gain: float | None

    def __len__(self) -> int:
        return len(self.rows)

    def describe(self) -> str:
        """Return in plain English what is wanted, and why.

        Returns
        -------
        str
        """
        shows = (
            "They will rarely show any gain."
            if self.gain is None
            else f"They will mostly show a gain of {100 * self.gain:.3g} points or more."
        )
        return (
            f"The paired test needs labels of {counted(self.n_test, 'random new row')} and has "
            f"{self.have_test:,}; training needs {self.n_train:,} and has {self.have_train:,}. "
            f"{shows} Label the {counted(len(self), 'row')} asked for."
        )


def wanted_rows(
    parts: RowParts,
    told: np.ndarray,
    sureness: np.ndarray | None,
    level: float,
    settings: RetrainingSettings,
) -> Wanted | None:
    """Return the rows to label, or None if there are enough labels.

    Parameters
    ----------
    parts : RowParts
    told : ndarray of shape (n,), bool
        Rows that have a label, or that people could give none.
    sureness : ndarray of shape (n,), optional
        How sure the model in use is of each row; None asks about the last rows first.
    level : float
        Of the test to come.
    settings : RetrainingSettings
    """
    needed = rows_needed(settings.gain, settings.differ, level, settings.power)
    n_test, n_train = min(needed, len(parts.draw)), min(settings.n_train, len(parts.pool))
    have_test = len(parts.test_rows(told))
    have_train = int(told[parts.pool].sum())
    if have_test >= n_test and have_train >= n_train:
        return None
    drawn = parts.draw[:n_test]
    drawn = drawn[~told[drawn]]
    left = parts.pool[~told[parts.pool]]
    order = np.argsort(-left if sureness is None else sureness[left], kind="stable")
    chosen = left[order][: max(0, n_train - have_train)]
    rows = np.concatenate([drawn, chosen])
    mixed = np.random.default_rng(settings.random_state).permutation(len(rows))
    return Wanted(
        rows=rows[mixed],
        names=[parts.names[row] for row in rows[mixed]],
        for_test=(np.arange(len(rows)) < len(drawn))[mixed],
        n_test=n_test,
        n_train=n_train,
        have_test=have_test,
        have_train=have_train,
        level=level,
        gain=smallest_gain(n_test, settings.differ, level, settings.power),
    )


def too_few(parts: RowParts, level: float) -> str:
    """Return why no test of these rows can be won, or an empty text if one can.

    Examples
    --------
    >>> parts = RowParts(["a"], np.array([0]), np.array([], int), 0, 0)
    >>> print(too_few(parts, 0.025))
    Of the new rows 1 may be tested on, and at this level a test takes at least 6, even if the
    new model is better on each. Wait for more new rows.
    """
    least = fewest_rows(level)
    if len(parts.draw) >= least and len(parts.pool):
        return ""
    if len(parts.draw) >= least:
        return "None of the new rows may be trained on. Wait for more, or lower test_share."
    known = f" {counted(parts.known, 'copy', 'copies')} of old rows count for nothing."
    return (
        f"Of the new rows {len(parts.draw):,} may be tested on, and at this level a test takes at "
        f"least {least}, even if the new model is better on each.{known if parts.known else ''} "
        "Wait for more new rows."
    )
