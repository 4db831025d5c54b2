"""Numbers in, numbers out: what makes an estimator a regressor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sklearn.base import RegressorMixin

from keraswrap._estimator.fit import Call, KerasEstimator
from keraswrap._targets import Heads, Numbers, choose_regressor_target

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self

    from numpy.typing import ArrayLike
    from sklearn.utils import Tags


class KerasRegressor(RegressorMixin, KerasEstimator):
    """Base of the wrapper that predicts numbers; not for direct use."""

    _target: Any  # Numbers, or Heads, which has dicts for arrays
    # Estimators of earlier versions were pickled without it.
    target: str | Mapping[str, str] = "auto"

    @property
    def n_outputs_(self) -> Any:
        """The number of columns of y; by head if several."""
        self._need_target("n_outputs_")
        return self._target.columns

    def _choose_target(self, y: object, classes: object) -> Numbers | Heads:
        return choose_regressor_target(y, self.target)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def partial_fit(
        self, X: object, y: object = None, sample_weight: object = None, **fit_params: object
    ) -> Self:
        """Continue training, for one epoch by default.

        Parameters
        ----------
        X, y, sample_weight
            As in `fit`, but weights are not scaled to a mean of 1.
        **fit_params
            Fit arguments of Keras for this call.

        Returns
        -------
        self
        """
        return self._fit(X, y, sample_weight, Call({"epochs": 1, **fit_params}, proceed=True))

    def predict(self, X: object, return_std: bool = False, **predict_params: object) -> Any:
        """Predict numbers, and how far off they may be.

        Parameters
        ----------
        X : array-like, DataFrame, sparse matrix, texts, dict of arrays, or dataset
            Rows like those of fit. Labels in a dataset are ignored.
        return_std : bool, default=False
            Whether to return standard deviations as well, as scikit-learn's
            ``GaussianProcessRegressor`` does; only with ``target="gaussian"``.
        **predict_params
            ``batch_size``, ``verbose``, ``callbacks`` for this call.

        Returns
        -------
        ndarray of shape (n,) or (n, ..., n_outputs), float64
            With as many dimensions as y; the mean of each distribution with
            ``target="gaussian"``. A dict by name, as y in fit, if there are several
            heads.
        ndarray of the same shape, float64
            Standard deviations, if `return_std` is True.

        Raises
        ------
        ParameterError
            If standard deviations are asked of a net that has none.
        """
        raw = self._outputs(X, predict_params)
        numbers = self._target.predict(raw, self.network_.head)
        return (numbers, self._target.to_scales(raw)) if return_std else numbers

    def score(self, X: object, y: object = None, sample_weight: ArrayLike | None = None) -> float:
        """Return the coefficient of determination, R²; of several columns or heads, their mean.

        Parameters
        ----------
        X : array-like, DataFrame, sparse matrix, texts, dict of arrays, or dataset
        y : array-like of shape (n,) or (n, ..., n_outputs)
            True numbers, NaN where unknown. A dataset may contain them.
        sample_weight : array-like of shape (n,), optional

        Returns
        -------
        float
            At most 1.
        """
        return self._score(X, y, sample_weight)
