"""What became of a model after new rows were looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from keraswrap.retraining._paired_test import PairedTest
from keraswrap.retraining._wanted import Wanted

if TYPE_CHECKING:
    from keraswrap.drift import DriftReport

__all__ = ["Retraining"]


@dataclass(frozen=True, eq=False)
class Retraining:
    """What was done about a model, and why.

    Parameters
    ----------
    name : str
        Of the model in the registry.
    action : {"kept", "labels_needed", "replaced"}
    reason : str
        Why, in plain English.
    champion : int
        Version of the model in use, before.
    challenger : int or None
        Version of the model that was trained, if one was.
    test : PairedTest or None
        Both models on the new rows.
    old_rows : PairedTest or None
        Both models on held-out old rows.
    drift : DriftReport or None
        What the monitor found.
    wanted : Wanted or None
        The rows to label.
    files : tuple of str
        Files with the rows to label.
    facts : mapping of str to object
        Numbers of rows, seeds, settings, versions and hashes, as in the registry.
    """

    name: str
    action: str
    reason: str
    champion: int
    challenger: int | None = None
    test: PairedTest | None = None
    old_rows: PairedTest | None = None
    drift: DriftReport | None = field(default=None, repr=False)
    wanted: Wanted | None = field(default=None, repr=False)
    files: tuple[str, ...] = ()
    facts: Mapping[str, object] = field(default_factory=dict, repr=False)

    def __repr__(self) -> str:
        return f"Retraining({self.name!r}, {self.action!r}: {self.reason})"

    def to_dict(self) -> dict[str, object]:
        """Return all but the drift report as values that JSON holds.

        Returns
        -------
        dict
        """
        return {
            "name": self.name,
            "action": self.action,
            "reason": self.reason,
            "champion": self.champion,
            "challenger": self.challenger,
            "test": figures(self.test),
            "old_rows": figures(self.old_rows),
            "wanted": None if self.wanted is None else numbers_wanted(self.wanted),
            "files": list(self.files),
        }


def figures(test: PairedTest | None) -> dict[str, object] | None:
    """Return a test as values that JSON holds; NaN becomes None.

    Examples
    --------
    >>> from keraswrap.retraining._paired_test import paired_test
    >>> figures(paired_test(np.array([0, 0]), np.array([1, 1]), 0.05))["wrong"]
    [None, 0.0]
    """
    if test is None:
        return None
    told = {**asdict(test), "won": test.won}
    pairs = {name: [_number(one) for one in value] for name, value in told.items()
             if isinstance(value, tuple)}  # fmt: skip
    return told | pairs


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def numbers_wanted(wanted: Wanted) -> dict[str, object]:
    """Return how many labels are wanted, as values that JSON holds."""
    return {
        "rows": len(wanted),
        "for_test": int(wanted.for_test.sum()),
        "needed_to_test": wanted.n_test,
        "needed_to_train": wanted.n_train,
        "have_to_test": wanted.have_test,
        "have_to_train": wanted.have_train,
        "level": wanted.level,
        "gain_shown": wanted.gain,
    }
