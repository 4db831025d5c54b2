"""Texts in, numbers out: a checkpoint as one scikit-learn regressor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from sklearn.base import RegressorMixin

from keraswrap._targets import check_numbers
from keraswrap.text._base import Transformer
from keraswrap.text._build_functions import build_text_regressor
from keraswrap.text._schedule import Recipe
from keraswrap.text._windows import mean_by_owner
from keraswrap.wrappers import KerasWrapperRegressor

if TYPE_CHECKING:
    from typing import Self

    from numpy.typing import ArrayLike
    from sklearn.utils import Tags

__all__ = ["TransformerRegressor"]


class TransformerRegressor(RegressorMixin, Transformer):
    """Predict numbers from texts with a fine-tuned transformer.

    Targets are standardized for training, because a learning rate has no units;
    predictions are scaled back.

    Parameters
    ----------
    encoder, pooling, dropout, trainable, max_length, epochs, batch_size, learning_rate
        As for :class:`TransformerClassifier`.
    warmup, weight_decay, early_stopping, validation_fraction, n_iter_no_change
        As for :class:`TransformerClassifier`.
    cache, empty, precision, jit_compile, verbose, random_state, long_texts, overlap
        As for :class:`TransformerClassifier`.
    numeric_features
        As for :class:`TransformerClassifier`.

    Attributes
    ----------
    mean_, scale_ : ndarray of shape (n_outputs,)
        Mean and standard deviation of the training targets.
    vectorizer_, estimator_, history_, padding_share_, precision_, jit_compile_, recipe_, seed_
        As for :class:`TransformerClassifier`.
    report_, n_truncated_, truncated_share_, unknown_share_
        As for :class:`TextTokenizer`.

    Examples
    --------
    >>> from keraswrap.text import TransformerRegressor
    >>> TransformerRegressor(trainable="last:2", random_state=0).trainable
    'last:2'
    """

    _wrapper = KerasWrapperRegressor

    def fit(self, X: object, y: object = None, sample_weight: ArrayLike | None = None) -> Self:
        """Fine-tune the checkpoint on texts and their numbers.

        Parameters
        ----------
        X : iterable of str
            As for :meth:`TransformerClassifier.fit`.
        y : array-like of shape (n,) or (n, n_outputs)
            Finite numbers.
        sample_weight : array-like of shape (n,), optional

        Returns
        -------
        self

        Raises
        ------
        InputError, InputTypeError, ParameterError, DownloadError
            Before any training; an earlier fit is kept.
        """
        return self._fit(X, y, sample_weight)

    def predict(self, X: object) -> np.ndarray:
        """Predict the target values.

        Parameters
        ----------
        X : iterable of str

        Returns
        -------
        ndarray of shape (n,) or (n, n_outputs), float64
        """
        rows, owner = self._features(X)
        return mean_by_owner(self.estimator_.predict(rows), owner) * self.scale_ + self.mean_

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def _check_target(self, y: object) -> np.ndarray:
        target = check_numbers(y)
        columns = target.reshape(len(target), -1)
        self.mean_ = columns.mean(axis=0)
        deviation = columns.std(axis=0)
        self.scale_ = np.where(deviation > 0, deviation, 1.0)
        return ((columns - self.mean_) / self.scale_).reshape(target.shape)

    def _wrap(self, kind: str, encoder: str, recipe: Recipe) -> KerasWrapperRegressor:
        model, arguments = self._model(kind, encoder, build_text_regressor)
        return KerasWrapperRegressor(
            model,
            arguments,
            recipe.compile_kwargs,
            recipe.params,
            random_state=self.random_state,
        )
