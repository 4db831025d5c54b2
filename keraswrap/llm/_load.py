"""Load a language model by its name, with a backend that can load it."""

from __future__ import annotations

import importlib.util
import os
from typing import TYPE_CHECKING, cast

from keraswrap._checkpoints.locate import check_name
from keraswrap._checkpoints.source import find_source, lasting_name
from keraswrap.exceptions import InputError, InputTypeError, ParameterError
from keraswrap.llm._protocol import LanguageModel, check_language_model, is_language_model
from keraswrap.llm.local._keras_converter import why_not
from keraswrap.llm.local._keras_hub import KerasHubLM
from keraswrap.llm.local._live_models import key_of, models, one_per_process
from keraswrap.llm.local._transformers import TransformersLM

if TYPE_CHECKING:
    from keras_hub.models import CausalLM
    from transformers import PreTrainedModel, PreTrainedTokenizerFast

__all__ = ["load_model"]


def load_model(
    model_name: str | os.PathLike[str] | None = None,
    *,
    model: object = None,
    tokenizer: object = None,
    device: str = "cpu",
    dtype: str | None = None,
) -> LanguageModel:
    """Return the language model that is named, or wrap the one that is given.

    Parameters
    ----------
    model_name : str or path, optional
        A directory in the format of transformers; a GGUF file; ``"hf://owner/name"`` or
        ``"owner/name"`` on the Hugging Face hub; a keras-hub preset. Runs on Keras if
        keras-hub can load it, else on PyTorch if that is installed.
    model : LanguageModel, keras_hub.models.CausalLM or transformers.PreTrainedModel, optional
        Instead of a name. A :class:`~keraswrap.llm.LanguageModel` is returned
        unchanged.
    tokenizer : transformers.PreTrainedTokenizerFast, optional
        Tokenizer of `model`; required for a transformers model.
    device : str, default="cpu"
        Device of a PyTorch net; a Keras net runs on Keras's device.
    dtype : {"float32", "bfloat16", "float16"}, optional
        Precision of a named model; float32 by default.

    Returns
    -------
    LanguageModel
        One live model per process for each name and setting.

    Raises
    ------
    ParameterError
        If not exactly one of `model_name` and `model` is given, or a name cannot be
        resolved.
    InputTypeError
        If `model` has another type.
    InputError
        If no installed backend can load it.
    SavedFileError, DownloadError
        As :class:`~keraswrap.llm.KerasHubLM`.

    Examples
    --------
    >>> load_model()
    Traceback (most recent call last):
    keraswrap.exceptions.ParameterError: Expected either model_name or model, got neither. ...
    """
    if (model_name is None) == (model is None):
        raise ParameterError(
            f"Expected either model_name or model, got {'neither' if model is None else 'both'}. "
            "Name a checkpoint, or pass a live model with its tokenizer."
        )
    if model_name is not None:
        if tokenizer is not None:
            raise ParameterError(
                "Expected tokenizer=None with a model_name, got "
                f"{type(tokenizer).__name__}. A checkpoint brings its own."
            )
        return _load_named(model_name, device, dtype or "float32")
    if is_language_model(model):
        check_language_model(model)
        return model
    own = cast("PreTrainedTokenizerFast | None", tokenizer)
    package = {kind.__module__.partition(".")[0] for kind in type(model).__mro__}
    if "keras_hub" in package:
        return models.keep(KerasHubLM(cast("CausalLM", model), own))
    if "transformers" in package:
        return models.keep(TransformersLM(cast("PreTrainedModel", model), own, device=device))
    raise InputTypeError(
        "Expected model to be a LanguageModel, a keras_hub.models.CausalLM or a causal language "
        f"model of transformers, got {type(model).__name__}. Name a checkpoint with model_name."
    )


def _load_named(name: str | os.PathLike[str], device: str, dtype: str) -> LanguageModel:
    check_name(name, "model_name")
    recipe = {"model": lasting_name(name), "dtype": dtype, "batch_size": None, "share_prefix": True}
    on_torch = {**recipe, "device": device}
    for kind, own in ((KerasHubLM, recipe), (TransformersLM, on_torch)):
        if models.find(key_of(kind, own)) is not None:
            return one_per_process(kind, own)
    source = find_source(name)
    reason = why_not(source.config)
    if reason is None:
        return one_per_process(KerasHubLM, recipe)
    if importlib.util.find_spec("torch") is None:
        raise InputError(
            f"Expected a checkpoint that an installed backend can load, got {os.fspath(name)!r} "
            f"of architecture {source.kind!r}. keras-hub cannot: {reason}. transformers may: "
            "install PyTorch for that (pip install torch)."
        )
    return one_per_process(TransformersLM, on_torch)
