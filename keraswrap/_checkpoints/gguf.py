"""Convert llama.cpp's GGUF files to checkpoint directories as transformers writes them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from keraswrap._checkpoints.files import is_whole, settle
from keraswrap._checkpoints.fingerprints import hash_file
from keraswrap._checkpoints.gguf_tokenizer import tokenizer_settings, write_tokenizer
from keraswrap._download import cache_home, scratch
from keraswrap._optional import require
from keraswrap.exceptions import InputError, ParameterError, SavedFileError

if TYPE_CHECKING:
    from types import ModuleType

    from gguf.gguf_reader import ReaderTensor

    from keraswrap._checkpoints.files import JsonObject

_MAGIC = b"GGUF"
_WRITTEN_LAST = ("config.json",)
# Architecture → transformers' class. All use the same tensor names.
_CLASSES = {
    "llama": "LlamaForCausalLM",
    "qwen2": "Qwen2ForCausalLM",
    "qwen3": "Qwen3ForCausalLM",
}
# Of these, llama.cpp interleaves the two halves of each head.
_PAIRED = ("llama",)
_OUTSIDE = {
    "token_embd": "model.embed_tokens",
    "output_norm": "model.norm",
    "output": "lm_head",
}
_INSIDE = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_q_norm": "self_attn.q_norm",
    "attn_k_norm": "self_attn.k_norm",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}


def is_gguf(path: str | os.PathLike[str]) -> bool:
    """Return whether a path is that of a GGUF file, by its name or its first bytes.

    Examples
    --------
    >>> is_gguf("no-such-model.gguf"), is_gguf("no-such-folder")
    (True, False)
    """
    if str(path).lower().endswith(".gguf"):
        return True
    if not Path(path).is_file():
        return False
    with open(path, "rb") as file:
        return file.read(4) == _MAGIC


# The divisors of the rotary frequencies.
_FREQUENCIES = "rope_freqs.weight"
# The scaling of Llama 3.1 to 3.3, except for the factor.
_LLAMA3 = {
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 8192,
}
_SCALED = (
    "Expected a GGUF file without scaled rotary positions, or with those of Llama 3, got one with "
    "others: '{}'. Pass the original checkpoint directory, or its name on a hub."
)


def convert_gguf(
    path: str | os.PathLike[str], data_home: str | os.PathLike[str] | None = None
) -> str:
    """Convert a GGUF file to a checkpoint that keras-hub and transformers can load.

    Each file is converted once: the result stays in the cache folder under the file's
    hash. Sizes, heads, rotary settings, vocabulary and chat template are taken from the
    file; weights are dequantized to float32.

    Parameters
    ----------
    path : str or path
        A file of architecture llama, qwen2 or qwen3, with a tokenizer of
        SentencePiece or a byte-level BPE.
    data_home : path, default=None
        The cache folder. By default ``$KERASWRAP_HOME``, or ``keraswrap`` in
        the user's cache folder.

    Returns
    -------
    str
        A directory with config.json, model.safetensors, tokenizer.json and
        tokenizer_config.json.

    Raises
    ------
    ParameterError
        If the file does not exist.
    SavedFileError
        If it is corrupt, truncated or not a GGUF file, or its architecture or tokenizer
        is not supported.
    MissingExtraError
        If the package gguf is not installed.
    DownloadError
        If the cache folder is not writable.
    """
    file = Path(path).absolute()
    if not file.is_file():
        raise ParameterError(
            f"Expected an existing GGUF file, got {str(path)!r}. Check the path and the working "
            "directory."
        )
    home = cache_home(data_home)
    target = home / f"gguf-{hash_file(file).hex()[:24]}"
    if not is_whole(target, _WRITTEN_LAST):
        with scratch(home) as part:
            _convert(file, part / "model")
            settle(part / "model", target, _WRITTEN_LAST)
    return str(target)


def _convert(file: Path, folder: Path) -> None:
    gguf = require("gguf", "llm")
    safetensors = require("safetensors.numpy", "llm")
    try:
        reader = gguf.GGUFReader(str(file))
        about = {name: field.contents() for name, field in reader.fields.items()}
        said = tokenizer_settings(about, file)
        config = _config(about, said, {tensor.name for tensor in reader.tensors}, file)
        config["rope_parameters"] |= _scaling(reader.tensors, config, gguf, file)
        tensors = {}
        for tensor in reader.tensors:
            if tensor.name != _FREQUENCIES:
                tensors[_name(tensor.name)] = _array(tensor, gguf, config)
        folder.mkdir()
        write_tokenizer(said, about.get("tokenizer.chat_template"), folder)
        safetensors.save_file(tensors, folder / "model.safetensors", {"format": "pt"})
        (folder / "config.json").write_text(json.dumps(config, indent=1), encoding="utf-8")
    except (InputError, OSError):
        raise
    except Exception as error:  # the reader fails on broken files in many ways
        raise SavedFileError(
            f"Expected a complete GGUF file, got {str(file)!r}, which is corrupt, truncated or "
            f"something else: {type(error).__name__}: {error!s:.200}. Fetch it again."
        ) from error


def _config(about: JsonObject, said: JsonObject, tensors: set[str], file: Path) -> JsonObject:
    kind = about["general.architecture"]
    if kind not in _CLASSES:
        raise SavedFileError(
            f"Expected a GGUF file of architecture {', '.join(_CLASSES)}, got {kind!r} in "
            f"{str(file)!r}. Pass the original checkpoint directory, or its name on a hub."
        )
    if about.get(f"{kind}.rope.scaling.type", "none") != "none":
        raise SavedFileError(_SCALED.format(file))
    heads = about[f"{kind}.attention.head_count"]
    width = about[f"{kind}.embedding_length"]
    theta = float(about.get(f"{kind}.rope.freq_base", 10000.0))
    return {
        "architectures": [_CLASSES[kind]],
        "model_type": kind,
        "vocab_size": len(said["tokens"]),
        "hidden_size": width,
        "intermediate_size": about[f"{kind}.feed_forward_length"],
        "num_hidden_layers": about[f"{kind}.block_count"],
        "num_attention_heads": heads,
        "num_key_value_heads": about.get(f"{kind}.attention.head_count_kv", heads),
        "head_dim": about.get(f"{kind}.attention.key_length", width // heads),
        "max_position_embeddings": about[f"{kind}.context_length"],
        # Stored as float32: the shortest decimal that rounds to it is what was meant.
        "rms_norm_eps": float(str(np.float32(about[f"{kind}.attention.layer_norm_rms_epsilon"]))),
        "rope_theta": theta,
        "rope_parameters": {"rope_type": "default", "rope_theta": theta},
        "hidden_act": "silu",
        "attention_bias": False,
        "use_sliding_window": False,
        "sliding_window": None,
        "tie_word_embeddings": "output.weight" not in tensors,
        "bos_token_id": said.get("bos_token_id"),
        "eos_token_id": said.get("eos_token_id"),
        "dtype": "float32",
    }


def _scaling(
    tensors: Iterable[ReaderTensor], config: JsonObject, gguf: ModuleType, file: Path
) -> dict[str, float | str]:
    """Return the scaling of rotary positions that the divisors in a file stand for."""
    found = next((tensor for tensor in tensors if tensor.name == _FREQUENCIES), None)
    if found is None:
        return {}
    divisors = gguf.quants.dequantize(found.data, found.tensor_type).astype("float64").ravel()
    factor = float(divisors.max())
    expected = llama3_divisors(config["rope_theta"], config["head_dim"], factor)
    if divisors.shape != expected.shape or not np.allclose(divisors, expected, rtol=1e-4):
        raise SavedFileError(_SCALED.format(file))
    return {"rope_type": "llama3", "factor": factor, **_LLAMA3}


def llama3_divisors(theta: float, width: int, factor: float) -> np.ndarray:
    """Return the divisors of the frequencies of a head `width` wide, for Llama 3.1 and later.

    The lowest frequencies are divided by `factor`, the highest by 1.

    Examples
    --------
    >>> llama3_divisors(5e5, 8, 8.0).round(2).tolist()
    [1.0, 1.0, 2.69, 8.0]
    """
    turns = theta ** (-np.arange(0, width, 2) / width) / (2 * np.pi)  # a token
    low, high = _LLAMA3["low_freq_factor"], _LLAMA3["high_freq_factor"]
    seen = _LLAMA3["original_max_position_embeddings"] * turns
    kept = np.clip((seen - low) / (high - low), 0.0, 1.0)
    return 1.0 / ((1.0 - kept) / factor + kept)


def _array(tensor: ReaderTensor, gguf: ModuleType, config: JsonObject) -> np.ndarray:
    array = gguf.quants.dequantize(tensor.data, tensor.tensor_type).astype("float32")
    array = np.ascontiguousarray(array.reshape(tuple(int(n) for n in tensor.shape[::-1])))
    heads = {
        "attn_q": config["num_attention_heads"],
        "attn_k": config["num_key_value_heads"],
    }.get(tensor.name.split(".")[-2])
    if heads and config["model_type"] in _PAIRED:
        return unpair(array, heads)
    return array


def _name(name: str) -> str:
    stem, _, kind = name.rpartition(".")  # weight or bias
    if stem in _OUTSIDE:
        return f"{_OUTSIDE[stem]}.{kind}"
    block, number, part = stem.split(".")
    if block != "blk" or part not in _INSIDE:
        raise ValueError(f"an unknown tensor {stem!r}")
    return f"model.layers.{int(number)}.{_INSIDE[part]}.{kind}"


def unpair(array: np.ndarray, heads: int) -> np.ndarray:
    """Undo how llama.cpp interleaves the two halves of each head.

    Examples
    --------
    >>> unpair(np.array([0, 2, 1, 3]), heads=1).tolist()
    [0, 1, 2, 3]
    """
    pairs = array.reshape(heads, array.shape[0] // heads // 2, 2, *array.shape[1:])
    return np.ascontiguousarray(pairs.swapaxes(1, 2).reshape(array.shape))
