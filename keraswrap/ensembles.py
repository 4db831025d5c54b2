"""Ensembles of estimators that differ only in their seeds, such as deep ensembles of nets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import (
    BaseEstimator,
    ClassifierMixin,
    MetaEstimatorMixin,
    RegressorMixin,
    clone,
    is_classifier,
    is_regressor,
)
from sklearn.utils import get_tags
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import check_is_fitted

from keraswrap._data import unpack
from keraswrap._estimator.engine import engine
from keraswrap._params import check_count
from keraswrap._validation import keep_features
from keraswrap.exceptions import InputError, ParameterError
from keraswrap.model_selection._alike_fits import fit_alike
from keraswrap.model_selection._run_plan import trained_step, weight_name

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Self

    from numpy.typing import ArrayLike
    from sklearn.utils import Tags

__all__ = ["DeepEnsembleClassifier", "DeepEnsembleRegressor"]


# What scikit-learn calls a y with several labels in a row.
_SEVERAL = ("multilabel-indicator", "multiclass-multioutput")


class _DeepEnsemble(MetaEstimatorMixin, BaseEstimator):
    """What both have in common: members that are fitted on the same rows from other seeds."""

    estimators_: list[Any]

    def __init__(
        self,
        estimator: BaseEstimator,
        n_members: int = 5,
        *,
        random_state: int | np.random.RandomState | np.random.Generator | None = None,
    ) -> None:
        self.estimator = estimator
        self.n_members = n_members
        self.random_state = random_state

    def fit(
        self, X: object, y: object = None, sample_weight: object = None, **fit_params: object
    ) -> Self:
        """Fit all members on the same rows.

        Parameters
        ----------
        X, y
            As for the estimator's fit.
        sample_weight : array-like of shape (n,), optional
            Weights of rows; for a Pipeline, those of its last step.
        **fit_params
            Further parameters of the estimator's fit.

        Returns
        -------
        self

        Raises
        ------
        InputError
            If the estimator is of another kind, or has no ``random_state``, so that all
            members would be the same; and whatever the estimator raises.
        ParameterError
            If `n_members` is no whole number from 1 on.
        """
        check_count("n_members", self.n_members)
        self._check(y)
        members = _members(self.estimator, self.n_members, self.random_state)
        if sample_weight is not None:
            fit_params = {**fit_params, weight_name(members[0]): sample_weight}
        fit_alike(members, X, y, fit_params)
        self._take(members)
        return self

    def _check(self, y: object) -> None:
        """Raise InputError if an ensemble of the estimator makes no sense."""
        raise NotImplementedError

    def _take(self, members: Sequence[Any]) -> None:
        """Set all that is learned, from a fit or from a file."""
        self.estimators_ = list(members)
        keep_features(self, members[0])

    def _each(self, ask: Callable[[Any], Any]) -> list[Any]:
        check_is_fitted(self)
        return [ask(member) for member in self.estimators_]

    def predict(self, X: object) -> Any:
        """Predict from what all members say."""
        raise NotImplementedError

    def __sklearn_tags__(self) -> Tags:
        tags, of = super().__sklearn_tags__(), get_tags(self.estimator)
        tags.input_tags, tags.target_tags = of.input_tags, of.target_tags
        tags.classifier_tags, tags.regressor_tags = of.classifier_tags, of.regressor_tags
        tags.non_deterministic = self.random_state is None
        return tags


class _ScoredAsMembers:
    """Scores of the members' own kind; comes before scikit-learn's."""

    def score(
        self: Any, X: object, y: object = None, sample_weight: ArrayLike | None = None
    ) -> float:
        """Score the predictions as the estimator scores its own.

        Parameters
        ----------
        X : rows like those of fit
        y : as in fit; a dataset may contain it
        sample_weight : array-like of shape (n,), optional

        Returns
        -------
        float
            The mean accuracy of labels, in [0, 1], where all labels of a row must be right; R²
            of numbers, at most 1; of several outputs, the mean of their scores.
        """
        check_is_fitted(self)
        judge = trained_step(self.estimators_[0])[1]
        if not hasattr(judge, "_score_of"):  # one of scikit-learn's
            return float(super().score(X, y, sample_weight))  # type: ignore[misc]
        X, y, sample_weight = unpack(X, y, sample_weight)
        return float(judge._score_of(self.predict(X), y, sample_weight))


class DeepEnsembleClassifier(_ScoredAsMembers, ClassifierMixin, _DeepEnsemble):
    """Classifiers that differ only in their seeds; the mean of their probabilities.

    Nets that start from other weights, and see rows in another order, err on other rows.
    The mean of their probabilities is more accurate and less sure of its errors than one
    net [1]_. It ranks label issues as any classifier does.

    Parameters
    ----------
    estimator : classifier
        With ``predict_proba`` and a ``random_state``: a wrapper, a `TransformerClassifier`,
        a Pipeline that ends in one, or one of scikit-learn's. It is cloned; its parameters
        are tuned as ``estimator__name``.
    n_members : int, default=5
        How many are fitted.
    random_state : int, RandomState or Generator, optional
        What the seeds of the members are drawn from; those of fewer members are the first
        of more. None draws new ones each time.

    Attributes
    ----------
    estimators_ : list of classifier
        Fitted.
    classes_ : ndarray of shape (k,)
        Labels, the columns of `predict_proba`. A dict by name for several outputs.
    n_features_in_ : int
        If the estimator has it.
    feature_names_in_ : ndarray of str
        If the estimator has them.

    See Also
    --------
    DeepEnsembleRegressor : For numbers.

    Notes
    -----
    Small nets are trained together, by one program, if that is estimated to take less time;
    `keraswrap.model_selection.GridSearchCV` tells more of it at `stack_fits`. Results then
    equal those of separate fits but for rounding. Whatever takes longer, such as a
    fine-tuned transformer, is fitted one by one.

    References
    ----------
    .. [1] Lakshminarayanan, Pritzel and Blundell, "Simple and Scalable Predictive
       Uncertainty Estimation using Deep Ensembles", NeurIPS 2017.

    Examples
    --------
    >>> from keras import layers
    >>> from keraswrap import KerasWrapperSequential
    >>> from keraswrap.ensembles import DeepEnsembleClassifier
    >>> net = KerasWrapperSequential([layers.Dense(8, activation="relu"), layers.Dense(2)])
    >>> clf = DeepEnsembleClassifier(net, n_members=3, random_state=0)
    >>> clf.fit([[0.0], [1.0]] * 4, ["no", "yes"] * 4).predict_proba([[1.0]]).shape
    (1, 2)
    """

    def _check(self, y: object) -> None:
        if not is_classifier(self.estimator) or not hasattr(self.estimator, "predict_proba"):
            raise InputError(
                f"Expected a classifier with predict_proba as estimator, got "
                f"{self.estimator!r:.100}. For numbers use DeepEnsembleRegressor."
            )
        last = trained_step(self.estimator)[1]
        if not hasattr(last, "_to_labels") and type_of_target(y) in _SEVERAL:
            raise InputError(
                f"Expected one label for each row with {type(last).__name__}, got "
                f"{type_of_target(y)} y. Use a wrapper where a row may have several labels."
            )

    @property
    def classes_(self) -> Any:
        """The classes, in the order of the columns of `predict_proba`."""
        if not hasattr(self, "estimators_"):
            raise AttributeError(f"{type(self).__name__} has no classes_ before fit.")
        return self.estimators_[0].classes_

    def predict_proba(self, X: object) -> Any:
        """Return the mean of the members' probabilities.

        Parameters
        ----------
        X : rows like those of fit

        Returns
        -------
        ndarray of shape (n, k), float64; or dict of them by name
            As the estimator's ``predict_proba``; columns as in ``classes_``.
        """
        return _combine(_mean, self._each(lambda member: member.predict_proba(X)))

    def predict(self, X: object) -> Any:
        """Predict labels from the mean probabilities, by the estimator's own rule.

        Parameters
        ----------
        X : rows like those of fit

        Returns
        -------
        ndarray of shape (n,) or (n, k), or dict of them by name
            Labels as in y: the most probable class, every label that is more likely than
            not, or the median of ordered classes. Of a net with several outputs, those that
            are numbers are the mean of the members' predictions.
        """
        proba = self.predict_proba(X)
        last = trained_step(self.estimators_[0])[1]
        if not hasattr(last, "_to_labels"):  # one of scikit-learn's
            return np.asarray(self.classes_)[proba.argmax(axis=1)]
        labels = last._to_labels(proba)
        if not isinstance(labels, dict) or labels.keys() == last._target.parts.keys():
            return labels
        said = self._each(lambda member: member.predict(X))
        numbers = [{k: v for k, v in one.items() if k not in labels} for one in said]
        return {**labels, **_combine(_mean, numbers)}


class DeepEnsembleRegressor(_ScoredAsMembers, RegressorMixin, _DeepEnsemble):
    """Regressors that differ only in their seeds; the mean of their predictions.

    Parameters
    ----------
    estimator : regressor
        With a ``random_state``; as for `DeepEnsembleClassifier`.
    n_members : int, default=5
        How many are fitted.
    random_state : int, RandomState or Generator, optional
        What the seeds of the members are drawn from.

    Attributes
    ----------
    estimators_ : list of regressor
        Fitted.
    n_features_in_, feature_names_in_
        If the estimator has them.

    See Also
    --------
    DeepEnsembleClassifier : For classes; how members are fitted.

    Examples
    --------
    >>> import keras
    >>> from keraswrap import KerasWrapperRegressor
    >>> from keraswrap.ensembles import DeepEnsembleRegressor
    >>> def build(meta):
    ...     inputs = keras.Input((meta["n_features_in_"],))
    ...     return keras.Model(inputs, keras.layers.Dense(meta["n_outputs_"])(inputs))
    >>> reg = DeepEnsembleRegressor(KerasWrapperRegressor(build), 3, random_state=0)
    >>> means, deviations = reg.fit([[0.0], [1.0]] * 4, [0.0, 2.0] * 4).predict(
    ...     [[1.0]], return_std=True
    ... )
    >>> means.shape, (deviations > 0).all()
    ((1,), np.True_)
    """

    def _check(self, y: object) -> None:
        if not is_regressor(self.estimator):
            raise InputError(
                f"Expected a regressor as estimator, got {self.estimator!r:.100}. For classes "
                "use DeepEnsembleClassifier."
            )

    def predict(self, X: object, return_std: bool = False) -> Any:
        """Return the mean of the members' predictions, and how far they may be off.

        Parameters
        ----------
        X : rows like those of fit
        return_std : bool, default=False
            Whether to return standard deviations as well.

        Returns
        -------
        ndarray of shape (n,) or (n, ..., n_outputs), float64; or dict of them by name
        ndarray of the same shape, float64
            If `return_std` is True, standard deviations of the mixture of the members'
            distributions for nets with ``target="gaussian"``, in the units of y. Of other
            members, standard deviations of their predictions alone: what they disagree on,
            without the noise of y.
        """
        if return_std:
            try:
                both = self._each(lambda member: member.predict(X, return_std=True))
                means, deviations = (list(parts) for parts in zip(*both, strict=True))
                return _combine(_mean, means), _combine(_spread, means, deviations)
            except (ParameterError, TypeError):  # members have none
                pass
        means = self._each(lambda member: member.predict(X))
        mean = _combine(_mean, means)
        return (mean, _combine(_spread, means)) if return_std else mean


def _members(
    estimator: BaseEstimator,
    count: int,
    random_state: int | np.random.RandomState | np.random.Generator | None,
) -> list[BaseEstimator]:
    """Clone an estimator, and give each clone seeds of its own."""
    names = [
        name
        for name in sorted(estimator.get_params(deep=True))
        if name == "random_state" or name.endswith("__random_state")
    ]
    if not names:
        raise InputError(
            f"Expected an estimator with a random_state, got {estimator!r:.100}: all members "
            "would be the same."
        )
    rng = np.random.default_rng(engine().draw_seed(random_state))
    seeds = rng.integers(2**31 - 1, size=(count, len(names)))
    return [
        clone(estimator).set_params(**dict(zip(names, row.tolist(), strict=True))) for row in seeds
    ]


def _combine(function: Callable[..., Any], *groups: Sequence[Any]) -> Any:
    """Call a function with lists of arrays, or for each name with the lists of that name."""
    if not isinstance(groups[0][0], dict):
        return function(*groups)
    names = groups[0][0]
    return {k: function(*([one[k] for one in group] for group in groups)) for k in names}


def _mean(said: Sequence[np.ndarray]) -> Any:
    return np.mean(said, axis=0)


def _spread(means: Sequence[np.ndarray], deviations: Sequence[np.ndarray] = ()) -> Any:
    """Return the standard deviation of a mixture in equal parts."""
    within = np.mean(np.square(deviations), axis=0) if len(deviations) else 0.0
    return np.sqrt(np.var(means, axis=0) + within)
