"""Fields of an architecture's record."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from keraswrap.text.architectures._slots import Slot, dense_slots

if TYPE_CHECKING:
    import keras

    from keraswrap.text._checkpoint import Checkpoint

Settings = Mapping[str, Any]
# A requirement on a checkpoint: whether it holds, what was expected, and what came.
Demand = tuple[bool, str, object]
MakeBlock = Callable[..., "keras.Layer"]
# Inputs of a net, by name: token_ids, padding_mask and, with segments, segment_ids.
Inputs = dict[str, "keras.KerasTensor"]

# Keras's names for what config.json calls an activation. Each has the one name under which Keras
# keeps it in a net's configuration.
TANH_GELU = "keras_hub>gelu_approximate"
ACTIVATIONS = {"gelu": "gelu", "gelu_python": "gelu", "relu": "relu"} | {
    **{"silu": "silu", "swish": "silu", "tanh": "tanh"},
    **dict.fromkeys(("gelu_new", "gelu_fast", "gelu_pytorch_tanh", "gelu_accurate"), TANH_GELU),
}

# Defaults of transformers for missing settings (its configuration_*.py, 5.23).
BERT_DEFAULTS: Settings = {
    **{"vocab_size": 30522, "hidden_size": 768, "num_hidden_layers": 12},
    **{"num_attention_heads": 12, "intermediate_size": 3072, "type_vocab_size": 2},
    **{"max_position_embeddings": 512, "layer_norm_eps": 1e-12, "pad_token_id": 0},
    **{"hidden_act": "gelu", "hidden_dropout_prob": 0.1},
}

# The names of a backbone's arguments in keras-hub, by those in transformers' config.json.
BACKBONE_ARGUMENTS = {
    **{"vocab_size": "vocabulary_size", "num_hidden_layers": "num_layers"},
    **{"num_attention_heads": "num_heads", "hidden_size": "hidden_dim"},
    **{"intermediate_size": "intermediate_dim", "hidden_dropout_prob": "dropout"},
    **{"max_position_embeddings": "max_sequence_length", "type_vocab_size": "num_segments"},
}


@dataclass(frozen=True)
class Head:
    """How a classification head is built, and what its tensors are called.

    Parameters
    ----------
    pooling : {"pooler", "cls", "mean"}
        What it takes: the pooler's output, the state of the first token, or the
        mean state of all.
    inner : str, optional
        The dense layer before the last one.
    activation : str, optional
        What config.json would call the activation after `inner`.
    norm : str, optional
        A layer norm after that.
    inner_bias, norm_bias : bool, default=True
        Whether these have a bias.
    outer : str, default="classifier"
        The last layer.
    drops_first : bool, default=False
        Whether dropout comes before `inner` too.
    """

    pooling: str
    inner: str | None = None
    activation: str | None = None
    norm: str | None = None
    inner_bias: bool = True
    norm_bias: bool = True
    outer: str = "classifier"
    drops_first: bool = False


@dataclass(frozen=True)
class Preset:
    """keras-hub's class for an architecture, and what its directories hold.

    Parameters
    ----------
    backbone : str
        The class in ``keras_hub.models``.
    assets : dict of str to str
        The files of its tokenizer, with transformers' names for them.
    computes : dict
        What the class computes whatever the checkpoint said, by BERT's settings.
    arguments : dict of str to str
        The names of its arguments, by the record's settings, that differ from
        ``BACKBONE_ARGUMENTS`` or come in addition to them.
    renames : dict of str to str
        Where its layers are called otherwise than in our net: regular expressions for
        the beginning of a weight's path, and what stands there in our net.
    pad_id : int, optional
        The id that means padding; by default where ``[PAD]`` stands in
        vocabulary.txt.
    has_pooler : bool, default=False
        Whether the class has a pooler.
    """

    backbone: str
    assets: Mapping[str, str]
    computes: Settings
    arguments: Mapping[str, str] = field(default_factory=dict)
    renames: Mapping[str, str] = field(default_factory=dict)
    pad_id: int | None = None
    has_pooler: bool = False

    @property
    def all_arguments(self) -> dict[str, str]:
        """The names of all its arguments, by the record's settings."""
        return {**BACKBONE_ARGUMENTS, **self.arguments}

    def rename(self, path: str) -> str:
        """Return what our net calls a weight that the class calls `path`."""
        for theirs, ours in self.renames.items():
            path = re.sub(f"^{theirs}", ours, path)
        return path


