"""A classifier that adds synthetic texts inside its fit, and nowhere else."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, clone
from sklearn.exceptions import UnsetMetadataPassedError
from sklearn.utils import get_tags
from sklearn.utils.metadata_routing import (
    MetadataRouter,
    get_routing_for_object,
    process_routing,
)
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, has_fit_parameter

from keraswrap._texts import check_texts
from keraswrap._validation import unchanged_on_error
from keraswrap.exceptions import InputTypeError, ParameterError
from keraswrap.model_selection._run_plan import trained_step, weight_name
from keraswrap.synthetic._amounts import Amount, check_amount, count_texts
from keraswrap.synthetic._judge import is_fittable
from keraswrap.synthetic._synthesizer import TextSynthesizer
from keraswrap.synthetic._table import SyntheticTexts
from keraswrap.synthetic._training_rows import TrainingRows, as_column, join_labels, read_rows

if TYPE_CHECKING:
    from sklearn.utils import Tags

__all__ = ["SyntheticClassifier"]


def _has(name: str) -> Callable[[SyntheticClassifier], bool]:
    return lambda self: hasattr(self.__dict__.get("estimator_", self.estimator), name)


class SyntheticClassifier(ClassifierMixin, MetaEstimatorMixin, BaseEstimator):
    """Fit a classifier of texts on real rows and on texts that a language model adds.

    Texts are made in `fit`, from the rows passed to it, and held-out rows never reach the
    model: in cross-validation or a search nothing can leak, and all scores are those of
    real rows.

    Parameters
    ----------
    estimator : classifier of texts
        Such as a pipeline that begins with a TfidfVectorizer. Cloned and fitted.
    synthesizer : TextSynthesizer
        Cloned and fitted on the same rows.
    n : "balance", int ≥ 0, or dict of label to int, default="balance"
        How many texts to add: "balance" brings each class up to the number of rows of the
        largest, a number is for every class, a dict for the classes that it names.
    synthetic_weight : float > 0, default=1.0
        Weight of an added text, in units of the mean weight of its class's real rows.

    Attributes
    ----------
    estimator_ : classifier
    synthesizer_ : TextSynthesizer
    made_ : SyntheticTexts
        The texts, those rejected included. Positions of examples are those of the rows in
        `fit`.
    cost_ : float
        What this fit cost. `max_cost` of the synthesizer holds for each fit.
    classes_ : ndarray of shape (k,)
    n_features_in_ : int
        1.

    See Also
    --------
    compare_synthetic : What added texts are worth, beside plain oversampling.

    Notes
    -----
    The same prompt is asked once, in however many folds and candidates it comes. Where the
    synthesizer does not accept enough texts it warns, and the fit uses those that there
    are. Texts come after the real rows; an estimator that holds out rows for itself, as for
    early stopping, may hold out some of both.

    Examples
    --------
    >>> from sklearn.feature_extraction.text import TfidfVectorizer
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> from keraswrap.llm import FakeLM
    >>> from keraswrap.synthetic import SyntheticClassifier, TextSynthesizer
    >>> maker = TextSynthesizer(FakeLM(says=lambda prompt: "The lid fell off at once."))
    >>> inner = make_pipeline(TfidfVectorizer(), LogisticRegression())
    >>> clf = SyntheticClassifier(inner, maker.set_params(checks=["copy"]))
    >>> clf.fit(["It broke.", "Superb!", "Very good."], ["bad", "good", "good"]).made_.texts
    ['The lid fell off at once.']
    >>> clf.predict(["the lid"]).tolist()
    ['bad']
    """

    def __init__(
        self,
        estimator: BaseEstimator,
        synthesizer: TextSynthesizer,
        n: Amount = "balance",
        synthetic_weight: float = 1.0,
    ) -> None:
        self.estimator = estimator
        self.synthesizer = synthesizer
        self.n = n
        self.synthetic_weight = synthetic_weight

    def fit(self, X: object, y: object = None, sample_weight: object = None) -> Self:
        """Make texts, and fit on real rows and texts.

        Parameters
        ----------
        X : array-like of str, shape (n,)
        y : array-like of shape (n,)
        sample_weight : array-like of shape (n,), optional
            Of the real rows. Rows of weight 0 are neither shown nor counted.

        Returns
        -------
        self

        Raises
        ------
        InputTypeError, InputError, ParameterError
            If rows, labels, weights or a parameter cannot be used; raised before anything is
            asked.
        EndpointError
            If a server leaves prompts without an answer. Answers so far are kept: the next
            fit asks for the rest.
        """
        self._check(sample_weight)
        rows = read_rows(X, y)
        weight = _read_weight(sample_weight, rows)
        wanted = count_texts(self.n, rows if weight is None else rows.take(np.flatnonzero(weight)))
        synthesizer = clone(self.synthesizer).fit(_shown(rows, weight), rows.labels)
        made = synthesizer.sample(wanted)
        with unchanged_on_error(self):
            self.estimator_ = self._fit(rows, made, weight)
            self.synthesizer_, self.made_ = synthesizer, made
            self.classes_ = np.asarray(self.estimator_.classes_)
            self.n_features_in_ = 1
        return self

    @property
    def cost_(self) -> float:
        """What the last fit cost, from the model's prices."""
        check_is_fitted(self, "synthesizer_")
        return self.synthesizer_.cost_

    def predict(self, X: object) -> np.ndarray:
        """Predict classes with the fitted estimator.

        Parameters
        ----------
        X : array-like of str, shape (m,)

        Returns
        -------
        ndarray of shape (m,)
        """
        return np.asarray(self._ask("predict", X))

    @available_if(_has("predict_proba"))
    def predict_proba(self, X: object) -> np.ndarray:
        """Return probabilities of the fitted estimator.

        Parameters
        ----------
        X : array-like of str, shape (m,)

        Returns
        -------
        ndarray of shape (m, k)
        """
        return np.asarray(self._ask("predict_proba", X))

    @available_if(_has("decision_function"))
    def decision_function(self, X: object) -> np.ndarray:
        """Return decision values of the fitted estimator.

        Parameters
        ----------
        X : array-like of str, shape (m,)

        Returns
        -------
        ndarray of shape (m,) or (m, k)
        """
        return np.asarray(self._ask("decision_function", X))

    def _ask(self, name: str, X: object) -> object:
        check_is_fitted(self, "estimator_")
        return getattr(self.estimator_, name)(as_column(check_texts(X, empty="allow")))

    def _check(self, sample_weight: object) -> None:
        if not is_fittable(self.estimator):
            raise InputTypeError(
                f"Expected a classifier of texts as estimator, got {self.estimator!r:.60}."
            )
        if not isinstance(self.synthesizer, TextSynthesizer):
            raise InputTypeError(
                f"Expected synthesizer as a TextSynthesizer, got {self.synthesizer!r:.60}."
            )
        check_amount(self.n)
        weight = self.synthetic_weight
        number = isinstance(weight, int | float | np.number) and not isinstance(weight, bool)
        if not number or not 0 < weight < math.inf:
            raise ParameterError(
                f"Expected synthetic_weight as a number above 0, got {weight!r:.60}."
            )
        if weight != 1 or sample_weight is not None:
            self._check_takes_weights()

    def _check_takes_weights(self) -> None:
        _, last = trained_step(self.estimator)
        if not has_fit_parameter(last, "sample_weight"):
            raise ParameterError(
                "Expected an estimator whose fit takes sample_weight, for weights or a "
                f"synthetic_weight other than 1, got {type(last).__name__}. Leave them out."
            )
        _check_requests_weights(self.estimator)

    def _fit(
        self, rows: TrainingRows, made: SyntheticTexts, weight: np.ndarray | None
    ) -> BaseEstimator:
        labels = join_labels(rows.labels, made.labels)
        params = {}
        if weight is not None or self.synthetic_weight != 1:
            real = np.ones(len(rows.texts)) if weight is None else weight
            params[weight_name(self.estimator)] = np.concatenate(
                [real, self._weigh(rows, made, real)]
            )
        return clone(self.estimator).fit(as_column(rows.texts + made.texts), labels, **params)

    def _weigh(self, rows: TrainingRows, made: SyntheticTexts, real: np.ndarray) -> np.ndarray:
        there = real > 0
        means = {one: real[there & (rows.labels == one)].mean() for one in made.asked}
        return self.synthetic_weight * np.array([means[one] for one in made.labels.tolist()])

    def __sklearn_tags__(self) -> Tags:
        tags, of = super().__sklearn_tags__(), get_tags(self.estimator)
        tags.input_tags.string = tags.input_tags.one_d_array = True
        tags.input_tags.two_d_array = False
        tags.classifier_tags, tags.non_deterministic = of.classifier_tags, of.non_deterministic
        return tags


def _check_requests_weights(estimator: BaseEstimator) -> None:
    """Raise ParameterError if metadata routing is on, and no step requests weights."""
    routed = weight_name(estimator) == "sample_weight"
    if not routed or not isinstance(get_routing_for_object(estimator), MetadataRouter):
        return
    try:
        process_routing(estimator, "fit", sample_weight=np.ones(1))
    except (UnsetMetadataPassedError, TypeError) as error:
        raise ParameterError(
            "Expected an estimator that requests sample_weight, as metadata routing is on and "
            f"weights are passed to it: {error!s:.300}"
        ) from error


def _shown(rows: TrainingRows, weight: np.ndarray | None) -> list[str]:
    """Return the texts, blank where the weight is 0, so that positions stay those of rows."""
    if weight is None:
        return rows.texts
    return [text if one else "" for text, one in zip(rows.texts, weight.tolist(), strict=True)]


def _read_weight(sample_weight: object, rows: TrainingRows) -> np.ndarray | None:
    if sample_weight is None:
        return None
    shell = np.empty((len(rows.texts), 0))  # asked only for its length
    return np.asarray(_check_sample_weight(sample_weight, shell, ensure_non_negative=True))
