"""A frozen encoder as a scikit-learn transformer, with what it computed kept on disk."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from keraswrap._checkpoints.fingerprints import fingerprint
from keraswrap._texts import Texts, column_of, read_texts
from keraswrap.exceptions import InputError, ParameterError, StorageError
from keraswrap.text._codec import Encoded, check_length, codec_of
from keraswrap.text._features import Source
from keraswrap.text._frozen_encoder import frozen_encoder
from keraswrap.text.cache import EmbeddingCache
from keraswrap.text.checkpoint import Checkpoint, check_pooling, read_checkpoint
from keraswrap.text.encoders import resolve_encoder
from keraswrap.text.telling import LENGTHS, learn, report_of, warn
from keraswrap.text.windows import choose_overlap, mean_by_owner

__all__ = ["TextEmbedder"]

# Texts between two writes: what is lost when the power goes.
_CHUNK = 1024


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
        are read as `long_texts` says. A short text costs no more for it.
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
    long_texts : {"truncate", "windows"}, default="truncate"
        What becomes of texts with more than `max_length` tokens: they are cut,
        or read whole in windows of that length, whose vectors' mean is theirs.
    overlap : int, optional
        Tokens that a window shares with the one before; by default a quarter of
        `max_length`.

    Attributes
    ----------
    n_features_out_ : int
        Numbers in a vector: how wide the encoder is.
    fingerprint_ : str
        What the checkpoint hashes to.
    n_computed_, n_cached_ : int
        Texts (or windows) that went through the net since `fit`, and those that
        were found in the cache or came twice.
    report_ : LengthReport
        How long the texts of `fit` are, and how much of them the vocabulary
        knows.
    n_truncated_ : int
    truncated_share_ : float
        The texts of `fit` that are cut.
    unknown_share_ : float
        Share of their tokens that the vocabulary does not have.

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

    # Embedders of earlier versions were pickled without them.
    long_texts: str = "truncate"
    overlap: int | None = None
    _column: str | None = None
    # By this skrub knows that columns go in one at a time: ApplyToCols, TableVectorizer.
    __single_column_transformer__ = True

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
        long_texts: str = "truncate",
        overlap: int | None = None,
    ) -> None:
        self.encoder = encoder
        self.pooling = pooling
        self.normalize = normalize
        self.max_length = max_length
        self.batch_size = batch_size
        self.cache = cache
        self.cache_size = cache_size
        self.empty = empty
        self.long_texts = long_texts
        self.overlap = overlap

    def fit(self, X: Any, y: Any = None) -> TextEmbedder:
        """Check texts, checkpoint and cache; nothing is learned, and nothing computed yet.

        It warns where more than 10% of the texts are cut, or more than 5% of
        their tokens are unknown to the checkpoint's vocabulary.

        Parameters
        ----------
        X : iterable of str
            Texts, as for :func:`~keraswrap.text.check_texts`; or pairs of them,
            as for :meth:`TextTokenizer.fit <keraswrap.text.TextTokenizer.fit>`.
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
        self._prepare(read_texts(X, empty=self.empty), self._overlap())
        self._column = column_of(X)
        return self

    def fit_transform(self, X: Any, y: Any = None) -> np.ndarray:
        """Fit, and give the vectors of the same texts; they are tokenised once.

        Parameters
        ----------
        X : iterable of str
        y : ignored

        Returns
        -------
        ndarray of float32, shape (n, ``n_features_out_``)
        """
        encoded = self._prepare(read_texts(X, empty=self.empty), self._overlap())
        self._column = column_of(X)
        return self._pool(self._rows(encoded), encoded.owner)

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
        encoded = self._encode(read_texts(X, empty=self.empty), self._overlap())
        return self._pool(self._rows(encoded), encoded.owner)

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Name the columns: review_embedding0, review_embedding1 and so on, of a column "review".

        Parameters
        ----------
        input_features : array-like of one str, optional
            The name of the column of texts. By default that of the Series or
            frame given to `fit`; without one, columns are embedding0 and so on.

        Returns
        -------
        ndarray of str (object), shape (``n_features_out_``,)
        """
        check_is_fitted(self)
        names = [self._column] if input_features is None else list(input_features)
        head = f"{names[0]}_" if len(names) == 1 and names[0] else ""
        return np.array([f"{head}embedding{n}" for n in range(self.n_features_out_)], dtype=object)

    def _attach(self) -> None:
        """Find the checkpoint that the parameters name, and check them against it."""
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

    def _prepare(self, texts: Texts, overlap: int | None) -> Encoded:
        """Attach the checkpoint and report on texts, as fit does."""
        self._attach()
        encoded = self._encode(texts, overlap)
        cut_at = self.max_length if overlap is None else None
        report = report_of(codec_of(self._folder), encoded, [*LENGTHS, self.max_length])
        learn(self, report, cut_at)
        warn(report, cut_at)
        return encoded

    def _encode(self, texts: Texts, overlap: int | None) -> Encoded:
        return codec_of(self._find()).spread(texts, self.max_length, overlap)

    def _overlap(self) -> int | None:
        return choose_overlap(self.long_texts, self.overlap, self.max_length)

    def _rows(self, encoded: Encoded) -> np.ndarray:
        """Give a vector for each row of ids."""
        folder, cache = self._find(), self._cache()
        encoder = frozen_encoder(folder, self.pooling, self.fingerprint_)
        source = Source(
            lambda ids: encoder(ids, self.batch_size),
            f"{self.fingerprint_} {self.pooling}",
            codec_of(folder).pad_id,
            self.n_features_out_,
        )
        vectors = np.empty((len(encoded.ids), self.n_features_out_), dtype="float32")
        for start in range(0, len(vectors), _CHUNK):
            part = slice(start, start + _CHUNK)
            try:
                vectors[part], n_new = source.read(encoded.ids[part], cache)
            except StorageError as error:
                raise StorageError(
                    f"{error} {encoded.owner[start]} of {len(encoded.lengths)} texts of this call "
                    "are in the cache, and will not be computed again."
                ) from error
            self.n_computed_ += n_new
            self.n_cached_ += len(vectors[part]) - n_new
        return vectors

    def _pool(self, vectors: np.ndarray, owner: np.ndarray) -> np.ndarray:
        vectors = mean_by_owner(vectors, owner)
        return _unit(vectors) if self.normalize else vectors

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


def _unit(vectors: np.ndarray) -> np.ndarray:
    # As torch's normalize, which sentence-transformers uses: a vector of zeros stays one.
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.maximum(norms, 1e-12)
