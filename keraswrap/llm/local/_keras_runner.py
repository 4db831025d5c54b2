"""A keras-hub causal language model that runs tokens after a cache of keys and values."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import numpy as np

from keraswrap.exceptions import InputError
from keraswrap.llm.local._packing import Layout
from keraswrap.llm.local._tree_attention import TreeLayers
from keraswrap.llm.local._tree_scoring import ways_agree

if TYPE_CHECKING:
    from keras import KerasTensor
    from keras.layers import Layer
    from keras_hub.models import CausalLM

# Arrays, nested as the model family nests them; the axes of tokens have the same structure.
Cache: TypeAlias = object
Axes: TypeAlias = object
Project: TypeAlias = "Callable[[KerasTensor], KerasTensor]"
_T = TypeVar("_T")

__all__ = ["KerasRunner"]

# Share of the weights' memory that caches and scores of one call may take. keras-hub copies a cache
# several times: for each row, for each layer, and for all layers together.
_SHARE, _COPIES = 0.6, 4
# A number of tokens that no other axis of a cache has.
_PROBE = 13
_EXACT, _ROUNDED = 1e-3, 0.5


class KerasRunner:
    """Runs tokens after a cache; see :class:`~keraswrap.llm.local._runner.Runner`.

    Parameters
    ----------
    model : keras_hub.models.CausalLM

    Raises
    ------
    InputError
        If it has no cache of the kind that all families but a few have.
    """

    def __init__(self, model: CausalLM) -> None:
        self.model = model
        self._axes, self._empty, self._token_bytes, self._project = _study(model)
        self.n_bytes = sum(int(np.prod(w.shape)) * _size(w.dtype) for w in model.weights)
        self.n_vocabulary = int(model.backbone.vocabulary_size)
        self._compiled: Callable[..., tuple[KerasTensor, KerasTensor, Cache]] | None = None
        self._compiled_look: Callable[..., KerasTensor] | None = None
        self._compiled_follow: Callable[..., tuple[KerasTensor, Cache]] | None = None
        self._layers = TreeLayers(model)
        self._sees_trees: bool | None = None
        _check(self)

    @property
    def is_exact(self) -> bool:
        """Whether it computes in float32."""
        return str(self.model.compute_dtype) == "float32"

    def empty(self) -> Cache:
        """Return the cache of one row without tokens."""
        return self._empty

    def cut(self, cache: Cache, length: int) -> Cache:
        """Return the cache of the first tokens only."""
        from keras import tree

        def cut(array: KerasTensor, axis: int) -> KerasTensor:
            return array[(slice(None),) * axis + (slice(0, length),)]

        return tree.map_structure(cut, cache, self._axes)

    def take(self, cache: Cache, rows: np.ndarray) -> Cache:
        """Return the cache of some rows."""
        from keras import ops, tree

        return tree.map_structure(lambda array: ops.take(array, rows, axis=0), cache)

    def extend(
        self, cache: Cache, ids: np.ndarray, targets: np.ndarray, lengths: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, Cache]:
        """Run tokens after a cache, and return the requested log-probabilities."""
        if self._compiled is None:
            self._compiled = _compile(self._extend, self._empty, self._axes, (2, 3, 1))
        given = (array.astype("int32") for array in (ids, targets, lengths))
        log_probs, likeliest, longer = self._compiled(cache, *given)
        return np.asarray(log_probs), np.asarray(likeliest), longer

    def follow(self, cache: Cache, ids: np.ndarray) -> tuple[np.ndarray, Cache]:
        """Run tokens after a cache, and return the logits of what follows each row."""
        if self._compiled_follow is None:
            self._compiled_follow = _compile(self._follow, self._empty, self._axes, (2,))
        logits, longer = self._compiled_follow(cache, ids.astype("int32"))
        return np.asarray(logits), longer

    def sees_trees(self, length: int) -> bool:
        """Return whether :meth:`look` is available and exact for rows of so many tokens."""
        if not self._layers.reach(length):
            return False
        if self._sees_trees is None:
            self._sees_trees = ways_agree(self, _EXACT if self.is_exact else _ROUNDED)
        return self._sees_trees

    def look(self, cache: Cache, layout: Layout) -> np.ndarray:
        """Run tokens, not all of which follow one another, after a cache of one row."""
        if self._compiled_look is None:
            self._compiled_look = _compile(self._look, self._empty, self._axes, (2, 2, 3, 2, 2))
        return np.asarray(self._compiled_look(cache, *(each.astype("int32") for each in layout)))

    def most_rows(self, length: int, new: int, asked: int) -> int:
        """Return how many rows fit into memory at once."""
        scores = 3 * 4 * asked * self.n_vocabulary
        row = _COPIES * length * self._token_bytes + scores
        return int(_SHARE * self.n_bytes // row)

    def _extend(
        self, cache: Cache, ids: KerasTensor, targets: KerasTensor, lengths: KerasTensor
    ) -> tuple[KerasTensor, KerasTensor, Cache]:
        # One function for all requests: tracing takes seconds.
        from keras import ops

        last = ops.shape(targets)[1]
        places = lengths[:, None] - last + ops.arange(last, dtype="int32")[None]
        logits, longer = self._logits(cache, ids, places)
        whole = ops.logsumexp(logits, axis=-1, keepdims=True)
        log_probs = ops.take_along_axis(logits, targets, axis=-1) - whole
        return log_probs, ops.argmax(logits[:, -1], axis=-1), longer

    def _follow(self, cache: Cache, ids: KerasTensor) -> tuple[KerasTensor, Cache]:
        from keras import ops

        last = ops.zeros((ops.shape(ids)[0], 1), "int32") + ops.shape(ids)[1] - 1
        logits, longer = self._logits(cache, ids, last)
        return logits[:, 0], longer

    def _look(
        self,
        cache: Cache,
        ids: KerasTensor,
        positions: KerasTensor,
        seen: KerasTensor,
        places: KerasTensor,
        asked: KerasTensor,
    ) -> KerasTensor:
        from keras import ops

        rows, new = ops.shape(ids)[0], ops.shape(ids)[1]
        cached = ops.ones((rows, new, self._used(cache)), "int32")
        with self._layers.told(positions, ops.concatenate([cached, seen], axis=-1)):
            logits, _ = self._logits(cache, ids, places)
        count, size = ops.shape(places)[1], logits.shape[-1]
        flat = ops.reshape(logits, (rows, count * size))
        found = ops.take(flat, asked[:, 0] * size + asked[:, 1], axis=1)
        return found - ops.take(ops.logsumexp(logits, axis=-1), asked[:, 0], axis=1)

    def _used(self, cache: Cache) -> int:
        from keras import ops, tree

        return ops.shape(tree.flatten(cache)[0])[tree.flatten(self._axes)[0]]

    def _logits(
        self, cache: Cache, ids: KerasTensor, places: KerasTensor
    ) -> tuple[KerasTensor, Cache]:
        """Run tokens, and give what follows those in some places: (rows, places, vocabulary)."""
        from keras import ops, tree

        arrays, axes = tree.flatten(cache), tree.flatten(self._axes)
        copies, new = ops.shape(ids)[0] // ops.shape(arrays[0])[0], ops.shape(ids)[1]
        room = [_room(array, axis, copies, new) for array, axis in zip(arrays, axes, strict=True)]
        packed = tree.pack_sequence_as(cache, room)
        logits, hidden, longer = self.model.call_with_cache(ids, packed, self._used(cache))[:3]
        if self._project is not None:  # only at the requested positions
            logits = self._project(_at(hidden, places))
        else:
            logits = _at(logits, places)
        return ops.cast(logits, "float32"), longer


def _at(states: KerasTensor, places: KerasTensor) -> KerasTensor:
    """Return the states of some tokens of each row: (rows, places, ...)."""
    from keras import ops

    rows, new = ops.shape(states)[0], ops.shape(states)[1]
    flat = ops.reshape(states, (rows * new, states.shape[-1]))
    return ops.take(flat, ops.arange(rows, dtype="int32")[:, None] * new + places, axis=0)


def _room(array: KerasTensor, axis: int, copies: int, new: int) -> KerasTensor:
    """Repeat each row of a cache, with place for new tokens."""
    from keras import ops

    shape = list(ops.shape(array))
    shape[axis] = new
    longer = ops.concatenate([array, ops.zeros(shape, array.dtype)], axis=axis)
    shape = list(ops.shape(longer))
    spread = ops.broadcast_to(longer[:, None], [shape[0], copies, *shape[1:]])
    return ops.reshape(spread, [shape[0] * copies, *shape[1:]])


def _study(model: CausalLM) -> tuple[Axes, Cache, int, Project | None]:
    """Return the token axis of a model's cache, an empty cache, bytes per token, the projection."""
    from keras import ops, tree

    try:
        ids = ops.reshape(ops.arange(_PROBE) % model.backbone.vocabulary_size, (1, _PROBE))
        cache = model._build_cache(ids)[-1]
        axes = tree.map_structure(_token_axis, cache)
        logits, hidden = model.call_with_cache(ids, cache, 0)[:2]
    except Exception as error:  # model families with another signature or without a cache
        raise InputError(
            f"Expected a causal language model with a cache of keys and values, got "
            f"{type(model).__name__}: {error!s:.200}. Use TransformersLM for it."
        ) from error

    def first(array: KerasTensor, axis: int) -> KerasTensor:
        return array[(slice(None),) * axis + (slice(0, 0),)]

    embed = getattr(model.backbone, "token_embedding", None)
    arrays = tree.flatten(cache)
    token = sum(int(np.prod(array.shape)) * _size(array.dtype) for array in arrays) // _PROBE
    empty = tree.map_structure(first, cache, axes)
    return axes, empty, token, _projection(embed, hidden, logits)


