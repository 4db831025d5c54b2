"""Checked rows as columns: what waits for the model, and can be cut and put together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["Block"]


@dataclass(frozen=True, eq=False)
class Block:
    """Rows of one request, or of several.

    Parameters
    ----------
    form : str
        What the columns are: only blocks of one form can be put together.
    columns : mapping of str to ndarray of shape (n, ...)

    Examples
    --------
    >>> block = Block("texts", {"": np.array(["a", "b"], dtype=object)})
    >>> Block.join([block.cut(1, 2), block]).columns[""].tolist()
    ['b', 'a', 'b']
    """

    form: str
    columns: Mapping[str, np.ndarray]

    @property
    def n(self) -> int:
        """The number of rows."""
        return len(next(iter(self.columns.values())))

    def cut(self, start: int, stop: int) -> Block:
        """Return some of the rows."""
        return Block(self.form, {name: one[start:stop] for name, one in self.columns.items()})

    def filled(self, n: int) -> Block:
        """Return `n` rows, the last one repeated as often as that takes."""
        index = np.minimum(np.arange(n), self.n - 1)
        return Block(self.form, {name: one[index] for name, one in self.columns.items()})

    @classmethod
    def join(cls, blocks: Sequence[Block]) -> Block:
        """Return the rows of several blocks of one form, one after the other."""
        if len(blocks) == 1:
            return blocks[0]
        names = blocks[0].columns
        return cls(
            blocks[0].form,
            {name: np.concatenate([block.columns[name] for block in blocks]) for name in names},
        )
