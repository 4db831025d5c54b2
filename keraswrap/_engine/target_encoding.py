"""Find which labels a loss or metric takes: class indices or one-hot rows.

Keras chooses between the two only for ``"accuracy"``. Any other metric gets the
labels of the loss, which is a shape error at best and a wrong number at worst.
Here each gets what it takes. For Keras's own this is known; a user's own declares
it by an attribute ``target_encoding``, or is tried on a few rows.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TypeAlias

import keras
import numpy as np

from keraswrap._engine.seeds import reproducible
from keraswrap._engine.serialization import duplicate
from keraswrap._fingerprint import _installed
from keraswrap._targets.head import Head
from keraswrap.exceptions import BuildError, ParameterError

_ENCODINGS = ("index", "one_hot")
Scorer: TypeAlias = "keras.losses.Loss | keras.metrics.Metric | Callable[..., keras.KerasTensor]"


def encoding_of(thing: Scorer, width: int) -> str | None:
    """Find which labels a loss or metric takes, for a net with several output units.

    Parameters
    ----------
    thing : keras.losses.Loss, keras.metrics.Metric or callable
    width : int
        Output units, one per class.

    Returns
    -------
    {'index', 'one_hot'} or None
        None if it takes both, or if that is not certain.

    Raises
    ------
    BuildError
        If a loss or metric of the user's own fails on both.
    ParameterError
        If its ``target_encoding`` is something else.
    """
    said = getattr(thing, "target_encoding", None)
    if said is None:
        return _known(thing) or _tried(thing, width)
    if said not in _ENCODINGS:
        raise ParameterError(
            f"Expected target_encoding of {_name(thing)} to be 'index' or 'one_hot', got {said!r}."
        )
    return str(said)


def encoded(metric: Scorer | str, head: Head | None) -> Scorer | str:
    """Wrap a metric so that it gets labels in its own encoding, if the loss uses another.

    Parameters
    ----------
    metric : keras.metrics.Metric, callable or str
        A metric is changed in place.
    head : Head or None
        None for a regression.

    Returns
    -------
    keras.metrics.Metric or callable
        With the same name.

    Raises
    ------
    BuildError, ParameterError
        As from `encoding_of`.
    """
    by_shape = metric is None or str(metric).lower() in ("accuracy", "acc")
    if by_shape or head is None or head.target not in _ENCODINGS:
        return metric
    if isinstance(metric, str):
        metric, name = keras.metrics.get(metric), metric
        metric.name = name
    taken = encoding_of(metric, head.width)
    if taken is None or taken == head.target:
        return metric
    convert = _to_one_hot(head.width) if taken == "one_hot" else _to_index
    if not isinstance(metric, keras.metrics.Metric):
        return functools.wraps(metric)(lambda labels, scores: metric(convert(labels), scores))
    update = metric.update_state
    metric.update_state = lambda labels, *scores, **more: update(convert(labels), *scores, **more)
    return metric


def _to_one_hot(width: int) -> Callable[[keras.KerasTensor], keras.KerasTensor]:
    return lambda labels: keras.ops.one_hot(
        keras.ops.cast(keras.ops.reshape(labels, (-1,)), "int32"), width, dtype="float32"
    )


def _to_index(labels: keras.KerasTensor) -> keras.KerasTensor:
    return keras.ops.argmax(labels, axis=-1)


def _known(thing: Scorer) -> str | None:
    """Return the known encoding of a Keras function or metric, or of a metric derived from one."""
    if not isinstance(thing, keras.metrics.Metric):
        own = _installed(thing) and hasattr(thing, "__name__")
        return _by_name(thing.__name__) if own else None
    counts = next(kind for kind in type(thing).__mro__ if "update_state" in vars(kind))
    # A mean may wrap any function; in a class of Keras it wraps one of Keras's.
    named = next(kind for kind in type(thing).__mro__ if _installed(kind))
    if not _installed(counts) or named.__name__ in ("Metric", "Mean", "Sum", "MeanMetricWrapper"):
        return None
    if getattr(thing, "sparse_y_true", False) and not isinstance(thing, keras.metrics.BinaryIoU):
        return "index"
    return _by_name(named.__name__)


def _by_name(name: str) -> str:
    return "index" if name.lower().startswith("sparse") else "one_hot"


def _tried(thing: Scorer, width: int) -> str | None:
    """Try both on more rows than there are classes, so that no shape fits by accident."""
    index, scores = _rows(width)
    forms = {"index": index, "one_hot": np.eye(width, dtype="float32")[index]}
    failed: Exception | None = None
    ran = []
    for encoding, labels in forms.items():
        try:
            with reproducible(0, strict=False):
                results = [
                    _run(thing, np.roll(labels, by, 0), np.roll(scores, by, 0)) for by in range(4)
                ]
        except Exception as error:  # code of the user's own may fail in any way
            failed = failed or error
            continue
        ran.append(encoding)
        # A result must not depend on the order of rows. If it does, the largest number was taken
        # over a column instead of a row, or something similar.
        if all(_alike(results[0], result) for result in results[1:]):
            return encoding
    if not ran:
        raise BuildError(
            f"{_name(thing)} failed both on class indices, of shape (n,), and on one-hot labels, "
            f"of shape (n, {width}): {failed}. If it accepts one of them, declare which: "
            f"{_name(thing)}.target_encoding = 'one_hot' (or 'index')."
        ) from failed
    return ran[0] if len(ran) == 1 else None


def _rows(width: int) -> tuple[np.ndarray, np.ndarray]:
    n = 2 * width + 3
    index = np.arange(n, dtype="int32") % max(width - 1, 1)
    index[0] = width - 1  # once, so that its place is that of the largest
    scores = np.random.default_rng(0).uniform(0.1, 0.2, (n, width)).astype("float32")
    likely = np.minimum(np.arange(n) // 2, width - 1)
    likely[:3] = 0  # no two of the first classes are likeliest equally often
    scores[np.arange(n), likely] += 1.0
    return index, scores / scores.sum(axis=1, keepdims=True)


def _run(thing: Scorer, labels: np.ndarray, scores: np.ndarray) -> list[np.ndarray]:
    given = keras.ops.convert_to_tensor(labels), keras.ops.convert_to_tensor(scores)
    if not isinstance(thing, keras.metrics.Metric):
        return [np.mean(keras.ops.convert_to_numpy(thing(*given)))]
    apart = duplicate(thing)  # it may add variables when first called, and must not keep them
    apart.update_state(*given)
    return [keras.ops.convert_to_numpy(each) for each in keras.tree.flatten(apart.result())]


def _alike(one: list[np.ndarray], other: list[np.ndarray]) -> bool:
    return len(one) == len(other) and all(
        np.shape(a) == np.shape(b) and np.allclose(a, b, rtol=1e-4, atol=1e-6, equal_nan=True)
        for a, b in zip(one, other, strict=True)
    )


def _name(thing: object) -> str:
    return str(getattr(thing, "__name__", None) or getattr(thing, "name", type(thing).__name__))