def _token_axis(array: KerasTensor) -> int:
    found = [k for k, size in enumerate(array.shape) if size == _PROBE]
    if len(found) != 1:
        raise ValueError(f"a cache of shape {tuple(array.shape)} for {_PROBE} tokens")
    return found[0]


def _size(dtype: object) -> int:
    import keras

    return {"float64": 8, "float32": 4}.get(keras.backend.standardize_dtype(dtype), 2)


def _projection(embed: Layer | None, hidden: KerasTensor, logits: KerasTensor) -> Project | None:
    """Return the function from states to logits, if it is just the token embedding's."""

    def project(states: KerasTensor) -> KerasTensor:
        return embed(states, reverse=True)  # type: ignore[misc]

    try:
        same = np.allclose(_array(project(hidden)), _array(logits), rtol=1e-5, atol=1e-5)
    except Exception:  # another kind of layer: compute all logits
        return None
    return project if same else None


def _array(tensor: KerasTensor) -> np.ndarray:
    from keras import ops

    return np.asarray(ops.cast(tensor, "float32"))


def _compile(
    function: Callable[..., _T], empty: Cache, axes: Axes, ranks: tuple[int, ...]
) -> Callable[..., _T]:
    """Trace once for all shapes of a cache and of integers. XLA would compile anew for each."""
    import keras

    if keras.backend.backend() != "tensorflow":
        return function
    import tensorflow as tf

    def spec(array: KerasTensor, axis: int) -> tf.TensorSpec:
        shape = [None if k in (0, axis) else n for k, n in enumerate(array.shape)]
        return tf.TensorSpec(shape, array.dtype)

    caches = keras.tree.map_structure(spec, empty, axes)
    others = [tf.TensorSpec([None] * rank, "int32") for rank in ranks]
    return tf.function(function, input_signature=[caches, *others], autograph=False)


def _check(runner: KerasRunner) -> None:
    """See that going on from a cache gives what running all at once gives."""
    ids = np.arange(_PROBE)[None] % runner.n_vocabulary
    targets, lengths = np.ones((1, 1, 1), int), np.array([_PROBE])
    whole = runner.extend(runner.empty(), ids, targets, lengths)[0].item()
    begun = runner.extend(runner.empty(), ids[:, :3], targets, lengths * 0 + 3)[2]
    pieces = runner.extend(begun, ids[:, 3:], targets, lengths - 3)[0].item()
    if not abs(whole - pieces) < (_EXACT if runner.is_exact else _ROUNDED):
        raise InputError(
            f"Expected a model whose cache of keys and values is exact, got "
            f"{type(runner.model).__name__}, which says {whole:.4f} at once and {pieces:.4f} in "
            "two pieces. Use TransformersLM for it."
        )
