"""Draw what each attempt at a text is made from. Pure."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field

import numpy as np

from keraswrap.issues.rows._groups import normalize_text
from keraswrap.synthetic._attributes import Attributes, draw_attributes
from keraswrap.synthetic._prompts import MOST_CHARACTERS
from keraswrap.synthetic._training_rows import TrainingRows

__all__ = ["Attempt", "Attempts"]

_FOLDS = 5


@dataclass(frozen=True)
class Attempt:
    """What a text is made from.

    Parameters
    ----------
    number : int
    examples : tuple of int
        Training rows to show.
    attributes : dict of str to str
    fold : int
        The fold that all examples are of; 0 without folds.
    """

    number: int
    examples: tuple[int, ...]
    attributes: dict[str, str]
    fold: int


@dataclass(eq=False)
class Attempts:
    """The attempts at texts of a class: the same for the same seed, however many are drawn.

    Parameters
    ----------
    rows : TrainingRows
    label : object
    shots : int
        Examples of an attempt, at most.
    attributes : dict of str to list of str
    seed : int
    in_folds : bool
        Whether the examples of an attempt are all of one fold, so that a classifier that
        has seen none of them can judge the text. False where the class has a single text.
    """

    rows: TrainingRows
    label: object
    shots: int
    attributes: Attributes
    seed: int
    in_folds: bool
    folds: list[np.ndarray] = field(init=False)

    def __post_init__(self) -> None:
        pool = self._random(-1).permutation(_distinct(self.rows, self.rows.of(self.label)))
        self.in_folds = self.in_folds and len(pool) > 1
        n = min(_FOLDS, max(2, len(pool) // max(1, self.shots)), len(pool))
        self.folds = [pool[start::n] for start in range(n)] if self.in_folds else [pool]

    def draw(self, number: int) -> Attempt:
        """Return an attempt by its number."""
        random = self._random(number)
        fold = int(random.integers(len(self.folds)))
        pool = self.folds[fold]
        shown = random.choice(pool, min(self.shots, len(pool)), replace=False).tolist()
        drawn = draw_attributes(self.attributes, random)
        return Attempt(number, tuple(shown), drawn, fold)

    def _random(self, number: int) -> np.random.Generator:
        of_label = zlib.crc32(repr(self.label).encode())
        return np.random.default_rng([self.seed, of_label, number + 1])


def _distinct(rows: TrainingRows, positions: np.ndarray) -> np.ndarray:
    """Return rows with different texts; those that would be cut only if there are no others."""
    first: dict[str, int] = {}
    for row in positions.tolist():
        first.setdefault(normalize_text(rows.texts[row]), row)
    found = list(first.values())
    short = [row for row in found if len(rows.texts[row]) <= MOST_CHARACTERS]
    return np.array(short or found, dtype=int)
