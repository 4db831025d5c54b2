"""Find aids for judging rows in their texts and vectors: a map, and telling words. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse

from keraswrap.issues import LabelIssues
from keraswrap.report._facets import Facet
from keraswrap.report._map import RowMap, make_map
from keraswrap.report._neighbors import MOST_ROWS
from keraswrap.report._rows import has_texts, read_texts
from keraswrap.report._words import find_words

__all__ = ["Aids", "find_aids"]


@dataclass(frozen=True)
class Aids:
    """Aids for judging the rows.

    Parameters
    ----------
    row_map : RowMap, optional
    words : dict of str to list of int
        As `find_words` returns them.
    """

    row_map: RowMap | None = None
    words: Mapping[str, list[int]] = field(default_factory=dict)

    def facets(self) -> list[Facet]:
        """Return the facets that the aids provide: the regions of the map."""
        return [] if self.row_map is None else [self.row_map.facet()]

    def show(self, positions: np.ndarray) -> dict[str, object]:
        """Return the aids as plain values for the page, in the order of `positions`."""
        row_map = None if self.row_map is None else self.row_map.show(positions)
        return {"map": row_map, "words": dict(self.words)}


def find_aids(issues: LabelIssues, X: object, vectors: ArrayLike | sparse.spmatrix | None) -> Aids:
    """Find aids for judging the rows.

    Parameters
    ----------
    issues : LabelIssues
    X : rows, or None
    vectors : array-like or sparse matrix of shape (n, d), optional
    """
    row_map = None if vectors is None else make_map(vectors, len(issues))
    few = X is not None and len(issues) <= MOST_ROWS
    words = find_words(*_labeled(issues, X)) if few and has_texts(X) else {}
    return Aids(row_map, words)


def _labeled(issues: LabelIssues, X: object) -> tuple[list[str], np.ndarray, int]:
    return read_texts(X, range(len(issues))), issues.codes, len(issues.classes)