def block_names(checkpoint: Checkpoint) -> list[str]:
    """Name the blocks of a net that has one for each layer."""
    return [f"transformer_layer_{number}" for number in range(checkpoint.n_layers)]


@dataclass(frozen=True, kw_only=True)
class Architecture:
    """All that is known of one architecture.

    Parameters
    ----------
    kind : str
        ``model_type`` in config.json.
    defaults : dict
        Every setting that is read, under BERT's name for it where BERT has it,
        with what transformers takes where config.json is silent. The default
        says of which type the setting is; an empty one follows from others.
    names : dict of str to str
        Its own names for BERT's settings, where they differ.
    fixed : dict
        Settings that are not read from config.json.
    words : str
        The table of token embeddings, by which the encoder is found.
    parts : tuple of str
        First parts of the names of tensors that decide what the encoder
        computes. One more of them than `slots` knows is refused.
    slots : callable
        From a checkpoint to its tensors and the weights that they fill, the
        pooler aside.
    encode : callable
        From a checkpoint, the net's inputs and what makes a block to the states
        of all tokens: draws the net, with zeros for weights.
    block_names : callable
        From a checkpoint to the names of the net's blocks, the first one first.
    lora_targets : callable
        From a block to the dense layers that low-rank additions go to.
    demands : callable
        From settings to what they must fulfil; what they do not is refused.
    segments : bool, default=False
        Whether the net reads which of two texts a token is of.
    counts_from_pad : bool, default=False
        Whether the first token's position is the row after the pad id's.
    pooler : str, optional
        The dense layer over the first token's state.
    head : callable
        From a checkpoint to how its classification head is built.
    head_dropout : tuple of str
        Settings that say the head's dropout; the first that is there counts.
    tokenizer : {"wordpiece", "bytes", "pieces"}
        What its tokenizer cuts texts into: WordPiece, BPE over bytes, or
        sentencepiece.
    preset : Preset, optional
        keras-hub's class for it, whose presets can be read.
    """

    kind: str
    defaults: Settings
    slots: Callable[[Checkpoint], list[Slot]]
    encode: Callable[[Checkpoint, Inputs, MakeBlock | None], keras.KerasTensor]
    head: Callable[[Checkpoint], Head]
    tokenizer: str
    lora_targets: Callable[[keras.Layer], Sequence[keras.Layer]]
    names: Mapping[str, str] = field(default_factory=dict)
    fixed: Settings = field(default_factory=dict)
    words: str = "embeddings.word_embeddings.weight"
    parts: tuple[str, ...] = ("embeddings", "encoder")
    block_names: Callable[[Checkpoint], list[str]] = block_names
    demands: Callable[[Settings], Sequence[Demand]] = lambda settings: ()
    segments: bool = False
    counts_from_pad: bool = False
    pooler: str | None = None
    head_dropout: tuple[str, ...] = ("classifier_dropout", "hidden_dropout_prob")
    preset: Preset | None = None

    def all_slots(self, checkpoint: Checkpoint) -> list[Slot]:
        """List the tensors of a checkpoint's encoder, its pooler included if it has one."""
        width = checkpoint.hidden_size
        pooler = checkpoint.has_pooler and self.pooler
        top = dense_slots(pooler, width, width, "pooled_dense") if pooler else []
        return self.slots(checkpoint) + top
