"""Hold what a check of synthetic texts found, and tell it in words."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field

import numpy as np
import pandas as pd

from keraswrap._wording import counted
from keraswrap.issues import Finding, RowIssues
from keraswrap.synthetic._diversity import Diversity
from keraswrap.synthetic._nearest import NearestShare

__all__ = ["Copying", "LabelNoise", "SyntheticCheck"]

_NO_PRIVACY = (
    "This looks for copies and patterns. It does not show that nobody can be recognized in the "
    "texts."
)


@dataclass(frozen=True)
class Copying:
    """What the texts share with training rows, word by word.

    Parameters
    ----------
    n_copies, n_near_copies : int
        Texts that are a training row, or nearly.
    n_in_holdout : int
        Texts that are a held-out row, or nearly, which no generator should have seen.
    longest_run : int
        Words of the longest run that a text shares with a training row.
    run : str
        Its words.
    run_share : float
        Share of the texts' words that are in runs of at least six, in [0, 1].
    real_longest_run : int
        The longest run that a held-out row shares with a training row.
    real_run_share : float
        Share of the held-out rows' words in runs of at least six.
    """

    n_copies: int
    n_near_copies: int
    n_in_holdout: int
    longest_run: int
    run: str
    run_share: float
    real_longest_run: int
    real_run_share: float


@dataclass(frozen=True)
class LabelNoise:
    """How many labels a classifier of held-out rows disputes.

    Parameters
    ----------
    share : float
        Of the texts' labels, in [0, 1].
    real_share : float
        Of the labels of held-out rows, by classifiers that have not seen them.
    n : int
        Number of texts.
    """

    share: float
    real_share: float
    n: int


@dataclass(frozen=True, eq=False)
class SyntheticCheck:
    """Result of :func:`check_synthetic`.

    Parameters
    ----------
    n : int
        Number of texts.
    findings : tuple of Finding
        The most severe first; their rows are positions of texts.
    copying : Copying
    nearest : NearestShare
    diversity : Diversity
    labels : LabelNoise or None
        None if it was not measured; `notes` says why.
    personal_data : dict of str to int
        Texts with data of each kind.
    notes : tuple of str
        What was not measured.
    provenance : dict
        ``seed``, ``versions`` and ``settings``, as JSON-compatible values.

    Examples
    --------
    >>> from keraswrap.synthetic import check_synthetic
    >>> train, holdout = ["It broke at once.", "Fine."], ["It tore today.", "Good."]
    >>> found = check_synthetic(["It broke at once!", "Sadly it leaks."], train, holdout)
    >>> found.passes, found.findings[0].kind, found.findings[0].rows.tolist()
    (False, 'copy', [0])
    """

    n: int
    findings: tuple[Finding, ...]
    copying: Copying
    nearest: NearestShare
    diversity: Diversity
    labels: LabelNoise | None
    personal_data: Mapping[str, int]
    notes: tuple[str, ...] = ()
    provenance: Mapping[str, object] = field(default_factory=dict)

    @property
    def passes(self) -> bool:
        """Whether no text is a copy or near copy, or has personal data of a training row."""
        return all(found.severity != "error" for found in self.findings)

    def __repr__(self) -> str:
        kinds = ", ".join(f"{found.kind}: {found.n}" for found in self.findings)
        return f"SyntheticCheck({counted(self.n, 'text')}; {kinds or 'nothing found'})"

    def __str__(self) -> str:
        return "\n".join([repr(self), *(f"- {line}" for line in self._lines()), _NO_PRIVACY])

    def _lines(self) -> Iterator[str]:
        yield from (f"{found.severity}: {found.message}" for found in self.findings)
        copied, near, varied = self.copying, self.nearest, self.diversity
        yield (
            f"longest run shared with a training row: {counted(copied.longest_run, 'word')} "
            f"(held-out rows: {copied.real_longest_run}); words in runs of six: "
            f"{copied.run_share:.1%} (held-out rows: {copied.real_run_share:.1%})"
        )
        yield (
            f"nearest row is a training row: {near.share:.0%} of {counted(near.n, 'text')} (by "
            f"chance {near.low:.0%} to {near.high:.0%}): {near.verdict}"
        )
        yield (
            f"different words {varied.distinct_1:.2f} (real rows {varied.real_distinct_1:.2f}), "
            f"pairs of words {varied.distinct_2:.2f} ({varied.real_distinct_2:.2f}), mean distance "
            f"{varied.spread:.2f} ({varied.real_spread:.2f})"
        )
        if self.labels is not None:
            yield (
                f"disputed labels: {self.labels.share:.0%} (held-out rows: "
                f"{self.labels.real_share:.0%})"
            )
        yield from self.notes

    def to_dict(self) -> dict[str, object]:
        """Return all figures as values that JSON can hold; NaN becomes None.

        Returns
        -------
        dict
        """
        figures: dict[str, object] = {
            "n": self.n,
            "passes": self.passes,
            "findings": RowIssues(np.arange(self.n), self.findings).alerts(),
            "copying": asdict(self.copying),
            "nearest": {**asdict(self.nearest), "verdict": self.nearest.verdict},
            "diversity": asdict(self.diversity),
            "labels": None if self.labels is None else asdict(self.labels),
            "personal_data": dict(self.personal_data),
            "notes": list(self.notes),
            "provenance": dict(self.provenance),
        }
        plain: dict[str, object] = _without_nan(json.loads(json.dumps(figures)))  # type: ignore[assignment]
        return plain

    def to_frame(self) -> pd.DataFrame:
        """Return a line for each text and what was found in it.

        Returns
        -------
        pandas.DataFrame
            Columns ``row_id`` (position of the text), ``kind``, ``severity``, ``score``,
            ``group`` and ``note``.
        """
        return RowIssues(np.arange(self.n), self.findings).to_frame()


def _without_nan(value: object) -> object:
    if isinstance(value, dict):
        return {name: _without_nan(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_without_nan(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
