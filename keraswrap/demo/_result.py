"""Hold what a run of the demo found."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from keraswrap.demo._settings import DemoSettings

DEPTHS = (10, 50, 100)


@dataclass(frozen=True, eq=False)
class DemoResult:
    """Figures and tables of a finished run.

    Attributes
    ----------
    settings : DemoSettings
    source : str
        What the rows are.
    n_train, n_test : int
    truncated : float
        Share of training texts that were cut at `max_length` tokens.
    best_params : dict
    search_accuracy : float
        Of the best parameters, mean over the folds of the given labels.
    before, after : float
        Test accuracy of the tuned model, and of the one trained without label issues.
    newly_right, newly_wrong : int
        Test rows that the second model gets right and the first did not, and
        the other way round.
    issues : DataFrame of shape (n_train, 7) or more
        Columns row, text, given, suggested, quality, is_issue, cleanlab (cleanlab's
        label quality by the search's probabilities), and truth and said where they
        are known; the most suspicious first.
    seconds : dict of str to float
        By stage.
    files : list of Path
        The files written.
    """

    settings: DemoSettings
    source: str
    n_train: int
    n_test: int
    truncated: float
    best_params: dict[str, object]
    search_accuracy: float
    before: float
    after: float
    newly_right: int
    newly_wrong: int
    issues: pd.DataFrame
    seconds: dict[str, float]
    files: list[Path] = field(default_factory=list)

    @property
    def noise(self) -> float | None:
        """Share of training labels that are wrong; None where the truth is unknown."""
        errors = label_errors(self.issues)
        return None if errors is None else float(errors.mean())

    @property
    def precision(self) -> dict[int, float]:
        """Share of real errors among the 10, 50 and 100 worst rows; empty if unknown."""
        errors = label_errors(self.issues)
        return {} if errors is None else precision_at(errors, DEPTHS)

    @property
    def cleanlab_precision(self) -> dict[int, float]:
        """The same for the rows in cleanlab's order."""
        errors = label_errors(self.issues.sort_values("cleanlab", kind="stable"))
        return {} if errors is None else precision_at(errors, DEPTHS)

    def found_alone(self, depth: int) -> tuple[int, int]:
        """Count the errors that only one of two lists of the worst rows has.

        Parameters
        ----------
        depth : int
            Length of both lists.

        Returns
        -------
        tuple of 2 ints
            Errors in keraswrap's list alone, and in cleanlab's alone.
        """
        errors = self.issues["given"] != self.issues["truth"]
        ours = np.arange(len(self.issues)) < depth
        theirs = self.issues["cleanlab"].rank(method="first").to_numpy() <= depth
        return int((errors & ours & ~theirs).sum()), int((errors & theirs & ~ours).sum())

    def figures(self) -> dict[str, object]:
        """Return what settings.json contains besides the settings."""
        return {
            "rows": {"train": self.n_train, "test": self.n_test, "truncated": self.truncated},
            "best_params": self.best_params,
            "accuracy": {
                "search": self.search_accuracy,
                "test_before": self.before,
                "test_after": self.after,
            },
            "issues": int(self.issues["is_issue"].sum()),
            "noise": self.noise,
            "precision": {str(depth): share for depth, share in self.precision.items()},
            "cleanlab_precision": {
                str(depth): share for depth, share in self.cleanlab_precision.items()
            },
            "changed_sides": [self.newly_right, self.newly_wrong],
            "seconds": {stage: round(seconds, 1) for stage, seconds in self.seconds.items()},
        }


def label_errors(issues: pd.DataFrame) -> np.ndarray | None:
    """Return which given labels are wrong, worst row first; None if it is not known."""
    if "truth" not in issues:
        return None
    return (issues["given"] != issues["truth"]).to_numpy()


def precision_at(errors: np.ndarray, depths: tuple[int, ...]) -> dict[int, float]:
    """Measure the share of errors among the first rows of a ranking.

    Parameters
    ----------
    errors : ndarray of bool, shape (n,)
        Whether each row is an error, most suspicious first.
    depths : tuple of int
        How many rows to look at; those beyond `n` are left out.

    Examples
    --------
    >>> precision_at(np.array([True, True, False, False]), (2, 4, 8))
    {2: 1.0, 4: 0.5}
    """
    return {depth: float(errors[:depth].mean()) for depth in depths if depth <= len(errors)}
