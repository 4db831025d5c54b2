"""Language models that run on PyTorch, by transformers."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

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
from keraswrap.exceptions import InputError, InputTypeError, MissingExtraError, ParameterError
from keraswrap.llm.local._base import LocalLM
from keraswrap.llm.local._prompt_tokens import PromptTokens
from keraswrap.llm.local._settings import check_batch_size, check_dtype

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerFast

    from keraswrap.llm.local._live_models import Recipe
    from keraswrap.llm.local._torch_runner import TorchRunner

__all__ = ["TransformersLM"]


class TransformersLM(LocalLM):
    """Score and generate with a transformers causal language model on PyTorch.

    For the architectures that keras-hub cannot load; see
    :class:`~keraswrap.llm.KerasHubLM` for the others.

    Parameters
    ----------
    model : str, path or transformers.PreTrainedModel
        A directory in the format of transformers; a GGUF file; ``"hf://owner/name"`` or
        ``"owner/name"`` on the Hugging Face hub; or a live model.
    tokenizer : transformers.PreTrainedTokenizerFast, optional
        Tokenizer of a live model; required for one.
    dtype : {"float32", "bfloat16", "float16"}, default="float32"
        Precision of the computation; not for a live model, which has its own.
    device : str, default="cpu"
        PyTorch device: ``"cpu"``, ``"cuda:0"``. A live model stays on its device.
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
    MissingExtraError
        If PyTorch is not installed.
    ParameterError, InputTypeError, InputError, SavedFileError, DownloadError
        As :class:`~keraswrap.llm.KerasHubLM`.

    Notes
    -----
    The net is loaded when it is first needed, once per process for all objects with the
    same name: copies share it, and a pickle contains only the name. Methods may be
    called from several threads, which take turns. Code in a checkpoint is never run.
    Answers end as described for :class:`~keraswrap.llm.KerasHubLM`, which also
    describes the effect of bfloat16 on labels.
    """

    def __init__(
        self,
        model: str | os.PathLike[str] | PreTrainedModel,
        tokenizer: PreTrainedTokenizerFast | None = None,
        *,
        dtype: str = "float32",
        device: str = "cpu",
        batch_size: int | None = None,
        share_prefix: bool = True,
    ) -> None:
        check_batch_size(batch_size)
        check_dtype(dtype)
        _require_torch()
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
                "device": device,
                "batch_size": batch_size,
                "share_prefix": share_prefix,
            }
            self._from_source(find_source(model), recipe)
        else:
            from keraswrap.llm.local._torch_runner import TorchRunner

            own = _tokenizer_of(model, tokenizer)
            ids = model.generation_config.eos_token_id
            tokens = PromptTokens(own, [ids] if isinstance(ids, int) else ids or [])
            length = context_length(model.config.to_dict())
            fingerprint = f"torch-live-{hash_parts(_weights(model))}"
            self._set_up(tokens, fingerprint, length, lambda: TorchRunner(model))

    def _from_source(self, source: Source, recipe: Recipe) -> None:
        if source.is_preset:
            raise InputError(
                f"Expected a checkpoint as transformers writes it, got {source.folder!r}, a "
                "preset of keras-hub. Use KerasHubLM for it."
            )
        dtype, device = str(recipe["dtype"]), str(recipe["device"])
        tokens = PromptTokens(load_tokenizer(source), end_ids(source))
        fingerprint = f"torch-{dtype}-{device}-{hash_source(source)}"

        def load() -> TorchRunner:
            from keraswrap.llm.local._torch_runner import TorchRunner, load_causal_lm

            return TorchRunner(load_causal_lm(source, dtype, device))

        self._set_up(tokens, fingerprint, context_length(source.config), load, recipe)


def _tokenizer_of(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast | None
) -> PreTrainedTokenizerFast:
    """Return the tokenizer that was given for a live model; raise if one of them will not do."""
    transformers = require("transformers", "llm")
    if not isinstance(model, transformers.PreTrainedModel) or not model.can_generate():
        raise InputTypeError(
            "Expected model to be a str, a path or a causal language model of transformers, "
            f"got {type(model).__name__}."
        )
    if tokenizer is None or not getattr(tokenizer, "is_fast", False):
        raise ParameterError(
            "Expected a fast tokenizer of transformers beside a live model, got "
            f"{type(tokenizer).__name__}. Pass tokenizer=AutoTokenizer.from_pretrained(...)."
        )
    return tokenizer


def _require_torch() -> None:
    try:
        require("torch", "llm")
    except MissingExtraError as error:
        raise MissingExtraError(
            "Expected PyTorch for TransformersLM, which is not installed. Install it with: "
            "pip install torch. KerasHubLM does without it."
        ) from error


def _weights(model: PreTrainedModel) -> Iterator[bytes | memoryview]:
    torch = require("torch", "llm")
    yield model.config.to_json_string().encode()
    for name, tensor in sorted(model.state_dict().items()):
        yield name.encode() + b"\0"
        yield tensor.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().data
