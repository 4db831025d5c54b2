"""Language models that run on Keras, by keras-hub."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from keraswrap._checkpoints.fingerprints import hash_parts
from keraswrap._checkpoints.source import (
    Source,
    context_length,
    end_ids,
    find_source,
    hash_source,
    lasting_name,
    load_tokenizer,
)
from keraswrap._optional import require
from keraswrap.exceptions import InputTypeError, ParameterError
from keraswrap.llm.local._base import LocalLM
from keraswrap.llm.local._prompt_tokens import PromptTokens
from keraswrap.llm.local._settings import check_batch_size, check_dtype

if TYPE_CHECKING:
    from keras_hub.models import CausalLM
    from transformers import PreTrainedTokenizerFast

    from keraswrap.llm.local._keras_runner import KerasRunner
    from keraswrap.llm.local._live_models import Recipe

__all__ = ["KerasHubLM"]


class KerasHubLM(LocalLM):
    """Score and generate with a causal language model on Keras.

    Parameters
    ----------
    model : str, path or keras_hub.models.CausalLM
        A directory in the format of transformers; a GGUF file; ``"hf://owner/name"`` or
        ``"owner/name"`` on the Hugging Face hub; a keras-hub preset, by its directory
        or name; or a live keras-hub model.
    tokenizer : transformers.PreTrainedTokenizerFast, optional
        Tokenizer of a live model; by default that of its preprocessor, if it is a
        byte-level BPE.
    dtype : {"float32", "bfloat16", "float16"}, default="float32"
        Precision of the computation; not for a live model, which has its own.
    batch_size : int, optional
        Maximum number of rows per batch. By default as many as fit into a third of the
        weights' memory.
    share_prefix : bool, default=True
        Whether to process the common prefix of all prompts only once. If False, each
        row is processed in full, for comparison.

    Attributes
    ----------
    fingerprint : str
    context_length : int or None
    tokenizer : transformers.PreTrainedTokenizerFast

    Raises
    ------
    ParameterError
        If `model` cannot be resolved, or another parameter has an invalid value.
    InputTypeError
        If `model` has another type.
    InputError
        If the checkpoint lacks a file, or keras-hub cannot load it.
    SavedFileError
        If a GGUF file is corrupt or not supported.
    DownloadError
        If it can neither be downloaded nor found in the cache.

    Notes
    -----
    The net is loaded when it is first needed, once per process for all objects with the
    same name: copies share it, and a pickle contains only the name. Methods may be
    called from several threads, which take turns.

    In a chat, an answer (:class:`~keraswrap.llm.Continuation`) ends with the token that
    ends a turn; elsewhere with one that ends a text or a line.

    A row's tokens are drawn by numpy in float64, from a stream of the seed and the
    prompt's tokens. What else is in a batch changes how sums are rounded: logits of
    SmolLM2-135M-Instruct in float32 differed by up to 7e-5 between a batch and the row
    by itself. So where a difference of 1e-3 could change a choice, the row is run by
    itself, and its text is the same whatever else is asked. In half precision such
    choices are too frequent for this, and texts may differ: set ``batch_size=1`` and
    ``share_prefix=False`` to have them repeated.

    In bfloat16, SmolLM2-135M-Instruct gave 1 of 100 sentences of
    :func:`~keraswrap.datasets.make_noisy_reviews` (the test part of seed 0, a one-line
    prompt, the likelier of " positive" and " negative") another label than in float32,
    and 3 of 100 when the labels were split at the median; log-probabilities differed by
    0.03 in the median and at most 0.13. It took 0.7 times the CPU time, on a CPU with
    bfloat16 units.
    """

    def __init__(
        self,
        model: str | os.PathLike[str] | CausalLM,
        tokenizer: PreTrainedTokenizerFast | None = None,
        *,
        dtype: str = "float32",
        batch_size: int | None = None,
        share_prefix: bool = True,
    ) -> None:
        check_batch_size(batch_size)
        check_dtype(dtype)
        self.batch_size, self.share_prefix = batch_size, share_prefix
        if isinstance(model, str | os.PathLike):
            if tokenizer is not None:
                raise ParameterError(
                    "Expected tokenizer=None where the model is named, got "
                    f"{type(tokenizer).__name__}. A checkpoint brings its own."
                )
            recipe = {
                "model": lasting_name(model),
                "dtype": dtype,
                "batch_size": batch_size,
                "share_prefix": share_prefix,
            }
            self._from_source(find_source(model), recipe)
        else:
            from keraswrap.llm.local._keras_runner import KerasRunner

            tokens = PromptTokens(_tokenizer_of(model, tokenizer))
            length = getattr(model.backbone, "max_sequence_length", None)
            fingerprint = f"keras-live-{hash_parts(_weights(model))}"
            self._set_up(tokens, fingerprint, length, lambda: KerasRunner(model))

    def _from_source(self, source: Source, recipe: Recipe) -> None:
        from keraswrap.llm.local import _keras_converter

        dtype = str(recipe["dtype"])
        _keras_converter.check_source(source)
        tokens = PromptTokens(load_tokenizer(source), end_ids(source))
        fingerprint = f"keras-{dtype}-{hash_source(source)}"

        def load() -> KerasRunner:
            from keraswrap.llm.local._keras_runner import KerasRunner

            return KerasRunner(_keras_converter.load_causal_lm(source, dtype))

        self._set_up(tokens, fingerprint, context_length(source.config), load, recipe)


def _tokenizer_of(
    model: CausalLM, tokenizer: PreTrainedTokenizerFast | None
) -> PreTrainedTokenizerFast:
    """Return the tokenizer that was given for a live model, or else its own."""
    if not isinstance(model, require("keras_hub", "llm").models.CausalLM):
        raise InputTypeError(
            "Expected model to be a str, a path or a keras_hub.models.CausalLM, got "
            f"{type(model).__name__}."
        )
    from keraswrap._checkpoints.tokenizer import as_transformers

    own = getattr(model.preprocessor, "tokenizer", None)
    return as_transformers(own) if tokenizer is None else tokenizer


def _weights(model: CausalLM) -> Iterator[bytes | memoryview]:
    yield repr(sorted(model.backbone.get_config().items())).encode()
    for weight in model.weights:
        yield np.ascontiguousarray(weight.numpy()).view(np.uint8).data
