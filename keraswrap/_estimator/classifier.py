"""Labels in, probabilities out: what makes an estimator a classifier."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import ClassifierMixin

from keraswrap._estimator.fit import Call, KerasEstimator
from keraswrap._targets import ClassTarget, Heads, choose_classifier_target

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Self

    from numpy.typing import ArrayLike
    from sklearn.utils import Tags


class KerasClassifier(ClassifierMixin, KerasEstimator):
    """Base of the wrappers that predict labels; not for direct use."""

    classes: Sequence[object] | np.ndarray | Mapping[str, object] | None
    # Estimators of earlier versions were pickled without it.
    target: str | Mapping[str, str] = "auto"
    _target: Any  # ClassTarget, or Heads, which has dicts for arrays

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags

    @property
    def classes_(self) -> Any:
        """The classes, in the order of the columns of `predict_proba`; by head if several."""
        self._need_target("classes_")
        return self._target.classes

    @property
    def n_classes_(self) -> Any:
        """The number of classes; by head if several."""
        self._need_target("n_classes_")
        return self._target.n_classes

    def _choose_target(self, y: object, classes: object) -> ClassTarget | Heads:
        return choose_classifier_target(
            y, self.classes if classes is None else classes, self.target
        )

    def partial_fit(
        self,
        X: object,
        y: object = None,
        classes: Sequence[object] | np.ndarray | Mapping[str, object] | None = None,
        sample_weight: object = None,
        **fit_params: object,
    ) -> Self:
        """Continue training, for one epoch by default.

        Parameters
        ----------
        X, y, sample_weight
            As in `fit`, but weights are not scaled to a mean of 1.
        classes : array-like of shape (k,), or dict of them by head, optional
            All classes; needed on the first call if y lacks some.
        **fit_params
            Fit arguments of Keras for this call.

        Returns
        -------
        self
        """
        if classes is not None and self.__sklearn_is_fitted__():
            self._target.check_classes(classes)
        call = Call({"epochs": 1, **fit_params}, proceed=True, classes=classes)
        return self._fit(X, y, sample_weight, call)

    def predict_proba(
        self, X: object, *, apply_softmax: bool | None = None, **predict_params: object
    ) -> Any:
        """Return the probability of each class.

        Parameters
        ----------
        X : array-like, DataFrame, sparse matrix, texts, dict of arrays, or dataset
            Rows like those of fit. Labels in a dataset are ignored.
        apply_softmax : bool, optional
            Whether the net outputs logits. By default this is inferred from the loss
            and the last activation. True applies a softmax (for one unit, a sigmoid) to
            the raw outputs; False returns them unchanged.
        **predict_params
            ``batch_size``, ``verbose``, ``callbacks`` for this call.

        Returns
        -------
        ndarray of shape (n, k), or (n, positions, k), float64; or dict of them
            Columns as in ``classes_``. Rows sum to 1, unless rows may have several
            labels or ``apply_softmax=False`` returns raw outputs. If there are several
            heads, by name for each that has classes.

        Raises
        ------
        NotFittedError
            Before fit.
        InputError
            If the rows differ in form from those of fit.
        """
        raw = self._outputs(X, predict_params)
        return self._target.to_proba(raw, self.network_.head, apply_softmax)

    def predict(self, X: object, **predict_params: object) -> Any:
        """Predict the most probable class, or every label that is more likely than not.

        Parameters
        ----------
        X : array-like, DataFrame, sparse matrix, texts, dict of arrays, or dataset
            Rows like those of fit. Labels in a dataset are ignored.
        **predict_params
            As in `predict_proba`.

        Returns
        -------
        ndarray of shape (n,), or of shape (n, k), or (n, positions); or dict of them
            Labels as in y; zeros and ones if rows may have several labels. By name, as y
            in fit, if there are several heads.
        """
        apply_softmax = predict_params.pop("apply_softmax", None)
        raw = self._outputs(X, predict_params)
        return self._target.predict(raw, self.network_.head, apply_softmax)

    def _to_labels(self, proba: Any) -> Any:
        return self._target.to_labels(proba)

    def score(self, X: object, y: object = None, sample_weight: ArrayLike | None = None) -> float:
        """Return the mean accuracy; where a row may have several labels, all must be right.

        Of several heads, the mean of their scores: the accuracy of each that has
        classes, R² of each that has numbers.

        Parameters
        ----------
        X : array-like, DataFrame, sparse matrix, texts, dict of arrays, or dataset
        y : array-like of shape (n,), or dict of them by head
            True labels, all of them in ``classes_``. A dataset may contain them.
        sample_weight : array-like of shape (n,), optional

        Returns
        -------
        float
            In [0, 1].

        Raises
        ------
        InputError
            If y contains a class that fit has not seen.
        """
        return self._score(X, y, sample_weight)
