"""Weight the parts of a row, positions or numbers, separately: a gap has the weight 0."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from keraswrap._targets.head import Output
from keraswrap.exceptions import BuildError


def weigh_cells(
    present: np.ndarray, weights: np.ndarray | None, of_cell: np.ndarray | None = None
) -> np.ndarray | None:
    """Combine the weights of rows and of their parts, with 0 for each gap.

    Known parts are scaled up for the share of gaps, so that the rows of a batch
    count as if there were none.

    Parameters
    ----------
    present : ndarray of bool, shape (n, ...)
        False for a gap.
    weights : ndarray of shape (n,), optional
    of_cell : ndarray of shape (n, ...), optional

    Returns
    -------
    ndarray of shape (n, ...), or None where all weigh the same

    Examples
    --------
    >>> weigh_cells(np.array([[True, False], [True, True]]), np.array([3.0, 0.0])).tolist()
    [[4.0, 0.0], [0.0, 0.0]]
    """
    if present.all() and weights is None and of_cell is None:
        return None
    cells = present / present.mean()
    if of_cell is not None:
        cells = cells * of_cell
    return cells if weights is None else cells * spread(weights, present)


def spread(weights: ArrayLike, cells: np.ndarray) -> np.ndarray:
    """Repeat the weight of each row for each of its parts."""
    apart = np.asarray(weights).reshape(-1, *[1] * (cells.ndim - 1))
    return np.broadcast_to(apart, cells.shape)


def require_shape(output: Output, wanted: tuple[int | None, ...], what: str) -> None:
    """Raise BuildError unless a net's output has the shape wanted, None for any number.

    Examples
    --------
    >>> require_shape(Output((5, 3), lambda: None), (5, None), "labels")
    """
    fits = len(output.shape) == len(wanted) and all(
        want in (None, got) for want, got in zip(wanted, output.shape, strict=True)
    )
    if not fits:
        shown = ", ".join("units" if number is None else str(number) for number in wanted)
        raise BuildError(
            f"Expected a net with one output of shape (n, {shown}) for {what}, got "
            f"{(None, *output.shape)}. The build function is told by meta['target_shape_']."
        )
