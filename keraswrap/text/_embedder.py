"""A frozen encoder as a scikit-learn transformer, with what it computed kept on disk."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from keraswrap._checkpoints.fingerprints import fingerprint
from keraswrap._texts import Texts, column_of, read_texts
from keraswrap.exceptions import InputError, ParameterError, StorageError
from keraswrap.text._checkpoint import Checkpoint, check_pooling, read_checkpoint
from keraswrap.text._codec import Codec, Encoded, check_length, codec_of
from keraswrap.text._embedding_cache import EmbeddingCache
from keraswrap.text._encoders import resolve_encoder
from keraswrap.text._features import Source
from keraswrap.text._runtimes import Frozen, Runtime, choose_runtime
from keraswrap.text._static_encoder import split_static, static_encoder
from keraswrap.text._text_notices import LENGTHS, learn, report_of, warn, warn_of_new
from keraswrap.text._windows import choose_overlap, mean_by_owner

if TYPE_CHECKING:
    from sklearn.utils import Tags

__all__ = ["TextEmbedder"]

# Texts embedded between two writes, which a power failure would lose.
_CHUNK = 1024


class TextEmbedder(TransformerMixin, BaseEstimator):
    """Embed texts with a frozen encoder, each text only once.

    The vector of a text never changes for a given checkpoint, so it is cached on disk:
    a grid search, five folds or the next run compute only what is new. The key is a
    digest of the token ids; texts are not stored.

    Parameters
    ----------
    encoder : str, path or None, default=None
        As for :func:`~keraswrap.text.resolve_encoder`; None is
        all-MiniLM-L6-v2. ``"static"``, or ``"static:"`` before a checkpoint, averages
        vectors that the checkpoint gives single tokens; see Notes.
    pooling : {"mean", "cls", "pooler"}, default="mean"
        Vector of a text: the mean state of its tokens, the state of its first token, or
        the output of the checkpoint's own pooler, if it has one.
    normalize : bool, default=True
        Whether vectors are scaled to length 1.
    max_length : int, at least 3, default=128
        Maximum number of tokens per text, including the control tokens at both ends.
        `long_texts` says how longer texts are read. Short texts do not cost more.
    batch_size : int, at least 1, default=64
        Texts that the net processes at once.
    cache : bool, str or path, default=True
        Where vectors are cached: True for the folder in ``KERASWRAP_HOME``, or
        keraswrap's folder in the user's cache; a folder; False for no cache.
    cache_size : int, default=2**30
        Maximum bytes on disk. Beyond it, the least recently used vectors are removed.
        MiniLM needs 1.6 KB per text.
    empty : {"error", "allow"}, default="error"
        What to do with texts that contain only white space.
    long_texts : {"truncate", "windows"}, default="truncate"
        What to do with texts of more than `max_length` tokens: truncate them, or read
        them in full in windows of that length and average the windows' vectors.
    overlap : int, optional
        Tokens that a window shares with the previous one; by default a quarter of
        `max_length`.
    runtime : {"auto", "keras", "openvino"}, default="auto"
        What computes the vectors. ``"openvino"``, of the extra ``openvino``, converts the
        encoder once, which takes seconds, keeps it beside the cached vectors, and then
        needs neither Keras nor TensorFlow. ``"auto"`` is Keras, or what the environment
        variable ``KERASWRAP_RUNTIME`` names.
    precision : {"auto", "float32", "bfloat16"}, default="auto"
        In which matrices are multiplied. ``"auto"`` is float32 with Keras, and bfloat16
        with OpenVINO on processors that compute in it, which takes about half the time.

    Attributes
    ----------
    n_features_out_ : int
        Numbers per vector: the width of the encoder.
    fingerprint_ : str
        Hash of the checkpoint.
    runtime_ : str
        What computes the vectors, and in which precision: ``"keras float32"``.
    n_computed_, n_cached_ : int
        Texts (or windows) that the net has processed since `fit`, and those that were
        found in the cache or were duplicates.
    report_ : LengthReport
        How long the texts of `fit` are, and how much of them the vocabulary covers.
    n_truncated_ : int
    truncated_share_ : float
        Number and share of the texts of `fit` that are truncated.
    unknown_share_ : float
        Share of their tokens that are not in the vocabulary.

    See Also
    --------
    EmbeddingCache : Inspects and clears the cache.
    TextTokenizer : Token ids, for your own net.

    Notes
    -----
    all-MiniLM-L6-v2 was trained with mean pooling and vectors of length 1, as described
    on its `model card
    <https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2>`_; so were other
    encoders of sentence-transformers. Cached vectors are not normalized, so both
    settings share them, as do all values of `max_length` that a text fits into. A
    text's vector varies by about 1e-6 between batches. Processes that start together
    may compute the same text twice.

    A static encoder gives each text the mean of its tokens' vectors, rare tokens counting
    more. These are computed once per checkpoint, from each token alone, in half a minute
    for MiniLM, and kept beside the cached vectors. It reads no order of words, so it is
    less accurate than the checkpoint, and on the mean of four sets more accurate than
    TF-IDF; it is 140 times as fast as MiniLM (benchmarks/runtime.json): for millions of
    texts. It follows model2vec [1]_ with the weights of [2]_; `precision` and `cache` do
    not matter to it.

    In bfloat16, MiniLM's vectors have a cosine of at least 0.9998 with those in float32,
    and those of a text in different batches differ as much. Such vectors are cached apart.

    References
    ----------
    .. [1] Tulkens and van Dongen, "Model2Vec: Fast State-of-the-Art Static Embeddings",
       2024, https://github.com/MinishLab/model2vec.
    .. [2] Arora, Liang and Ma, "A Simple but Tough-to-Beat Baseline for Sentence
       Embeddings", ICLR 2017.

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
    runtime: str = "auto"
    precision: str = "auto"
    runtime_: str = "keras float32"
    _is_static = False
    _column: str | None = None
    # Tells skrub (ApplyToCols, TableVectorizer) to pass one column at a time.
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
        runtime: str = "auto",
        precision: str = "auto",
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
        self.runtime = runtime
        self.precision = precision

    def fit(self, X: object, y: object = None) -> TextEmbedder:
        """Check texts, checkpoint and cache, without learning or computing anything.

        Warns if more than 10% of the texts are truncated, or more than 5% of their
        tokens are not in the checkpoint's vocabulary.

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
            If X, `encoder` or `cache` has an unsupported type.
        InputError
            If X holds no texts or an empty one, or the checkpoint cannot be used.
        ParameterError
            If a parameter has an invalid value: a length beyond the checkpoint's
            positions, or a pooler that it does not have.
        DownloadError
            If the checkpoint can neither be downloaded nor found in the cache.
        StorageError
            If the cache cannot be written.
        MissingExtraError
            If `runtime` is OpenVINO, and it is not installed.
        """
        self._prepare(read_texts(X, empty=self.empty), self._overlap())
        self._column = column_of(X)
        return self

    def fit_transform(self, X: object, y: object = None) -> np.ndarray:
        """Fit, and return the vectors of the same texts; they are tokenized once.

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

    def transform(self, X: object) -> np.ndarray:
        """Return a vector for each text.

        Warns as `fit` does if many of the texts are truncated or unknown.

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
            As for `fit`, or if the checkpoint has changed since.
        StorageError
            If the cache cannot be written, or the disk is full. Earlier entries are
            kept.
        """
        check_is_fitted(self)
        overlap = self._overlap()
        encoded = self._encode(read_texts(X, empty=self.empty), overlap)
        warn_of_new(self._codec, encoded, overlap, self)
        return self._pool(self._rows(encoded), encoded.owner)

    def get_feature_names_out(self, input_features: Iterable[str] | None = None) -> np.ndarray:
        """Return column names: review_embedding0, review_embedding1, … for a column "review".

        Parameters
        ----------
        input_features : array-like of one str, optional
            Name of the text column. By default that of the Series or DataFrame passed
            to `fit`; without a name, the columns are embedding0 and so on.

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
        encoder, is_static = split_static(self.encoder)
        chosen = choose_runtime(self.runtime, "float32" if is_static else self.precision)
        cache = self._cache()
        if cache is not None:
            cache.check()
        self._folder = resolve_encoder(encoder)
        checkpoint = read_checkpoint(self._folder)
        self._check_against(checkpoint)
        self.fingerprint_ = fingerprint(self._folder)
        self.runtime_ = f"{chosen.name} {chosen.precision}"
        self._is_static = is_static
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
        return self._codec.spread(texts, self.max_length, overlap)

    @property
    def _codec(self) -> Codec:
        return codec_of(self._find())

    def _overlap(self) -> int | None:
        return choose_overlap(self.long_texts, self.overlap, self.max_length)

    def _rows(self, encoded: Encoded) -> np.ndarray:
        """Return a vector for each row of ids."""
        folder, cache = self._find(), self._cache()
        pad_id, runtime = codec_of(folder).pad_id, Runtime(*self.runtime_.split())
        frozen = Frozen(folder, self.pooling, self.fingerprint_, pad_id)
        if self._is_static:  # which takes no longer than a look into the cache
            name = f"{self.fingerprint_[:16]}-{self.pooling}"
            encode = static_encoder(name, codec_of(folder), lambda: frozen.encode(runtime))
            self.n_computed_ += len(encoded.ids)
            return encode(encoded.ids)
        source = Source(
            lambda ids: frozen.encode(runtime)(ids, self.batch_size),
            f"{self.fingerprint_} {self.pooling}{runtime.space}",
            pad_id,
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
        folder = self._folder if there else resolve_encoder(split_static(self.encoder)[0])
        if fingerprint(folder) != self.fingerprint_:
            raise InputError(
                f"Expected the checkpoint that was fitted, got another one in {folder!r}: it has "
                "changed since. Restore the old one, or fit again."
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
        codec_of(checkpoint.folder)  # report an unreadable tokenizer now

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.string, tags.input_tags.two_d_array = True, False
        return tags


def _unit(vectors: np.ndarray) -> np.ndarray:
    # As in torch's normalize, which sentence-transformers uses: zero vectors stay zero.
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.maximum(norms, 1e-12)
