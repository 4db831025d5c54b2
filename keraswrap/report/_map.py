"""Map rows from vectors to two coordinates, and cut the map into regions of rows. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse

from keraswrap.exceptions import InputError
from keraswrap.report._facets import Facet

__all__ = ["RowMap", "make_map"]

# Steps of a coordinate: finer than a screen shows, and at most three digits in the page.
STEPS = 1000
# Rows beyond these quantiles go to the edge: one outlier would squeeze all others into a point.
_EDGES = (0.001, 0.999)
_REGIONS, _FEWEST = 16, 20
_SEED = 0


@dataclass(frozen=True)
class RowMap:
    """Position of each row on the map.

    Parameters
    ----------
    coordinates : ndarray of shape (n, 2), int
        From 0 to 999.
    method : str
        How the coordinates were computed, in words.
    region : ndarray of shape (n,), int
        The region of each row: one of several rectangles with about equally many rows.
    """

    coordinates: np.ndarray
    method: str
    region: np.ndarray

    def facet(self) -> Facet:
        """Return the regions as slices of the rows."""
        names = tuple(str(number) for number in range(1, self.region.max() + 2))
        return Facet("region of the map", "values", names, self.region)

    def show(self, positions: np.ndarray) -> dict[str, object]:
        """Return the map as plain values for the page, in the order of `positions`."""
        across, up = self.coordinates[positions].T
        # The y axis of a canvas points down.
        return {"x": across.tolist(), "y": (STEPS - 1 - up).tolist(), "method": self.method}


def make_map(vectors: ArrayLike | sparse.spmatrix, n: int) -> RowMap:
    """Place rows by their vectors: two coordinates are taken as they are, more reduced by PCA.

    Parameters
    ----------
    vectors : array-like or sparse matrix of shape (n, d), d ≥ 2
    n : int
        How many rows there are.

    Returns
    -------
    RowMap
        Deterministic: the same for the same vectors, in every process.

    Raises
    ------
    InputError
        If there are not `n` rows, fewer than two columns, or numbers that are not
        finite.

    Notes
    -----
    The first two principal components (scikit-learn's PCA with seed 0), each scaled
    from its 0.1% to its 99.9% quantile. Regions come from cutting the rows in halves
    at the median of the wider side, up to 16 regions of at least 20 rows.

    Examples
    --------
    >>> found = make_map([[0.0, 5.0], [1.0, 5.0], [2.0, 9.0]], 3)
    >>> found.coordinates.tolist(), found.method
    ([[0, 0], [500, 0], [999, 999]], 'two coordinates as given')
    """
    array = _check(vectors, n)
    if array.shape[1] == 2:
        plane, method = _dense(array), "two coordinates as given"
    else:
        plane, method = _reduce(array)
    coordinates = np.stack([_scale(axis) for axis in plane.T], axis=1)
    return RowMap(coordinates, method, _cut(coordinates))


def _check(vectors: ArrayLike | sparse.spmatrix, n: int) -> np.ndarray | sparse.csr_matrix:
    array = sparse.csr_matrix(vectors) if sparse.issparse(vectors) else np.asarray(vectors)
    if array.ndim != 2 or array.shape[0] != n or array.shape[1] < 2:
        raise InputError(
            f"Expected vectors of shape ({n}, d) with d ≥ 2, got {array.shape}. Pass a vector for "
            "each row, in the same order."
        )
    if array.dtype not in (np.float32, np.float64):
        array = array.astype(np.float64)
    if not np.isfinite(array.data if sparse.issparse(array) else array).all():
        raise InputError("Expected finite numbers in vectors, got NaN or infinity. Fill them in.")
    return array


def _dense(array: np.ndarray | sparse.csr_matrix) -> np.ndarray:
    return array if isinstance(array, np.ndarray) else array.toarray()


def _reduce(array: np.ndarray | sparse.csr_matrix) -> tuple[np.ndarray, str]:
    from sklearn.decomposition import PCA

    if min(array.shape) <= 2:  # two rows have at most one component
        return _dense(array)[:, :2], "the first two of their numbers"
    pca = PCA(2, random_state=_SEED)
    with np.errstate(invalid="ignore"):  # the variance of identical rows is 0
        plane = pca.fit_transform(array)
    share = np.nan_to_num(pca.explained_variance_ratio_).sum()
    return plane, f"two principal components, {share:.0%} of the variance"


def _scale(axis: np.ndarray) -> np.ndarray:
    low, high = np.quantile(axis, _EDGES)
    if high <= low:
        low, high = axis.min(), max(axis.max(), axis.min() + 1)
    return np.clip(np.floor((axis - low) / (high - low) * STEPS), 0, STEPS - 1).astype(int)


def _cut(coordinates: np.ndarray) -> np.ndarray:
    parts = [np.arange(len(coordinates))]
    while len(parts) < _REGIONS and min(map(len, parts)) >= 2 * _FEWEST:
        parts = [half for part in parts for half in _halve(coordinates, part)]
    region = np.empty(len(coordinates), dtype=int)
    for number, part in enumerate(parts):
        region[part] = number
    return region


def _halve(coordinates: np.ndarray, part: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    own = coordinates[part]
    wider = int(np.ptp(own, axis=0).argmax())
    order = part[np.argsort(own[:, wider], kind="stable")]
    return order[: len(order) // 2], order[len(order) // 2 :]
