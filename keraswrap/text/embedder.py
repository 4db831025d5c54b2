"""A frozen encoder as a scikit-learn transformer, with what it computed kept on disk."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from keraswrap.exceptions import InputError, ParameterError, StorageError
from keraswrap.text._codec import check_length, codec_of
from keraswrap.text._live import live_encoder
from keraswrap.text.cache import EmbeddingCache
from keraswrap.text.checkpoint import Checkpoint, check_pooling, read_checkpoint
from keraswrap.text.encoders import fingerprint, resolve_encoder
from keraswrap.text.tokens import check_texts

__all__ = ["TextEmbedder"]

# Texts between two writes: what is lost when the power goes.
_CHUNK = 1024
# Raise it when the same ids come to mean other features.
_VERSION = 1


class TextEmbedder(TransformerMixin, BaseEstimator):
    """Turn texts into features by a frozen encoder, each text once.

    What a checkpoint makes of a text never changes, so it is kept on disk: a
    grid, five folds or the next run compute only what is new. The key is
    a digest of the ids that the net would see; texts are not stored.

    Parameters
    ----------
    encoder : str, path or None, default=None
        As for :func:`~keraswrap.text.resolve_encoder`; None is
        all-MiniLM-L6-v2.
    pooling : {"mean", "cls", "pooler"}, default="mean"
        What stands for a text: the mean state of its tokens, the state of its
        first token, or what the checkpoint's own pooler makes of that, where it
        has one.
    normalize : bool, default=True
        Whether vectors are scaled to length 1.
    max_length : int, at least 3, default=128
        Tokens in a text, the control tokens at its ends included. Longer texts
        are cut. A short text costs no more for it.
    batch_size : int, at least 1, default=64
        Texts that go through the net at once.
    cache : bool, str or path, default=True
        Where features are kept: True for the folder of ``KERASWRAP_HOME``, or
        keraswrap's in the user's cache; a folder; False for nowhere.
    cache_size : int, default=2**30
        Bytes on disk. Beyond it, the features that were not used for longest
        go. MiniLM's take 1.6 KB a text.
    empty : {"error", "allow"}, default="error"
        What becomes of texts with nothing but white space.

    Attributes
    ----------
    n_features_out_ : int
        Numbers in a vector: how wide the encoder is.
    fingerprint_ : str
        What the checkpoint hashes to.
    n_computed_, n_cached_ : int
        Texts that went through the net since `fit`, and texts that were found
        in the cache or came twice.

    See Also
    --------
    EmbeddingCache : What looks at the cache, and clears it.
    TextTokenizer : Ids of tokens, for a net of your own.

    Notes
    -----
    Mean pooling, then length 1, is how all-MiniLM-L6-v2 was trained and is
    described on its `model card
    <https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2>`_; other
    encoders of sentence-transformers too. What is kept is not normalised yet,
    so both settings share it, and so do all values of `max_length` that a text
    fits into. Vectors of a text differ by about 1e-6 with its batch. Processes
    that start together may both compute a text that neither found.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> clf = make_pipeline(TextEmbedder(pooling="mean"), LogisticRegression())
    >>> clf.set_params(textembedder__max_length=64).steps[0][1]
    TextEmbedder(max_length=64)
    """

    def __init__(
        self,
        encoder: str | os.PathLike[str] | None = None,
        pooling: str = "mean",
        normalize: bool = True,
        max_length: int = 128,
        *,
        batch_size: int = 64,
        cache: bool | str | os.PathLike[str] | None = True,
        cache_size: int = 2**30,
        empty: str = "error",
    ) -> None:
        self.encoder = encoder
        self.pooling = pooling
        self.normalize = normalize
        self.max_length = max_length
        self.batch_size = batch_size
        self.cache = cache
        self.cache_size = cache_size
        self.empty = empty

    def fit(self, X: Any, y: Any = None) -> TextEmbedder:
        """Check texts, checkpoint and cache; nothing is learned, and nothing computed yet.

        Parameters
        ----------
        X : iterable of str
            Texts, as for :func:`~keraswrap.text.check_texts`.
        y : ignored

        Returns
        -------
        TextEmbedder

        Raises
        ------
        InputTypeError
            If X, `encoder` or `cache` is of a kind that is not taken.
        InputError
            If X holds no texts or an empty one, or the checkpoint cannot be used.
        ParameterError
            If a parameter cannot hold its value: a length that the checkpoint
            has no positions for, a pooler that it does not have.
        DownloadError
            If the checkpoint can neither be fetched nor found in a cache.
        StorageError
            If the cache cannot be written.
        """
        check_texts(X, empty=self.empty)
        self._check_numbers()
        cache = self._cache()
        if cache is not None:
            cache.check()
        self._folder = resolve_encoder(self.encoder)
        checkpoint = read_checkpoint(self._folder)
        self._check_against(checkpoint)
        self.fingerprint_ = fingerprint(self._folder)
        self.n_features_out_ = checkpoint.hidden_size
        self.n_computed_ = self.n_cached_ = 0
        return self

    def transform(self, X: Any) -> np.ndarray:
        """Give a vector for each text.

        Parameters
        ----------
        X : iterable of str

        Returns
        -------
        ndarray of float32, shape (n, ``n_features_out_``)

        Raises
        ------
        NotFittedError
            If `fit` was not called.
        InputTypeError, InputError
            As from `fit`, or if the checkpoint was changed since.
        StorageError
            If the cache cannot be written, or the disk is full. What was kept
            before that is safe.
        """
        check_is_fitted(self)
        texts = check_texts(X, empty=self.empty)
        folder, cache = self._find(), self._cache()
        vectors = np.empty((len(texts), self.n_features_out_), dtype="float32")
        for start in range(0, len(texts), _CHUNK):
            part = slice(start, start + _CHUNK)
            try:
                vectors[part] = self._embed(texts[part], folder, cache)
            except StorageError as error:
                raise StorageError(
                    f"{error} {start} of {len(texts)} texts of this call are in the cache, and "
                    "will not be computed again."
                ) from error
        return _unit(vectors) if self.normalize else vectors

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Name the columns: embedding0, embedding1 and so on.

        Parameters
        ----------
        input_features : ignored

        Returns
        -------
        ndarray of str (object), shape (``n_features_out_``,)
        """
        check_is_fitted(self)
        return np.array([f"embedding{n}" for n in range(self.n_features_out_)], dtype=object)

    def _embed(self, texts: list[str], folder: str, cache: EmbeddingCache | None) -> np.ndarray:
        """Give the vectors of some texts, from the cache where they are in it."""
        ids, lengths = codec_of(folder).encode(texts, self.max_length)
        keys, which = _distinct(ids, lengths, f"{self.fingerprint_} {self.pooling}")
        first = np.unique(which, return_index=True)[1]  # a row of ids for each key
        vectors = np.empty((len(keys), self.n_features_out_), dtype="float32")
        known = {} if cache is None else cache.read(keys, self.n_features_out_)
        for position, vector in known.items():
            vectors[position] = vector
        new = [n for n in range(len(keys)) if n not in known]
        if new:
            encoder = live_encoder(folder, self.pooling, self.fingerprint_)
            vectors[new] = encoder(ids[first[new]], self.batch_size)
            if cache is not None:
                cache.write([keys[n] for n in new], vectors[new])
        self.n_computed_ += len(new)
        self.n_cached_ += len(texts) - len(new)
        return vectors[which]

    def _cache(self) -> EmbeddingCache | None:
        if self.cache is None or self.cache is False:
            return None
        return EmbeddingCache(None if self.cache is True else self.cache, self.cache_size)

    def _find(self) -> str:
        """Find the checkpoint that was fitted, on this machine too."""
        there = Path(self._folder).is_dir()
        folder = self._folder if there else resolve_encoder(self.encoder)
        if fingerprint(folder) != self.fingerprint_:
            raise InputError(
                f"Expected the checkpoint that was fitted, got another one in {folder!r}: it was "
                "changed since. Put the old one back, or fit again."
            )
        return folder

    def _check_numbers(self) -> None:
        check_pooling(self.pooling)
        check_length(self.max_length)
        size = self.batch_size
        if not isinstance(size, int | np.integer) or isinstance(size, bool) or size < 1:
            raise ParameterError(f"Expected batch_size of at least 1, got {size!r}.")

    def _check_against(self, checkpoint: Checkpoint) -> None:
        check_pooling(self.pooling, checkpoint)
        if self.max_length > checkpoint.n_positions:
            raise ParameterError(
                f"Expected max_length of at most {checkpoint.n_positions}, the positions that the "
                f"checkpoint has, got {self.max_length}."
            )
        codec_of(checkpoint.folder)  # a tokenizer that cannot be read shows now

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string, tags.input_tags.two_d_array = True, False
        return tags


def _distinct(ids: np.ndarray, lengths: np.ndarray, space: str) -> tuple[list[bytes], np.ndarray]:
    """Give the keys of rows, each once, and which of them each row has.

    What the net sees is its ids, so they are the key: texts that differ in what
    the tokenizer leaves out, or that are cut to the same, share one.
    """
    head = hashlib.sha256(json.dumps([_VERSION, space, "float32"]).encode()).digest()
    rows = ids.astype("<i4", copy=False)
    width = ids.shape[1]
    found: dict[bytes, int] = {}
    which = np.empty(len(ids), dtype=np.intp)
    for n, length in enumerate(lengths.tolist()):
        key = hashlib.sha256(head + rows[n, : min(length, width)].tobytes()).digest()
        which[n] = found.setdefault(key, len(found))
    return list(found), which


def _unit(vectors: np.ndarray) -> np.ndarray:
    # As torch's normalize, which sentence-transformers uses: a vector of zeros stays one.
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.maximum(norms, 1e-12)
