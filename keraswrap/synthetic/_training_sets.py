"""What a classifier is trained on in each way of a comparison. Pure."""

from __future__ import annotations

from collections import Counter

import numpy as np

from keraswrap.synthetic._table import SyntheticTexts
from keraswrap.synthetic._training_rows import TrainingRows, join_labels

__all__ = ["WAYS", "training_sets"]

WAYS = ("real", "oversampled", "both", "synthetic")
_Set = tuple[list[str], np.ndarray]


def training_sets(rows: TrainingRows, made: SyntheticTexts, seed: int) -> dict[str, _Set]:
    """Return texts and labels for each way.

    Parameters
    ----------
    rows : TrainingRows
    made : SyntheticTexts
    seed : int
        Of the draws of copies.

    Returns
    -------
    dict of str to (list of str, ndarray)
        "real" has the real rows alone; "oversampled" as many copies of real rows of each
        class as there are texts of it; "both" real rows and texts; "synthetic" the texts
        instead of the real rows of their classes, and the real rows of all others.

    Examples
    --------
    >>> from keraswrap.synthetic._table import SyntheticText
    >>> from keraswrap.synthetic._training_rows import read_rows
    >>> rows = read_rows(["It broke.", "Superb!"], ["bad", "good"])
    >>> made = SyntheticTexts((SyntheticText("It leaks.", "bad", {}, (0,), 0),), {"bad": 1})
    >>> {way: texts for way, (texts, _) in training_sets(rows, made, 0).items()}["synthetic"]
    ['Superb!', 'It leaks.']
    """
    copies = _draw_copies(rows, made, seed)
    others = np.flatnonzero(~np.isin(rows.labels, made.labels)) if len(made) else _all(rows)
    texts = (made.texts, made.labels)
    return {
        "real": _join(rows, _all(rows)),
        "oversampled": _join(rows, np.concatenate([_all(rows), copies])),
        "both": _join(rows, _all(rows), texts),
        "synthetic": _join(rows, others, texts),
    }


def _all(rows: TrainingRows) -> np.ndarray:
    return np.arange(len(rows.texts))


def _draw_copies(rows: TrainingRows, made: SyntheticTexts, seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    counts = Counter(made.labels.tolist())
    drawn = [random.choice(np.flatnonzero(rows.labels == one), n) for one, n in counts.items()]
    return np.concatenate([np.empty(0, dtype=int), *drawn]).astype(int)


def _join(rows: TrainingRows, positions: np.ndarray, made: _Set | None = None) -> _Set:
    texts, labels = [rows.texts[row] for row in positions.tolist()], rows.labels[positions]
    if made is None or not made[0]:
        return texts, labels
    return texts + made[0], join_labels(labels, made[1])
