"""Load checkpoints as causal language models of keras-hub."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING, Any

from keraswrap._checkpoints.presets import is_preset
from keraswrap._checkpoints.safetensors import Tensor, read_tensors
from keraswrap._checkpoints.source import Source
from keraswrap._optional import require
from keraswrap.exceptions import InputError

if TYPE_CHECKING:
    import keras
    import numpy as np
    from keras_hub.models import CausalLM

__all__ = ["check_source", "load_causal_lm", "why_not"]

# Architecture → keras-hub's converter.
KERAS_KINDS = {
    **{"gpt2": "gpt2", "llama": "llama3", "mistral": "mistral", "mixtral": "mixtral"},
    **{"gemma": "gemma", "gemma2": "gemma", "gemma3_text": "gemma3"},
    **{"qwen2": "qwen", "qwen2_moe": "qwen_moe", "qwen3": "qwen3", "qwen3_moe": "qwen3_moe"},
    **{"smollm3": "smollm3", "gpt_oss": "gpt_oss"},
}
# What keras-hub's nets always compute, whatever the configuration says.
_FIXED: dict[str, dict[str, object]] = {
    "gpt2": {
        "activation_function": "gelu_new",
        "layer_norm_epsilon": 1e-5,
        "scale_attn_by_inverse_layer_idx": False,
        "n_inner": None,
        "tie_word_embeddings": True,
    },
    "llama": {"hidden_act": "silu"},
    "mistral": {"hidden_act": "silu"},
    "qwen2": {"hidden_act": "silu", "use_sliding_window": False},
    "qwen3": {"hidden_act": "silu", "use_sliding_window": False},
}
# Tensors that fill no weight: masks, and tensors that can be derived from others.
_SPARE = ("rotary_emb.inv_freq", ".attn.bias", ".attn.masked_bias", "lm_head.weight")


def why_not(config: Mapping[str, object]) -> str | None:
    """Return why keras-hub cannot load a checkpoint; None if it can.

    Parameters
    ----------
    config : mapping
        Its config.json.

    Examples
    --------
    >>> why_not({"model_type": "opt"})
    "it has no converter for the architecture 'opt'"
    >>> why_not({"model_type": "llama"}) is None
    True
    """
    if is_preset(config):
        return None  # its own
    kind = str(config.get("model_type"))
    if kind not in KERAS_KINDS:
        return f"it has no converter for the architecture {kind!r}"
    for name, value in _FIXED.get(kind, {}).items():
        if config.get(name, value) != value:
            return f"its {kind} computes with {name}={value!r}, not {config[name]!r}"
    scaling = _scaling(config)
    if scaling and (kind != "llama" or scaling.get("rope_type") != "llama3"):
        return f"it has no rotary positions scaled as {scaling.get('rope_type')!r} for {kind}"
    if config.get("quantization_config"):
        return "it converts no quantized weights"
    return None


def check_source(source: Source) -> None:
    """Check that keras-hub can load a checkpoint, by its configuration.

    Raises
    ------
    InputError
    """
    reason = why_not(source.config)
    if reason is not None:
        raise InputError(_refused(source, reason))


def load_causal_lm(source: Source, dtype: str) -> CausalLM:
    """Load a checkpoint with all its weights as a model of keras-hub.

    Parameters
    ----------
    source : Source
        With safetensors weights, or a preset; checked by :func:`check_source`.
    dtype : {"float32", "bfloat16", "float16"}

    Returns
    -------
    keras_hub.models.CausalLM
        Without a preprocessor.

    Raises
    ------
    InputError
        If keras-hub cannot load it completely.
    """
    with _python_random_left_alone():
        if source.is_preset:
            return _load_preset(source.folder, dtype)
        return _convert(source, dtype)


def _convert(source: Source, dtype: str) -> CausalLM:
    name = f"keras_hub.src.utils.transformers.convert_{KERAS_KINDS[source.kind]}"
    converter = require(name, "llm")
    reader = _Reader(read_tensors(source.folder))
    try:
        backbone = converter.backbone_cls(**_arguments(converter, source.config), dtype=dtype)
        converter.convert_weights(backbone, reader, source.config)
    except InputError:
        raise
    except Exception as error:  # weights that do not fit fail in Keras, in many ways
        raise InputError(_refused(source, f"{type(error).__name__}: {error!s:.300}")) from error
    left = sorted(name for name in reader.unread if not name.endswith(_SPARE))
    if left:
        raise InputError(_refused(source, f"it has no place for the weights {left[:4]}"))
    models = require("keras_hub", "llm").models
    find = require("keras_hub.src.utils.preset_utils", "llm").find_subclass
    task = find(source.folder, models.CausalLM, converter.backbone_cls)
    return task(backbone=backbone, preprocessor=None, dtype=dtype)


def _load_preset(folder: str, dtype: str) -> CausalLM:
    models = require("keras_hub", "llm").models
    try:
        return models.CausalLM.from_preset(folder, preprocessor=None, dtype=dtype)
    except Exception as error:  # a broken file fails in h5py, a foreign one in Keras
        raise InputError(
            f"Expected the preset of a causal language model in {folder!r}, got "
            f"{type(error).__name__}: {error!s:.300}. Fetch it again, or choose another."
        ) from error


def _refused(source: Source, reason: str) -> str:
    return (
        f"Expected a checkpoint that keras-hub can load, got {source.folder!r}: {reason}. Use "
        "TransformersLM, which needs PyTorch."
    )


def _scaling(config: Mapping[str, object]) -> Mapping[str, object] | None:
    given = config.get("rope_parameters") or config.get("rope_scaling") or {}
    if not isinstance(given, Mapping) or ("rope_theta" in given and len(given) == 1):
        return None
    kind = given.get("rope_type", given.get("type", "default"))
    return None if kind == "default" else {**given, "rope_type": kind}


def _arguments(converter: ModuleType, config: dict[str, Any]) -> dict[str, object]:
    scaling = _scaling(config)
    said = {**config, "rope_scaling": dict(scaling) if scaling else None}
    said.setdefault("tie_word_embeddings", False)
    said.setdefault("num_key_value_heads", said.get("num_attention_heads"))
    theta = (config.get("rope_parameters") or {}).get("rope_theta", config.get("rope_theta", 1e4))
    said["rope_theta"] = theta
    arguments = dict(converter.convert_backbone_config(said))
    if config["model_type"] == "llama":  # the converter omits it
        arguments["layer_norm_epsilon"] = config.get("rms_norm_eps", 1e-6)
    return arguments


class _Reader:
    """Read tensors by the names that keras-hub's converters use."""

    def __init__(self, tensors: Mapping[str, Tensor]) -> None:
        self._tensors, self.unread = tensors, set(tensors)

    def get_prefixed_key(self, name: str, known: Collection[str]) -> str:
        if name in known:
            return name
        return next((key for key in known if key.endswith("." + name)), name)

    def get_tensor(self, name: str) -> np.ndarray:
        key = self.get_prefixed_key(name, self._tensors)
        self.unread.discard(key)
        return self._tensors[key].read()

    def port_weight(
        self,
        keras_variable: keras.Variable,
        hf_weight_key: str,
        hook_fn: Callable[[np.ndarray, list[int]], np.ndarray] | None = None,
    ) -> None:
        tensor = self.get_tensor(hf_weight_key)
        if hook_fn is not None:
            tensor = hook_fn(tensor, list(keras_variable.shape))
        keras_variable.assign(tensor)


@contextmanager
def _python_random_left_alone() -> Iterator[None]:
    # Keras draws seeds for the initializers of weights that are overwritten anyway.
    state = random.getstate()
    try:
        yield
    finally:
        random.setstate(state)
