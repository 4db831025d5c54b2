"""A checkpoint's tokenizer as a scikit-learn transformer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from keraswrap._texts import Texts, read_texts
from keraswrap.exceptions import InputError
from keraswrap.text._codec import Codec, Encoded, check_length, codec_from, codec_of
from keraswrap.text._fast_tokenizers import check_positions, is_tokenizer, resolve_tokenizer
from keraswrap.text._length_report import LengthReport
from keraswrap.text._text_notices import LENGTHS, learn, report_of, warn, warn_of_new

if TYPE_CHECKING:
    import os

    from numpy.typing import ArrayLike
    from sklearn.utils import Tags
    from transformers import PreTrainedTokenizerFast

__all__ = ["TextTokenizer"]


class TextTokenizer(TransformerMixin, BaseEstimator):
    """Turn texts into rows of token ids, as a step of a Pipeline.

    :class:`~keraswrap.KerasWrapperModel` takes these rows, so ``tokenizer__max_length``
    can be tuned together with everything else. Nothing is learned from the texts: `fit`
    reads the tokenizer, reports the share of texts that `max_length` truncates and of
    tokens that are not in the vocabulary, and warns if these exceed 10% and 5%.

    Parameters
    ----------
    tokenizer : str, path, transformers.PreTrainedTokenizerFast or None, default=None
        None or ``"minilm"`` for the one of all-MiniLM-L6-v2; a Hugging Face directory,
        which needs no weights; ``"hf://owner/name"`` or ``"owner/name"`` on the Hugging
        Face hub; or a fast tokenizer.
    max_length : int, at least 3, default=128
        Tokens per row, including the control tokens at both ends. Longer texts are
        truncated. If the net starts with ``keras.Input((None,))`` and
        :class:`~keraswrap.layers.PaddingMask`, a higher value costs only memory,
        because batches are trimmed to their longest row.
    empty : {"error", "allow"}, default="error"
        What to do with texts that contain only white space.

    Attributes
    ----------
    pad_id_ : int
        The padding id.
    vocabulary_size_ : int
        All ids are below it.
    n_features_out_ : int
        The `max_length` that was fitted.
    report_ : LengthReport
        How long the training texts are, how many of them are truncated, and how much of
        them the vocabulary covers.
    n_truncated_ : int
    truncated_share_ : float
        Number and share of the texts that `max_length` truncates.
    unknown_share_ : float
        Share of the texts' tokens that are not in the vocabulary.

    See Also
    --------
    TextEmbedder : Vectors from a frozen encoder.

    Examples
    --------
    >>> from tokenizers import Tokenizer, models, pre_tokenizers
    >>> from transformers import PreTrainedTokenizerFast
    >>> words = Tokenizer(models.WordLevel({"[PAD]": 0, "?": 1, "it": 2, "broke": 3}, "?"))
    >>> words.pre_tokenizer = pre_tokenizers.Whitespace()
    >>> words = PreTrainedTokenizerFast(tokenizer_object=words, pad_token="[PAD]", unk_token="?")
    >>> TextTokenizer(words, max_length=4).fit_transform(["it broke", "it"]).tolist()
    [[2, 3, 0, 0], [2, 0, 0, 0]]
    """

    def __init__(
        self,
        tokenizer: str | os.PathLike[str] | PreTrainedTokenizerFast | None = None,
        max_length: int = 128,
        *,
        empty: str = "error",
    ) -> None:
        self.tokenizer: Any = tokenizer
        self.max_length = max_length
        self.empty = empty

    def fit(self, X: object, y: object = None) -> TextTokenizer:
        """Read the tokenizer, and report on the texts.

        Parameters
        ----------
        X : iterable of str
            Texts, as for :func:`~keraswrap.text.check_texts`; or pairs of them,
            as a DataFrame with two columns, an array of shape (n, 2) or a list of
            pairs.
        y : ignored

        Returns
        -------
        TextTokenizer

        Raises
        ------
        InputTypeError
            If X or `tokenizer` has an unsupported type.
        InputError
            If X holds no texts or an empty one, or the tokenizer cannot be read.
        ParameterError
            If `max_length` is too small or exceeds the encoder's positions; if
            `tokenizer` cannot be found, or has no padding token.
        DownloadError
            If it can neither be downloaded nor found in the cache.
        """
        self.fit_transform(X)
        return self

    def fit_transform(self, X: object, y: object = None) -> np.ndarray:
        """Fit, and return the rows of the same texts; they are tokenized once.

        Parameters
        ----------
        X : iterable of str
        y : ignored

        Returns
        -------
        ndarray of int32, shape (n, max_length)
        """
        return self._prepare(read_texts(X, empty=self.empty), None).ids

    def transform(self, X: object) -> np.ndarray:
        """Turn texts into rows of ids.

        Warns as `fit` does if many of the texts are truncated or unknown.

        Parameters
        ----------
        X : iterable of str

        Returns
        -------
        ndarray of int32, shape (n, max_length)
            Padded at the end with `pad_id_`.

        Raises
        ------
        NotFittedError
            If `fit` was not called.
        InputTypeError, InputError
            As from `fit`.
        """
        check_is_fitted(self)
        encoded = self._encode(read_texts(X, empty=self.empty), None)
        warn_of_new(self._codec, encoded, None, self)
        return encoded.ids

    def inverse_transform(self, X: ArrayLike) -> np.ndarray:
        """Turn rows of ids into texts.

        What the tokenizer drops (capitals, accents, truncated tokens) cannot be
        restored.

        Parameters
        ----------
        X : array-like of int, shape (n, any)

        Returns
        -------
        ndarray of str (object), shape (n,)
            Without control tokens and padding.

        Raises
        ------
        NotFittedError
            If `fit` was not called.
        InputError
            If X does not hold rows of this tokenizer's ids.
        """
        check_is_fitted(self)
        ids = np.asarray(X)
        if ids.ndim != 2 or ids.dtype.kind not in "iu":
            raise InputError(
                f"Expected rows of token ids, got an array of shape {ids.shape} and {ids.dtype}."
            )
        if ids.size and not 0 <= ids.min() <= ids.max() < self.vocabulary_size_:
            raise InputError(
                f"Expected ids from 0 to {self.vocabulary_size_ - 1}, got {ids.min()} to "
                f"{ids.max()}. Pass the result of transform."
            )
        return np.array([self._codec.decode(row) for row in ids.tolist()] or [], dtype=object)

    def report(self, X: object, lengths: Sequence[int] = LENGTHS) -> LengthReport:
        """Report how many texts each length would truncate.

        Parameters
        ----------
        X : iterable of str
        lengths : sequence of int, default=(16, 32, 64, 128, 256, 512)
            The fitted `max_length` is reported in addition.

        Returns
        -------
        LengthReport

        Raises
        ------
        NotFittedError
            If `fit` was not called.
        InputTypeError, InputError
            As from `fit`.
        """
        check_is_fitted(self)
        encoded = self._codec.spread(read_texts(X, empty=self.empty), self.n_features_out_)
        return report_of(self._codec, encoded, [*lengths, self.n_features_out_])

    def get_feature_names_out(self, input_features: object = None) -> np.ndarray:
        """Return the column names token0, token1 and so on.

        Parameters
        ----------
        input_features : ignored

        Returns
        -------
        ndarray of str (object), shape (max_length,)
        """
        check_is_fitted(self)
        return np.array([f"token{n}" for n in range(self.n_features_out_)], dtype=object)

    def _attach(self) -> None:
        """Read the tokenizer that the parameters name, and check the length."""
        folder = None if is_tokenizer(self.tokenizer) else resolve_tokenizer(self.tokenizer)
        codec = codec_from(self.tokenizer) if folder is None else codec_of(folder)
        check_length(self.max_length, codec.n_marks)
        check_positions(self.max_length, self.tokenizer if folder is None else folder)
        self._folder, self._live, self._digest = folder, codec, codec.digest
        self.n_features_out_ = int(self.max_length)
        self.pad_id_, self.vocabulary_size_ = codec.pad_id, codec.vocabulary_size

    def _prepare(self, texts: Texts, overlap: int | None) -> Encoded:
        """Attach the tokenizer and report on texts, as fit does."""
        self._attach()
        encoded = self._encode(texts, overlap)
        cut_at = self.n_features_out_ if overlap is None else None
        report = report_of(self._codec, encoded, [*LENGTHS, self.n_features_out_])
        learn(self, report, cut_at)
        warn(report, cut_at)
        return encoded

    def _encode(self, texts: Texts, overlap: int | None) -> Encoded:
        return self._codec.spread(texts, self.n_features_out_, overlap)

    def _rows(self, encoded: Encoded) -> np.ndarray:
        return encoded.ids

    @property
    def _codec(self) -> Codec:
        """The tokenizer that was fitted; read again after unpickling."""
        if "_live" not in self.__dict__:
            self._live = self._read_again()
        return self._live

    def _read_again(self) -> Codec:
        if self._folder is None:
            codec = codec_from(self.tokenizer)
        else:
            there = Path(self._folder).is_dir()
            codec = codec_of(self._folder if there else resolve_tokenizer(self.tokenizer))
        if codec.digest != self._digest:
            raise InputError(
                "Expected the tokenizer that was fitted, got another one: it has changed since. "
                "Restore the old one, or fit again."
            )
        return codec

    def __getstate__(self) -> dict[str, object]:
        # One live tokenizer per process is enough, and a file needs none.
        return {name: v for name, v in super().__getstate__().items() if name != "_live"}

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.string, tags.input_tags.two_d_array = True, False
        return tags
