"""Attention masks and positions of a row's tokens, passed to the layers of a keras-hub model."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from keras import KerasTensor
    from keras.layers import Layer
    from keras_hub.models import CausalLM

__all__ = ["TreeLayers"]

_T = TypeVar("_T")
_POSITIONS, _SEEN = "positions", "decoder_attention_mask"
_WINDOWS = ("sliding_window", "sliding_window_size", "_sliding_window")


class TreeLayers:
    """The layers of a model that take positions, and those that take a mask.

    keras-hub's ``call_with_cache`` hands neither on, though its layers take both.

    Parameters
    ----------
    model : keras_hub.models.CausalLM
    """

    def __init__(self, model: CausalLM) -> None:
        layers = list(model.backbone._flatten_layers())
        self._placed = [layer for layer in layers if _takes(layer, _POSITIONS, "start_index")]
        self._masked = [layer for layer in layers if _takes(layer, _SEEN)]
        sizes = [vars(layer).get(name) for layer in layers for name in _WINDOWS]
        self._window = min((size for size in sizes if isinstance(size, int)), default=None)

    def reach(self, length: int) -> bool:
        """Return whether they accept a mask, and none attends to fewer than so many tokens."""
        told = bool(self._placed and self._masked)
        return told and (self._window is None or length < self._window)

    @contextmanager
    def told(self, positions: KerasTensor, seen: KerasTensor) -> Iterator[None]:
        """Pass the mask to them, for calls within the context.

        Parameters
        ----------
        positions : tensor of shape (b, s)
        seen : tensor of shape (b, s, t), bool
        """
        with _given(self._placed, _POSITIONS, positions), _given(self._masked, _SEEN, seen):
            yield


def _takes(layer: Layer, *names: str) -> bool:
    return set(names) <= set(inspect.signature(layer.call).parameters)


@contextmanager
def _given(layers: Sequence[Layer], name: str, value: KerasTensor) -> Iterator[None]:
    # Bypasses Keras's __setattr__, which would track the value.
    for layer in layers:
        vars(layer)["call"] = _with(layer.call, name, value)
    try:
        yield
    finally:
        for layer in layers:
            del vars(layer)["call"]


def _with(call: Callable[..., _T], name: str, value: object) -> Callable[..., _T]:
    return lambda *args, **kwargs: call(*args, **{**kwargs, name: value})
