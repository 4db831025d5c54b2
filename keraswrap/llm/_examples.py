"""Which labelled texts a prompt shows, and in which order. Pure, but for the nearest ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import Protocol, Self, TypeAlias

import numpy as np

from keraswrap.exceptions import ParameterError

__all__ = ["Nearest", "arrange", "choose"]

SELECTIONS = ("balanced", "random", "nearest")
# Texts compared with all examples at once; limits memory.
_AT_ONCE = 256
# Texts, labels and how many → positions.
Select: TypeAlias = Callable[[list[str], np.ndarray, int], Sequence[int]]
ORDERS = ("reversed", "selected", "random")


def choose(
    texts: Sequence[str],
    labels: np.ndarray,
    n: int,
    selection: str | Select,
    random: np.random.RandomState,
) -> list[int]:
    """Choose which texts are shown.

    Parameters
    ----------
    labels : ndarray of shape (n_texts,), str
    n : int
        How many; all, if there are fewer.
    selection : {"balanced", "random"} or callable
        Balanced gives each label one in turn. A callable gets texts, labels and
        n, and gives positions.
    random : numpy.random.RandomState

    Returns
    -------
    list of int
        Positions, the first chosen first. A text that comes several times is
        taken again only where there are no others.

    Raises
    ------
    ParameterError
        If a callable gives something else.

    Examples
    --------
    >>> texts, labels = ["a", "b", "c", "c"], np.array(["no", "no", "no", "yes"])
    >>> chosen = choose(texts, labels, 2, "balanced", np.random.RandomState(0))
    >>> sorted(labels[chosen].tolist())
    ['no', 'yes']
    """
    n = min(n, len(texts))
    if callable(selection):
        return _check_positions(selection(list(texts), labels.copy(), n), len(texts))
    order = random.permutation(len(texts))
    if selection == "balanced":
        order = np.array(list(_in_turn(order, labels)), dtype=int)
    return _distinct_first(order, texts, labels)[:n]


def _in_turn(order: np.ndarray, labels: np.ndarray) -> Iterator[int]:
    """Yield one example of each label, then another of each, until none is left."""
    seen = list(dict.fromkeys(labels[order].tolist()))
    for group in zip_longest(*([row for row in order if labels[row] == one] for one in seen)):
        yield from (int(row) for row in group if row is not None)


def _distinct_first(order: np.ndarray, texts: Sequence[str], labels: np.ndarray) -> list[int]:
    first: dict[tuple[str, str], int] = {}
    for row in order.tolist():
        first.setdefault((texts[row], str(labels[row])), row)
    kept = set(first.values())
    return [*first.values(), *(row for row in order.tolist() if row not in kept)]


def _check_positions(given: object, n: int) -> list[int]:
    positions = np.asarray(given)
    whole = positions.ndim == 1 and (positions.dtype.kind in "iu" or not positions.size)
    if not whole or (positions.size and not 0 <= positions.min() <= positions.max() < n):
        raise ParameterError(
            f"Expected selection to give positions from 0 to {n - 1}, got {given!r:.60}. "
            "Give one whole number for each example."
        )
    return [int(row) for row in positions]


def arrange(chosen: Sequence[int], order: str, random: np.random.RandomState) -> list[int]:
    """Put what was chosen in the order in which it is shown.

    Parameters
    ----------
    chosen : sequence of int
        The first chosen first.
    order : {"reversed", "selected", "random"}
        Reversed puts those chosen first last, where a model heeds them most.
    random : numpy.random.RandomState

    Examples
    --------
    >>> arrange([4, 2, 7], "reversed", np.random.RandomState(0))
    [7, 2, 4]
    """
    if order == "random":
        return [int(row) for row in random.permutation(np.asarray(chosen, dtype=int))]
    return list(chosen)[::-1] if order == "reversed" else list(chosen)


class Embedder(Protocol):
    """A transformer from texts to vectors of length 1."""

    def fit(self, X: list[str]) -> Self:
        """Learn from texts."""

    def transform(self, X: list[str]) -> np.ndarray:
        """Return the vectors of texts."""


class Nearest:
    """The labelled texts most like a text, by their vectors.

    Parameters
    ----------
    embedder : transformer
        Texts → vectors of length 1; fitted here.
    texts : sequence of str
        Those to choose from.
    """

    def __init__(self, embedder: Embedder, texts: Sequence[str]) -> None:
        self.texts = list(texts)
        self.embedder = embedder.fit(self.texts)
        self.vectors = np.asarray(embedder.transform(self.texts))

    def choose(self, texts: Sequence[str], n: int) -> list[list[int]]:
        """Choose for each text the n most like it, the nearest first; never the text itself.

        One that comes several times is chosen again only where there are no others.
        """
        blocks = (texts[start : start + _AT_ONCE] for start in range(0, len(texts), _AT_ONCE))
        return [chosen for block in blocks for chosen in self._choose(block, n)]

    def _choose(self, texts: Sequence[str], n: int) -> list[list[int]]:
        likeness = np.asarray(self.embedder.transform(list(texts))) @ self.vectors.T
        ranked = np.argsort(-likeness, axis=1, kind="stable")
        return [self._others(text, rows, n) for text, rows in zip(texts, ranked, strict=True)]

    def _others(self, text: str, rows: np.ndarray, n: int) -> list[int]:
        # A row that sees its own label would tell nothing about other rows.
        once: dict[str, int] = {}
        again: list[int] = []
        for row in map(int, rows):
            if len(once) == n:
                break
            one = self.texts[row]
            if one in once:
                again.append(row)
            elif one != text:
                once[one] = row
        return [*once.values(), *again][:n]


def check_selection(selection: str | Select, order: str) -> None:
    """Raise ParameterError for what is neither a name nor callable."""
    if not callable(selection) and selection not in SELECTIONS:
        raise ParameterError(
            f"Expected selection to be one of {list(SELECTIONS)} or a callable, got {selection!r}."
        )
    if order not in ORDERS:
        raise ParameterError(f"Expected order to be one of {list(ORDERS)}, got {order!r}.")


def check_max_samples(max_samples: int) -> int:
    """Return the number of examples, or raise ParameterError."""
    whole = isinstance(max_samples, int | np.integer) and not isinstance(max_samples, bool)
    if not whole or max_samples < 0:
        raise ParameterError(
            f"Expected max_samples as a whole number from 0 on, got {max_samples!r}."
        )
    return int(max_samples)


def check_examples(examples: Iterable[object], classes: np.ndarray) -> list[tuple[str, str]]:
    """Return examples as a list; raise ParameterError for one that is no text with its label."""
    known = set(classes.tolist())
    return [_check_example(one, known) for one in examples]


def _check_example(one: object, known: set[str]) -> tuple[str, str]:
    if isinstance(one, list | tuple) and len(one) == 2:
        text, label = one
        if isinstance(text, str) and label in known:
            return text, str(label)
    shown = tuple(one) if isinstance(one, list) else one
    raise ParameterError(
        f"Expected get_examples to give pairs of a text and one of the labels, got {shown!r:.100}. "
        "Give (text, label)."
    )


def generator_of(random_state: int | np.random.RandomState | None) -> np.random.RandomState:
    """Return a separate generator, so that the global one stays untouched."""
    if isinstance(random_state, np.random.RandomState):
        return random_state
    try:
        return np.random.RandomState(random_state)
    except (TypeError, ValueError) as error:
        raise ParameterError(
            f"Expected random_state as a whole number, a RandomState or None, got "
            f"{random_state!r:.60}."
        ) from error
