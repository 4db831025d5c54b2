"""Hold the scores of a comparison, and say what was gained, or that nothing was."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from keraswrap._paired import paired_interval
from keraswrap._wording import counted
from keraswrap.exceptions import ParameterError
from keraswrap.synthetic._table import SyntheticTexts
from keraswrap.synthetic._training_sets import WAYS

__all__ = ["Score", "SyntheticComparison", "SyntheticGain"]

# Differences of one sign that a sign test takes for a gain, and how close equal ones are.
_SIGNS, _SAME = 6, 1e-9
_PAIRS = (
    ("both", "real"),
    ("both", "oversampled"),
    ("oversampled", "real"),
    ("synthetic", "real"),
)


@dataclass(frozen=True)
class Score:
    """The F1 score of one way in one split.

    Parameters
    ----------
    split : int
    way : {"real", "oversampled", "both", "synthetic"}
    label : object
        The class; None for the mean of all classes among the test rows.
    f1 : float
    """

    split: int
    way: str
    label: object
    f1: float


@dataclass(frozen=True)
class SyntheticGain:
    """What one way gains over another.

    Parameters
    ----------
    way, over : str
    label : object
        The class; None for the macro F1.
    before, after : float
        Mean F1 of `over` and of `way`.
    gain : float
        Mean of the differences between splits.
    low, high : float
        95% interval; NaN with a single split, and with less than six whose differences are
        all the same but not 0, which say nothing about how much they vary.
    n_splits : int
    """

    way: str
    over: str
    label: object
    before: float
    after: float
    gain: float
    low: float
    high: float
    n_splits: int

    @property
    def verdict(self) -> str:
        """What the interval says: "gain", "loss" or "no gain shown"."""
        return "gain" if self.low > 0 else "loss" if self.high < 0 else "no gain shown"

    def __str__(self) -> str:
        of = "macro F1" if self.label is None else f"F1 of {self.label!r}"
        return (
            f"{self.way} against {self.over}, {of}: {self.before:.3f} → {self.after:.3f}, gain "
            f"{self.gain:+.3f} (95% {self.low:+.3f} to {self.high:+.3f}): {self.verdict}"
        )


@dataclass(frozen=True, eq=False)
class SyntheticComparison:
    """Result of :func:`compare_synthetic`.

    Parameters
    ----------
    scores : tuple of Score
    made : tuple of SyntheticTexts
        Of each split.
    classes : tuple
        All of them, sorted.
    overlap : float
        Test rows for each training row where splits share training rows, else 0; it widens
        the intervals.
    provenance : dict
        ``seed``, ``versions``, ``settings`` and ``cost``, as JSON-compatible values.
    """

    scores: tuple[Score, ...]
    made: tuple[SyntheticTexts, ...]
    classes: tuple[object, ...]
    overlap: float
    provenance: Mapping[str, object] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"SyntheticComparison({counted(len(self.made), 'split')}, {self._count()})"

    def __str__(self) -> str:
        head = f"{counted(len(self.made), 'split')}, {self._count()}; tested on real rows"
        return "\n".join([head, *(f"- {self.gain(*pair)}" for pair in _PAIRS)])

    def _count(self) -> str:
        asked = sum(sum(table.asked.values()) for table in self.made)
        return f"{sum(map(len, self.made)):,} of {counted(asked, 'text')} accepted"

    def gain(self, way: str = "both", over: str = "real", label: object = None) -> SyntheticGain:
        """Return what one way gains over another.

        Parameters
        ----------
        way, over : {"real", "oversampled", "both", "synthetic"}
        label : object, optional
            A class; by default the macro F1.

        Returns
        -------
        SyntheticGain

        Raises
        ------
        ParameterError
            If there is no such way or class.
        """
        for name, value, known in (("way", way, WAYS), ("over", over, WAYS)):
            if value not in known:
                raise ParameterError(f"Expected {name} from {', '.join(known)}, got {value!r:.60}.")
        if label is not None and label not in self.classes:
            raise ParameterError(
                f"Expected label as one of {list(self.classes)!r:.200}, got {label!r:.60}."
            )
        before, after = (self._of(each, label) for each in (over, way))
        difference = after - before
        low, high = self._interval(difference)
        return SyntheticGain(
            *(way, over, label),
            before=_mean(before),
            after=_mean(after),
            gain=_mean(difference),
            low=low,
            high=high,
            n_splits=len(difference),
        )

    def gains(self) -> Iterator[SyntheticGain]:
        """Yield the gains of all pairs that matter.

        Yields
        ------
        SyntheticGain
            For the macro F1, and for each class.
        """
        for label in (None, *self.classes):
            yield from (self.gain(*pair, label=label) for pair in _PAIRS)

    def to_frame(self) -> pd.DataFrame:
        """Return a row for each gain.

        Returns
        -------
        pandas.DataFrame
            Columns ``way``, ``over``, ``label`` (None for the macro F1), ``before``,
            ``after``, ``gain``, ``low``, ``high``, ``n_splits`` and ``verdict``.
        """
        gains = list(self.gains())
        frame = pd.DataFrame([{**vars(gain), "verdict": gain.verdict} for gain in gains])
        frame["label"] = pd.Series([gain.label for gain in gains], dtype=object)
        return frame

    def _of(self, way: str, label: object) -> np.ndarray:
        return np.array([s.f1 for s in self.scores if s.way == way and s.label == label])

    def _interval(self, difference: np.ndarray) -> tuple[float, float]:
        found = paired_interval(difference)
        if found is None or _tells_no_spread(difference):
            return math.nan, math.nan
        middle, half = (found[0] + found[1]) / 2, (found[1] - found[0]) / 2
        wider = math.sqrt(1 + len(difference) * self.overlap)
        return middle - wider * half, middle + wider * half


def _tells_no_spread(difference: np.ndarray) -> bool:
    """Return whether few differences are all the same but not 0: Student's interval is a point.

    From six on, equal signs alone would be as rare as 1 in 32 without a gain.
    """
    few = len(difference) < _SIGNS
    return few and bool(np.ptp(difference) < _SAME <= abs(difference[0]))


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else math.nan
