"""Keras layers for nets used with scikit-learn.

They are registered by name, so files and models contain them without code.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import keras

from keraswrap import _blocks  # noqa: F401 - so that files with them load

__all__ = ["OrderedLogits", "PaddingMask", "SegmentIds", "gelu"]


@keras.saving.register_keras_serializable("keraswrap")
class OrderedLogits(keras.Layer):
    """The last layer of a net for ordered classes: one direction, and k - 1 thresholds on it.

    Output j is the logit that a row is of a higher class than the j-th. All have
    the same weights and a bias of their own [1]_. For wrappers with
    ``target="ordered"``.

    Parameters
    ----------
    n_classes : int, at least 2
    **kwargs
        ``name`` and ``dtype``, as for any layer.

    References
    ----------
    .. [1] Cao et al., "Rank Consistent Ordinal Regression for Neural Networks with
       Application to Age Estimation", Pattern Recognition Letters, 2020.

    Examples
    --------
    >>> import numpy as np
    >>> tuple(OrderedLogits(4)(np.zeros((2, 8))).shape)
    (2, 3)
    """

    def __init__(self, n_classes: int, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.n_classes = int(n_classes)
        if self.n_classes < 2:
            raise ValueError(f"Expected n_classes of at least 2, got {n_classes!r}.")

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Create the weights, and biases by which every class is as likely."""
        higher = [1 - j / self.n_classes for j in range(1, self.n_classes)]
        logits = [math.log(share / (1 - share)) for share in higher]
        self.kernel = self.add_weight(shape=(input_shape[-1], 1), name="kernel")
        self.bias = self.add_weight(
            shape=(self.n_classes - 1,),
            initializer=lambda shape, dtype=None: keras.ops.convert_to_tensor(logits, dtype),
            name="bias",
        )

    def call(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        """Return logits of shape (n, n_classes - 1)."""
        return keras.ops.matmul(inputs, self.kernel) + self.bias

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return the shape of what `call` returns."""
        return (*input_shape[:-1], self.n_classes - 1)

    def get_config(self) -> dict[str, object]:
        """Return what the layer is made again from."""
        return {**super().get_config(), "n_classes": self.n_classes}


@keras.saving.register_keras_serializable("keraswrap")
class PaddingMask(keras.Layer):
    """The mask of rows of token ids: 1 for a token, 0 for padding.

    It also tells the wrappers what padding is. If a net reads variable-length ids,
    ``keras.Input((None,), dtype="int32")``, through this layer, batches consist of rows
    of similar length and are trimmed to the longest of them. Everything else of the
    same length that the net needs (segments, positions) must be derived from the ids.

    Parameters
    ----------
    pad_id : int, default=0
        The padding id at the end of rows.
    **kwargs
        ``name`` and ``dtype``, as for any layer.

    Examples
    --------
    >>> import numpy as np
    >>> np.asarray(PaddingMask(pad_id=0)(np.array([[5, 7, 0]]))).tolist()
    [[1, 1, 0]]
    """

    def __init__(self, pad_id: int = 0, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.pad_id = int(pad_id)

    def call(self, ids: keras.KerasTensor) -> keras.KerasTensor:
        """Return int32 zeros and ones of the shape of `ids`."""
        return keras.ops.cast(keras.ops.not_equal(ids, self.pad_id), "int32")

    def compute_output_spec(self, ids: keras.KerasTensor) -> keras.KerasTensor:
        """Return the shape and dtype of the output of `call`."""
        return keras.KerasTensor(ids.shape, dtype="int32")

    def get_config(self) -> dict[str, object]:
        """Return the configuration from which the layer can be rebuilt."""
        return {**super().get_config(), "pad_id": self.pad_id}


@keras.saving.register_keras_serializable("keraswrap")
class SegmentIds(keras.Layer):
    """The text that each token of a row belongs to: 0 for the first, 1 for the second.

    The first text ends with the first separator, so only the ids are needed, and rows
    can be sliced and trimmed.

    Parameters
    ----------
    separator : int or None
        The id between two texts; None for all zeros.
    pad_id : int, default=0
        The padding id at the end of rows, which belongs to segment 0.
    **kwargs
        ``name`` and ``dtype``, as for any layer.

    Examples
    --------
    >>> import numpy as np
    >>> np.asarray(SegmentIds(separator=3)(np.array([[2, 7, 3, 8, 3, 0]]))).tolist()
    [[0, 0, 0, 1, 1, 0]]
    """

    def __init__(self, separator: int | None, pad_id: int = 0, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.separator = None if separator is None else int(separator)
        self.pad_id = int(pad_id)

    def call(self, ids: keras.KerasTensor) -> keras.KerasTensor:
        """Return int32 zeros and ones of the shape of `ids`."""
        if self.separator is None:
            return keras.ops.zeros_like(ids, dtype="int32")
        found = keras.ops.cast(keras.ops.equal(ids, self.separator), "int32")
        before = keras.ops.cumsum(found, axis=1) - found
        token = keras.ops.cast(keras.ops.not_equal(ids, self.pad_id), "int32")
        return keras.ops.minimum(before, 1) * token

    def compute_output_spec(self, ids: keras.KerasTensor) -> keras.KerasTensor:
        """Return the shape and dtype of the output of `call`."""
        return keras.KerasTensor(ids.shape, dtype="int32")

    def get_config(self) -> dict[str, object]:
        """Return the configuration from which the layer can be rebuilt."""
        return {**super().get_config(), "separator": self.separator, "pad_id": self.pad_id}


@keras.saving.register_keras_serializable("keraswrap")
def gelu(x: keras.KerasTensor) -> keras.KerasTensor:
    """Compute the exact Gaussian error linear unit, in few passes and never in 16 bits.

    The same function as ``keras.activations.gelu``, which computes ``erfc`` in the
    dtype of its input; in bfloat16 that takes a third of a small BERT's prediction
    time. This one computes ``erf`` in float32 and reuses intermediate results for the
    gradient.

    Parameters
    ----------
    x : tensor of floats

    Returns
    -------
    tensor
        ``x * P(Z <= x)`` for a standard normal Z, of the shape and dtype of `x`.

    Examples
    --------
    >>> import numpy as np
    >>> np.asarray(gelu(np.array([-1.0, 0.0, 1.0], "float32"))).round(4).tolist()
    [-0.1587..., 0.0, 0.8413...]
    """
    if keras.backend.backend() == "tensorflow":
        return _tensorflow_gelu(x)
    wide = _widened(x)
    return keras.ops.cast(wide * _normal_below(wide, keras.ops.erf), x.dtype)


def _widened(x: keras.KerasTensor) -> keras.KerasTensor:
    double = keras.backend.standardize_dtype(x.dtype) == "float64"
    return keras.ops.cast(x, "float64" if double else "float32")


def _normal_below(
    x: keras.KerasTensor, erf: Callable[[keras.KerasTensor], keras.KerasTensor]
) -> keras.KerasTensor:
    """Return the share of the standard normal distribution below `x`."""
    return 0.5 * erf(x * math.sqrt(0.5)) + 0.5


def _tensorflow_gelu(x: keras.KerasTensor) -> keras.KerasTensor:
    import tensorflow as tf

    @tf.custom_gradient
    def compute(x: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
        wide = _widened(x)
        below = _normal_below(wide, tf.math.erf)

        def gradient(upstream: tf.Tensor) -> tf.Tensor:
            with tf.name_scope("gelu"):  # where profiles look for it
                density = tf.exp(tf.square(wide) * -0.5) * (0.5 * math.sqrt(2 / math.pi))
                slope = below + wide * density
                return tf.cast(tf.cast(upstream, wide.dtype) * slope, x.dtype)

        return tf.cast(wide * below, x.dtype), gradient

    return compute(tf.convert_to_tensor(x))
