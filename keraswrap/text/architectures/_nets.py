"""Parts of nets that architectures share, drawn from keras-hub's layers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from keraswrap._optional import require

if TYPE_CHECKING:
    import keras

    from keraswrap.text._checkpoint import Checkpoint
    from keraswrap.text.architectures._record import Inputs, MakeBlock


def encode_as_bert(
    checkpoint: Checkpoint, inputs: Inputs, make_block: MakeBlock | None
) -> keras.KerasTensor:
    """Draw embeddings, and one of keras-hub's blocks for each layer."""
    return stack(checkpoint, inputs, embed(checkpoint, inputs), make_block)


def stack(
    checkpoint: Checkpoint, inputs: Inputs, states: keras.KerasTensor, make_block: MakeBlock | None
) -> keras.KerasTensor:
    """Draw one of keras-hub's blocks for each layer."""
    for block in make_blocks(checkpoint, make_block).values():
        states = block(states, padding_mask=inputs["padding_mask"])
    return states


def embed(checkpoint: Checkpoint, inputs: Inputs) -> keras.KerasTensor:
    """Draw the sum of token, position and segment embeddings, normed."""
    import keras

    tokens = embed_tokens(checkpoint, inputs)
    positions = require("keras_hub", "text").layers.PositionEmbedding(
        checkpoint.n_positions, initializer="zeros", name="position_embedding"
    )(tokens)
    parts = [tokens, positions]
    if "segment_ids" in inputs:
        table = keras.layers.Embedding(
            checkpoint.n_segments, checkpoint.embedding_size, "zeros", name="segment_embedding"
        )
        parts.append(table(inputs["segment_ids"]))
    return norm_embeddings(checkpoint, keras.layers.Add(name="embeddings_add")(parts))


def embed_tokens(checkpoint: Checkpoint, inputs: Inputs) -> keras.KerasTensor:
    """Draw the table of token embeddings."""
    import keras

    return keras.layers.Embedding(
        checkpoint.vocabulary_size, checkpoint.embedding_size, "zeros", name="token_embedding"
    )(inputs["token_ids"])


def norm_embeddings(
    checkpoint: Checkpoint, states: keras.KerasTensor, bias: bool = True
) -> keras.KerasTensor:
    """Draw the layer norm and the dropout over embeddings."""
    import keras

    states = keras.layers.LayerNormalization(
        epsilon=checkpoint.epsilon, center=bias, name="embeddings_layer_norm"
    )(states)
    return keras.layers.Dropout(checkpoint.dropout, name="embeddings_dropout")(states)


def dense(checkpoint: Checkpoint, name: str, activation: str | None = None) -> keras.Layer:
    """Make a dense layer as wide as the net."""
    import keras

    return keras.layers.Dense(
        checkpoint.hidden_size, activation=activation, kernel_initializer="zeros", name=name
    )


def make_blocks(
    checkpoint: Checkpoint, make_block: MakeBlock | None = None, **settings: object
) -> dict[str, keras.Layer]:
    """Make a net's blocks, by name, with zeros for weights.

    Parameters
    ----------
    make_block : callable, optional
        What makes a block; by default ``keras_hub.layers.TransformerEncoder``.
    **settings
        Arguments of it beside those of every block.
    """
    make = make_block or require("keras_hub", "text").layers.TransformerEncoder
    settings = block_settings(checkpoint) | settings
    names = checkpoint.architecture.block_names(checkpoint)
    return {name: make(name=name, **settings) for name in names}


def block_settings(checkpoint: Checkpoint) -> dict[str, object]:
    """Return the arguments of every block of a net."""
    return {
        "intermediate_dim": checkpoint.intermediate_size,
        "num_heads": checkpoint.n_heads,
        "dropout": checkpoint.dropout,
        "activation": activation_of(checkpoint.activation),
        "layer_norm_epsilon": checkpoint.epsilon,
        "kernel_initializer": "zeros",  # they are filled later, so nothing is drawn
    }


def activation_of(name: str) -> Callable[[keras.KerasTensor], keras.KerasTensor]:
    """Return an activation by the name that Keras has for it."""
    import keras

    from keraswrap.layers import gelu

    known = keras.saving.get_registered_object(name)  # keras-hub's own
    return gelu if name == "gelu" else known or keras.activations.get(name)


def attention_denses(block: keras.Layer) -> tuple[keras.Layer, keras.Layer]:
    """Return the dense layers for queries and values of one of keras-hub's blocks."""
    attention = block._self_attention_layer
    return attention.query_dense, attention.value_dense


def own_denses(block: keras.Layer) -> tuple[keras.Layer, keras.Layer]:
    """Return the dense layers for queries and values of one of keraswrap's own blocks."""
    return block.query_dense, block.value_dense
