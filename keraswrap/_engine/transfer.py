"""Put the weights of one network into another that has the same layers and one more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from keraswrap.exceptions import BuildError

if TYPE_CHECKING:
    from keraswrap._engine.network import Network


def transfer(source: Network, target: Network, last: Sequence[np.ndarray]) -> None:
    """Copy all variables of a network to the first ones of another, and set its last ones.

    Parameters
    ----------
    source : Network
        Its variables are copied.
    target : Network
        Has variables of the same shapes, in the same order, and then those of `last`.
    last : sequence of ndarray
        Values of the others: kernel and bias of a last layer.

    Raises
    ------
    BuildError
        If the shapes are others.
    """
    values = [*source.state.variables, *last]
    with target.changing() as net:
        shapes = [tuple(variable.shape) for variable in net.variables]
        if shapes != [value.shape for value in values]:
            raise BuildError(
                f"Expected a net with the {len(values) - len(last)} variables of another and "
                f"{len(last)} more, of shapes {[value.shape for value in last]}, got "
                f"{len(shapes)} variables that end in {shapes[-len(last) :]}."
            )
        for variable, value in zip(net.variables, values, strict=True):
            variable.assign(value)
