"""Hold texts that a language model wrote, and why some of them were rejected."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from keraswrap._wording import counted

__all__ = ["SyntheticText", "SyntheticTexts", "join_tables"]


@dataclass(frozen=True)
class SyntheticText:
    """A text that a language model wrote.

    Parameters
    ----------
    text : str
        As it was written, without white space and quotes around it.
    label : object
        The class that it was written for.
    attributes : mapping of str to str
        What it was to be like.
    examples : tuple of int
        Positions of the training rows that the model was shown.
    attempt : int
        Its number among the attempts for this class.
    reason : str, optional
        Why it was rejected; None if it was accepted.
    detail : str, default=""
        More about the reason.
    """

    text: str
    label: object
    attributes: Mapping[str, str]
    examples: tuple[int, ...]
    attempt: int
    reason: str | None = None
    detail: str = ""


@dataclass(frozen=True, eq=False)
class SyntheticTexts:
    """An immutable table of texts that a language model wrote for classes.

    Parameters
    ----------
    rows : tuple of SyntheticText
        In the order of the attempts, class by class, rejected texts included.
    asked : dict of label to int
        How many texts were asked for.
    notes : tuple of str
        Why there are fewer than were asked for, and what else to know.
    provenance : dict
        ``seed``, ``versions``, ``settings``, ``model`` (its fingerprint), and ``cost`` and
        ``tokens`` (read and written) since `fit`, as JSON-compatible values.

    Examples
    --------
    >>> from keraswrap.llm import FakeLM
    >>> from keraswrap.synthetic import TextSynthesizer
    >>> said = iter(["It broke.", "The lid fell off at once."])
    >>> model = FakeLM(says=lambda prompt: next(said))
    >>> maker = TextSynthesizer(model, checks=["copy"]).fit(["It broke."], ["bad"])
    >>> made = maker.sample(1, "bad")
    >>> made.texts, made.reasons()
    (['The lid fell off at once.'], {'copy of a training row': 1})
    """

    rows: tuple[SyntheticText, ...]
    asked: Mapping[object, int]
    notes: tuple[str, ...] = ()
    provenance: Mapping[str, object] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.accepted)

    def __repr__(self) -> str:
        rejected = len(self.rows) - len(self)
        return (
            f"SyntheticTexts({len(self):,} of {counted(sum(self.asked.values()), 'text')} "
            f"accepted, {rejected:,} rejected)"
        )

    def __str__(self) -> str:
        lines = [repr(self)]
        lines += [f"- {reason}: {n:,}" for reason, n in self.reasons().items()]
        return "\n".join([*lines, *self.notes])

    @property
    def accepted(self) -> tuple[SyntheticText, ...]:
        """The accepted texts with all that is known of them."""
        return tuple(row for row in self.rows if row.reason is None)

    @property
    def rejected(self) -> tuple[SyntheticText, ...]:
        """The rejected texts, each with its reason."""
        return tuple(row for row in self.rows if row.reason is not None)

    @property
    def texts(self) -> list[str]:
        """The accepted texts."""
        return [row.text for row in self.accepted]

    @property
    def labels(self) -> np.ndarray:
        """Labels of the accepted texts, of shape (len(self),)."""
        return np.array([row.label for row in self.accepted])

    @property
    def missing(self) -> dict[object, int]:
        """How many of the texts asked for there are not, for classes that lack some."""
        there = Counter(row.label for row in self.accepted)
        return {label: n - there[label] for label, n in self.asked.items() if n > there[label]}

    def reasons(self) -> dict[str, int]:
        """Return how many texts were rejected for each reason, the most frequent first.

        Returns
        -------
        dict of str to int
        """
        return dict(Counter(str(row.reason) for row in self.rejected).most_common())

    def to_frame(self, rejected: bool = True) -> pd.DataFrame:
        """Return a row for each text.

        Parameters
        ----------
        rejected : bool, default=True
            Whether to include rejected texts.

        Returns
        -------
        pandas.DataFrame
            Columns ``text``, ``label``, one for each attribute, ``examples`` (positions of
            training rows), ``attempt``, ``reason`` (None for accepted texts) and ``detail``.
        """
        rows = self.rows if rejected else self.accepted
        names = dict.fromkeys(name for row in self.rows for name in row.attributes)
        columns: dict[str, Sequence[object]] = {
            "text": [row.text for row in rows],
            "label": [row.label for row in rows],
            **{name: [row.attributes.get(name) for row in rows] for name in names},
            "examples": [row.examples for row in rows],
            "attempt": [row.attempt for row in rows],
            "reason": pd.Series([row.reason for row in rows], dtype=object),
            "detail": [row.detail for row in rows],
        }
        return pd.DataFrame(columns)


def join_tables(
    tables: Sequence[SyntheticTexts], provenance: Mapping[str, object]
) -> SyntheticTexts:
    """Join the tables of several classes."""
    return SyntheticTexts(
        tuple(row for table in tables for row in table.rows),
        {label: n for table in tables for label, n in table.asked.items()},
        tuple(dict.fromkeys(note for table in tables for note in table.notes)),
        provenance,
    )
