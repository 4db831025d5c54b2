"""Choose the labelled texts that a prompt shows, so that no row sees its own label. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.utils.multiclass import type_of_target

from keraswrap.exceptions import InputError, ParameterError
from keraswrap.llm._examples import arrange, choose

__all__ = ["LabelledTexts", "Shown", "check_cv"]

Shown = tuple[tuple[str, str], ...]


@dataclass(frozen=True, eq=False)
class LabelledTexts:
    """Texts with their labels, from which examples are drawn.

    Parameters
    ----------
    texts : list of str or None
        None where one is missing; it is never an example.
    labels : list of str
        As a prompt shows them.
    strata : ndarray of shape (n,)
        Classes, or ranges of numbers, which take turns in giving an example.
    random : numpy.random.RandomState
    """

    texts: list[str | None]
    labels: list[str]
    strata: np.ndarray
    random: np.random.RandomState

    @classmethod
    def read(
        cls,
        texts: list[str | None],
        y: object,
        n_ranges: int,
        random: np.random.RandomState,
    ) -> Self:
        """Read labels: classes, or numbers, which are split into `n_ranges` ranges.

        Raises
        ------
        InputError
            If `y` is None, a label is missing, or `y` is not one label for each text.
        """
        if y is None:
            raise InputError(
                "Expected labels in y with examples='few_shot', got None. Pass y, or use "
                "examples=None."
            )
        labels = np.asarray(y)
        if labels.shape != (len(texts),):
            raise InputError(
                f"Expected one label for each of {len(texts)} texts, got y of shape "
                f"{labels.shape}. Pass one column with a label for each."
            )
        if any(one is None or one != one for one in labels.tolist()):
            raise InputError("Expected a label for each text, got missing ones in y. Drop them.")
        if not str(type_of_target(labels)).startswith("continuous"):
            return cls(texts, [str(one) for one in labels.tolist()], labels.astype(str), random)
        ranks = np.argsort(np.argsort(labels, kind="stable"), kind="stable")
        shown = [f"{one:.4g}" for one in labels.tolist()]
        return cls(texts, shown, ranks * n_ranges // len(labels), random)

    def draw(self, n: int, rows: np.ndarray) -> Shown:
        """Draw examples from some rows, balanced over the strata as far as possible."""
        pool = [int(row) for row in rows if self.texts[row] is not None]
        texts = [self.texts[row] or "" for row in pool]
        strata = np.array([str(self.strata[row]) for row in pool])
        chosen = choose(texts, strata, n, "balanced", self.random)
        order = arrange(chosen, "reversed", self.random)
        return tuple((texts[k], self.labels[pool[k]]) for k in order)

    def folds(self, cv: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield the rows that examples are drawn from, and those that see them."""
        n = len(self.texts)
        if n < 2:
            raise InputError(
                f"Expected at least 2 texts with examples='few_shot', got {n}: a row is "
                "shown other rows only."
            )
        least = min(np.unique(self.strata, return_counts=True)[1])
        kind = StratifiedKFold if least >= cv else KFold
        splitter = kind(min(cv, n), shuffle=True, random_state=self.random)
        yield from splitter.split(np.zeros(n), self.strata)


def check_cv(cv: object, n_examples: object) -> None:
    """Raise ParameterError unless both are large enough whole numbers."""
    for name, value, least in (("cv", cv, 2), ("n_examples", n_examples, 1)):
        whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
        if not whole or value < least:  # type: ignore[operator]
            raise ParameterError(
                f"Expected {name} as a whole number from {least} on, got {value!r:.60}."
            )
