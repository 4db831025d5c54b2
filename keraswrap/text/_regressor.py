"""Texts in, numbers out: a checkpoint as one scikit-learn regressor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from sklearn.base import RegressorMixin

from keraswrap._targets import Numbers, choose_numbers
from keraswrap.exceptions import InputError
from keraswrap.text._base import Transformer
from keraswrap.text._build_functions import build_text_regressor
from keraswrap.text._schedule import Recipe
from keraswrap.text._windows import mean_by_owner, mix_by_owner
from keraswrap.wrappers import KerasWrapperRegressor

if TYPE_CHECKING:
    from typing import Self

    from numpy.typing import ArrayLike
    from sklearn.utils import Tags

    from keraswrap._targets import Target

__all__ = ["TransformerRegressor"]


class TransformerRegressor(RegressorMixin, Transformer):
    """Predict numbers from texts with a fine-tuned transformer.

    Targets are standardized for training, because a learning rate has no units;
    predictions are scaled back. For ratings on a scale, such as 1 to 5 stars, see
    ``TransformerClassifier(target="ordered")``.

    Parameters
    ----------
    encoder, pooling, dropout, trainable, max_length, epochs, batch_size, learning_rate
        As for :class:`TransformerClassifier`.
    warmup, weight_decay, early_stopping, validation_fraction, n_iter_no_change
        As for :class:`TransformerClassifier`.
    cache, empty, precision, jit_compile, verbose, random_state, long_texts, overlap
        As for :class:`TransformerClassifier`.
    numeric_features, runtime
        As for :class:`TransformerClassifier`.
    target : {"auto", "gaussian"}, default="auto"
        What the net outputs: the numbers of y, or with ``"gaussian"`` a normal
        distribution of each, trained by its likelihood. ``predict(X, return_std=True)``
        then also returns standard deviations.

    Attributes
    ----------
    mean_, scale_ : ndarray of shape (n_outputs,)
        Mean and standard deviation of the targets that the net is trained on, without
        those held out by `early_stopping`.
    vectorizer_, estimator_, history_, padding_share_, precision_, jit_compile_, recipe_, seed_
        As for :class:`TransformerClassifier`.
    callbacks_
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
            Finite numbers; if a text has several, NaN marks unknown ones, which the loss
            and the score leave out. A dataset may contain them.
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

    def predict(
        self, X: object, return_std: bool = False
    ) -> np.ndarray | tuple[np.ndarray, np.ndarray]:
        """Predict the target values.

        Parameters
        ----------
        X : iterable of str
        return_std : bool, default=False
            Whether to return standard deviations as well; only with
            ``target="gaussian"``.

        Returns
        -------
        ndarray of shape (n,) or (n, n_outputs), float64
            The mean of each distribution with ``target="gaussian"``.
        ndarray of the same shape, float64
            Standard deviations, if `return_std` is True. Those of a text read in several
            windows are of the mixture of its windows' distributions.

        Raises
        ------
        ParameterError
            If standard deviations are asked of a net that has none.
        """
        rows, owner = self._features(X)
        if not return_std:
            mean = mean_by_owner(self.estimator_.predict(rows), owner)
            return mean * self.scale_ + self.mean_
        mean, std = self.estimator_.predict(rows, return_std=True)
        mean, std = mix_by_owner(mean, std, owner)
        return mean * self.scale_ + self.mean_, std * self.scale_

    def score(self, X: object, y: object = None, sample_weight: ArrayLike | None = None) -> float:
        """Return the coefficient of determination, R²; of several columns, their mean.

        Parameters
        ----------
        X : iterable of str, or a dataset with numbers
        y : array-like of shape (n,) or (n, n_outputs), optional
            NaN where unknown, if a text has several.
        sample_weight : array-like of shape (n,), optional

        Returns
        -------
        float
            At most 1.
        """
        return self._score(X, y, sample_weight)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def _learn_target(self, y: object) -> tuple[Numbers, np.ndarray]:
        target = choose_numbers(self.target)
        numbers = target.learn(y)
        if numbers.ndim > 2:
            raise InputError(
                "Expected a number for each text, or a row of them, y of shape (n,) or "
                f"(n, n_outputs), got shape {numbers.shape}."
            )
        return target, numbers

    def _scale_target(self, y: np.ndarray, used: np.ndarray) -> np.ndarray:
        columns = y.reshape(len(y), -1)
        there = np.ma.masked_invalid(columns[used])
        self.mean_ = there.mean(axis=0).filled(0.0)
        deviation = there.std(axis=0).filled(0.0)
        self.scale_ = np.where(deviation > 0, deviation, 1.0)
        return ((columns - self.mean_) / self.scale_).reshape(y.shape)

    def _wrap(
        self, kind: str, encoder: str, recipe: Recipe, target: Target
    ) -> KerasWrapperRegressor:
        model, arguments = self._model(kind, encoder, build_text_regressor)
        return KerasWrapperRegressor(
            model,
            arguments,
            recipe.compile_kwargs,
            recipe.params,
            target=self.target,
            random_state=self.random_state,
        )
