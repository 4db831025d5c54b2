"""A causal language model of transformers that runs tokens after a cache of keys and values."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from keraswrap._checkpoints.source import Source
from keraswrap._optional import require
from keraswrap.exceptions import InputError
from keraswrap.llm.local._packing import Layout
from keraswrap.llm.local._tree_scoring import ways_agree

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import DynamicCache, PreTrainedModel

# Keys and values of each layer; None before any token.
Cache: TypeAlias = "list[tuple[Tensor, Tensor]] | None"

__all__ = ["TorchRunner", "load_causal_lm"]

# Share of the weights' memory that caches and scores of one call may take, and how many copies of
# a cache exist at once.
_SHARE, _COPIES = 0.3, 3
_PROBE, _EXACT, _ROUNDED = 13, 1e-3, 0.5


def load_causal_lm(source: Source, dtype: str, device: str) -> PreTrainedModel:
    """Load a checkpoint as transformers' model for it, every weight of it.

    Parameters
    ----------
    source : Source
        With safetensors weights.
    dtype : {"float32", "bfloat16", "float16"}

    Returns
    -------
    transformers.PreTrainedModel

    Raises
    ------
    InputError
        If transformers cannot load it, or weights are missing.
    """
    transformers, torch = require("transformers", "llm"), require("torch", "llm")
    try:
        with _without_bar(transformers.utils.logging):
            model, about = transformers.AutoModelForCausalLM.from_pretrained(
                source.folder,
                dtype=getattr(torch, dtype),
                local_files_only=True,
                trust_remote_code=False,
                use_safetensors=True,
                output_loading_info=True,
            )
        if about["missing_keys"]:
            raise ValueError(f"no weights for {sorted(about['missing_keys'])[:4]}")
        return model.to(device).eval()
    except Exception as error:  # a broken checkpoint fails in many ways
        raise InputError(
            f"Expected a causal language model that transformers can load, got "
            f"{source.folder!r} of architecture {source.kind!r}: {type(error).__name__}: "
            f"{error!s:.300}. Choose another checkpoint."
        ) from error


@contextmanager
def _without_bar(logging: ModuleType) -> Iterator[None]:
    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()


class TorchRunner:
    """Runs tokens after a cache; see :class:`~keraswrap.llm.local._runner.Runner`.

    A cache is a list of keys and values, a pair for each layer; None before any token.

    Parameters
    ----------
    model : transformers.PreTrainedModel

    Raises
    ------
    InputError
        If its cache is not of keys and values alone.
    """

    def __init__(self, model: PreTrainedModel) -> None:
        self._torch = require("torch", "llm")
        self.model = model
        known = inspect.signature(model.forward).parameters
        self._last = "logits_to_keep" in known
        self._sees_trees = None if {"position_ids", "attention_mask"} <= set(known) else False
        self.n_vocabulary = int(model.get_input_embeddings().weight.shape[0])
        self.n_bytes = sum(p.numel() * p.element_size() for p in model.parameters())
        self._token_bytes = 0
        _check(self)

    @property
    def is_exact(self) -> bool:
        """Whether it computes in float32."""
        return self.model.dtype == self._torch.float32

    def empty(self) -> Cache:
        """Return the cache of one row without tokens."""
        return None

    def cut(self, cache: Cache, length: int) -> Cache:
        """Return the cache of the first tokens only."""
        return [(keys[..., :length, :], values[..., :length, :]) for keys, values in cache or []]

    def take(self, cache: Cache, rows: np.ndarray) -> Cache:
        """Return the cache of some rows."""
        which = self._torch.as_tensor(rows, device=self.model.device)
        return [(keys[which], values[which]) for keys, values in cache or []]

    def extend(
        self, cache: Cache, ids: np.ndarray, targets: np.ndarray, lengths: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, Cache]:
        """Run tokens after a cache, and return the requested log-probabilities."""
        torch, device, last = self._torch, self.model.device, targets.shape[1]
        # Compute logits only from the first position that any row needs.
        needed = ids.shape[1] - int(lengths.min()) + last
        places = torch.as_tensor(lengths[:, None] - ids.shape[1] + needed - last, device=device)
        places = places + torch.arange(last, device=device)
        with torch.inference_mode():
            said = self.model(
                input_ids=torch.as_tensor(ids, device=device),
                past_key_values=self._lent(cache, len(ids)),
                use_cache=True,
                **({"logits_to_keep": needed} if self._last else {}),
            )
            rows = torch.arange(len(ids), device=device)[:, None]
            logits = said.logits[:, -needed:][rows, places].float()
            asked = logits.gather(-1, torch.as_tensor(targets, device=device))
            log_probs = asked - logits.logsumexp(-1, keepdim=True)
            likeliest = logits[:, -1].argmax(-1)
        return log_probs.cpu().numpy(), likeliest.cpu().numpy(), _pairs(said.past_key_values)

    def follow(self, cache: Cache, ids: np.ndarray) -> tuple[np.ndarray, Cache]:
        """Run tokens after a cache, and return the logits of what follows each row."""
        torch = self._torch
        with torch.inference_mode():
            said = self.model(
                input_ids=torch.as_tensor(ids, device=self.model.device),
                past_key_values=self._lent(cache, len(ids)),
                use_cache=True,
                **({"logits_to_keep": 1} if self._last else {}),
            )
            logits = said.logits[:, -1].float().cpu().numpy()
        return logits, _pairs(said.past_key_values)

    def sees_trees(self, length: int) -> bool:
        """Return whether :meth:`look` is available and exact for rows of so many tokens."""
        window = getattr(self.model.config.get_text_config(), "sliding_window", None)
        if window is not None and length >= window:  # an explicit mask replaces that of the window
            return False
        if self._sees_trees is None:
            self._sees_trees = ways_agree(self, _EXACT if self.is_exact else _ROUNDED)
        return self._sees_trees

    def look(self, cache: Cache, layout: Layout) -> np.ndarray:
        """Run tokens, not all of which follow one another, after a cache of one row."""
        torch, device = self._torch, self.model.device
        ids, positions, seen, places, asked = (
            torch.as_tensor(each, device=device) for each in layout
        )
        used = cache[0][0].shape[-2] if cache else 0
        cached = torch.ones((*ids.shape, used), dtype=torch.bool, device=device)
        mask = torch.zeros((*ids.shape, used + ids.shape[1]), dtype=self.model.dtype, device=device)
        mask.masked_fill_(~torch.cat([cached, seen], dim=-1), torch.finfo(mask.dtype).min)
        with torch.inference_mode():
            said = self.model(
                input_ids=ids,
                position_ids=positions,
                attention_mask=mask[:, None],
                past_key_values=self._lent(cache, len(ids)),
                use_cache=True,
            )
            logits = said.logits[torch.arange(len(ids), device=device)[:, None], places].float()
            whole = logits.logsumexp(-1)[:, asked[:, 0]]
            return (logits[:, asked[:, 0], asked[:, 1]] - whole).cpu().numpy()

    def most_rows(self, length: int, new: int, asked: int) -> int:
        """Return how many rows fit into memory at once."""
        row = _COPIES * length * self._token_bytes + 3 * 4 * asked * self.n_vocabulary
        return int(_SHARE * self.n_bytes // row)

    def _lent(self, cache: Cache, rows: int) -> DynamicCache:
        new = require("transformers", "llm").DynamicCache()
        for number, (keys, values) in enumerate(cache or []):
            copies = rows // len(keys)
            repeated = (each.repeat_interleave(copies, dim=0) for each in (keys, values))
            new.update(*repeated, number)
        return new


def _pairs(cache: DynamicCache) -> Cache:
    pairs = [(getattr(each, "keys", None), getattr(each, "values", None)) for each in cache.layers]
    if any(keys is None or keys.ndim != 4 for keys, _ in pairs):
        raise ValueError("a layer without keys and values")
    return pairs


def _check(runner: TorchRunner) -> None:
    """See that going on from a cache gives what running all at once gives."""
    ids = np.arange(_PROBE)[None] % runner.n_vocabulary
    targets = np.ones((1, 1, 1), int)
    try:
        lengths = np.array([_PROBE])
        found, _, cache = runner.extend(runner.empty(), ids, targets, lengths)
        runner._token_bytes = (
            sum(2 * k.numel() * k.element_size() for k, _ in cache or []) // _PROBE
        )
        begun = runner.extend(runner.empty(), ids[:, :3], targets, lengths * 0 + 3)[2]
        pieces = runner.extend(begun, ids[:, 3:], targets, lengths - 3)[0].item()
        whole = found.item()
        if not abs(whole - pieces) < (_EXACT if runner.is_exact else _ROUNDED):
            raise ValueError(f"it says {whole:.4f} at once and {pieces:.4f} in two pieces")
    except Exception as error:  # model families with another signature or cache
        raise InputError(
            f"Expected a causal language model with a cache of keys and values, got "
            f"{type(runner.model).__name__}: {error!s:.200}. Choose another model."
        ) from error
