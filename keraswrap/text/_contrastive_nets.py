"""Build the two nets of a contrastive fit: one that compares texts, and one that classifies them.

The second is the first with two more layers, so that it takes its weights over.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from keraswrap.text._build_functions import build_text_encoder, check_positions, units

if TYPE_CHECKING:
    import keras


def build_compared_encoder(
    encoder: str,
    pooling: str = "mean",
    dropout: float = 0.1,
    trainable: str = "all",
    meta: Mapping[str, object] | None = None,
) -> keras.Model:
    """Build a net from token ids to a vector that is trained by comparison with others.

    Parameters
    ----------
    encoder, pooling, trainable
        As for :func:`~keraswrap.text.build_text_encoder`.
    dropout : float in [0, 1), default=0.1
        Dropout rate of the vector.
    meta : mapping, optional
        What is known about the data.

    Returns
    -------
    keras.Model
        From int32 ids of shape (n, length) to vectors of shape (n, hidden).

    Raises
    ------
    ParameterError, InputError
        As for :func:`~keraswrap.text.build_text_classifier`.
    """
    import keras

    check_positions(encoder, meta)
    body = build_text_encoder(encoder, pooling, trainable)
    return keras.Model(body.input, keras.layers.Dropout(dropout)(body.output))


def build_unit_vector_classifier(
    encoder: str,
    n_classes: int | None = None,
    pooling: str = "mean",
    dropout: float = 0.1,
    trainable: str = "all",
    meta: Mapping[str, object] | None = None,
) -> keras.Model:
    """Build a net from token ids to a score for each class, from vectors of length 1.

    Parameters
    ----------
    encoder, pooling, dropout, trainable, meta
        As for `build_compared_encoder`.
    n_classes : int, optional
        Output units; by default the number of classes or columns of y.

    Returns
    -------
    keras.Model
        From int32 ids of shape (n, length) to logits of shape (n, n_classes). Its last two
        variables are the kernel and the bias of the last layer, the others are those of
        `build_compared_encoder`.

    Raises
    ------
    ParameterError, InputError
        As for `build_compared_encoder`.
    """
    import keras

    n_classes = units(n_classes, meta, "n_classes_")
    body = build_compared_encoder(encoder, pooling, dropout, trainable, meta)
    # Few numbers, on which probabilities depend: always in full precision.
    vectors = keras.layers.UnitNormalization(dtype="float32")(body.output)
    return keras.Model(body.input, keras.layers.Dense(n_classes, dtype="float32")(vectors))
