"""Fit an estimator, from top to bottom: read rows and y, build a net for them, and train it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils.validation import check_consistent_length, check_is_fitted

from keraswrap import _params
from keraswrap._data import Rows, check_order, kind_of, unpack
from keraswrap._estimator.builds import shared_builds
from keraswrap._estimator.engine import engine
from keraswrap._estimator.net import NetEstimator
from keraswrap._estimator.outputs import outputs
from keraswrap._estimator.prepared import Call, Prepared
from keraswrap._fingerprint import fingerprint
from keraswrap._holdout import hold_out
from keraswrap._interrupts import hearing_stop
from keraswrap._runtimes import name_runtime
from keraswrap._target_view import as_targets, each
from keraswrap._targets import AnyTarget
from keraswrap._validation import (
    check_rows,
    check_weights,
    require_target,
    unchanged_on_error,
)
from keraswrap.exceptions import InputError, ParameterError

if TYPE_CHECKING:
    from typing import Self

    from numpy.typing import ArrayLike
    from sklearn.utils import Tags

    from keraswrap._engine import Network, TrainingData
    from keraswrap._targets.head import Outputs


_RATE = "optimizer__learning_rate"


@dataclass(frozen=True)
class Sample:
    """Rows with their validated y, and weights if any."""

    rows: Rows
    y: Any  # ndarray of shape (n, ...), or TargetView
    weights: np.ndarray | None

    def take(self, index: np.ndarray) -> Sample:
        """Select rows by position."""
        weights = None if self.weights is None else self.weights[index]
        return Sample(self.rows.take(index), self.y[index], weights)


class KerasEstimator(NetEstimator):
    """Base of the wrappers; not for direct use.

    A subclass says how its net comes about (`_recipe`) and what its y is
    (`_choose_target`); everything else about y is up to the `Target`.
    """

    # Set by the constructors, and learned by fit.
    params: Mapping[str, object] | None
    compile_kwargs: Mapping[str, object] | None
    warm_start: bool
    random_state: int | np.random.RandomState | np.random.Generator | None
    history_: dict[str, list[float]]
    padding_share_: dict[str, float] | None
    seed_: int
    n_features_in_: int
    # Of classifiers: whether the user says that outputs are logits.
    apply_softmax: bool | None = None
    # Estimators of earlier versions were pickled without them.
    precision: str = "auto"
    runtime: str = "auto"

    def _choose_target(self, y: object, classes: object) -> AnyTarget:
        """Choose what kind of target y is; `classes` are those of the call."""
        raise NotImplementedError

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.input_tags.dict = True
        tags.input_tags.three_d_array = True
        tags.target_tags.required = True
        tags.non_deterministic = self.random_state is None
        return tags

    # -- fitting -----------------------------------------------------------

    def _fit(self, X: object, y: object, sample_weight: object, call: Call) -> Self:
        """Fit from scratch, from the current weights (warm_start), or continue (`call.proceed`)."""
        with hearing_stop(), unchanged_on_error(self):
            self._prepare(X, y, sample_weight, call).train()
        return self

    def _prepare(self, X: object, y: object, sample_weight: object, call: Call) -> Prepared:
        """Do all that comes before the training."""
        arguments = self._check_arguments(call.given)
        resume = self.__sklearn_is_fitted__() and (call.proceed or bool(self.warm_start))
        y = as_targets(y)
        check_order({"X": X, "y": y, "validation_groups": arguments["validation_groups"]})
        X, y, sample_weight = unpack(X, y, sample_weight)
        rows = check_rows(self, X, reset=not resume)
        require_target(self, y, rows)
        if not resume:
            self._target = self._choose_target(y, call.classes)
        checked = self._target.check(y) if resume else self._target.learn(y)
        sample = Sample(rows, checked, check_weights(sample_weight, rows))
        drawn = self.random_state if call.seed is None else call.seed
        seed = self.network_.seed if resume else engine().draw_seed(drawn)
        training, held = self._split(sample, arguments, seed)
        network = self.network_ if resume else self._built(training.rows, seed)
        if resume and not call.proceed:
            self._compile(network)
        weigh, scale = arguments["class_weight"], not call.proceed
        data = self._encode(network, training, class_weight=weigh, scale=scale)
        validation = self._validation(network, held, arguments)
        before = self.history_ if resume and call.proceed else {}
        return Prepared(self, network, data, validation, arguments, call, before)

    def _check_arguments(self, given: Mapping[str, object]) -> dict[str, object]:
        _params.check_dicts({home: getattr(self, home) for home in self._homes})
        _params.compile_arguments(self.compile_kwargs)
        if self.precision != "auto":
            engine().check_precision(self.precision)
        name_runtime(self.runtime)
        arguments = _params.fit_arguments(self.params, given)
        _params.check_epochs(arguments)
        return arguments

    def _split(
        self, sample: Sample, arguments: Mapping[str, object], seed: int
    ) -> tuple[Sample, Sample | None]:
        how, groups = arguments["validation_split"], arguments["validation_groups"]
        if not how or arguments["validation_data"] is not None:
            return sample, None
        strata = self._target.strata(sample.y)
        used, held = hold_out(how, strata, sample.y, groups, seed)
        return sample.take(used), sample.take(held)

    def _built(self, rows: Rows, seed: int) -> Network:
        """Build and compile a net, or copy one that another fit has built alike."""
        builds = shared_builds()
        key = None if builds is None else self._build_key(rows, seed)
        if builds is not None and key in builds:
            first, outputs = builds[key]
            if self._target.settle(outputs) == first.head:
                return first.twin(self.compile_kwargs)
        network = self._build(rows, seed)
        outputs = self._compile(network)
        if builds is not None and key is not None and network.is_reproducible:
            builds[key] = network.untrained(), outputs
        return network

    def _build_key(self, rows: Rows, seed: int) -> str | None:
        # A rate is part of the state, which a copy may change.
        given = _params.as_dict(self.compile_kwargs)
        rest = {k: None if k == _RATE and _is_number(v) else v for k, v in given.items()}
        shapes = {name: (a.shape[1:], str(a.dtype)) for name, a in rows.arrays.items()}
        settings = rest, self.precision, self.apply_softmax
        return fingerprint([self._recipe(), self._meta(rows), shapes, seed, settings])

    def _compile(self, network: Network) -> Outputs:
        outputs = network.describe(self.compile_kwargs, self.apply_softmax)
        network.compile(self.compile_kwargs, self._target.settle(outputs))
        return outputs

    def _build(self, rows: Rows, seed: int) -> Network:
        return engine().Network(self._recipe(), self._meta(rows), rows, seed, self.precision)

    def _meta(self, rows: Rows) -> dict[str, object]:
        return {
            "n_features_in_": self.n_features_in_,
            "feature_names_in_": getattr(self, "feature_names_in_", None),
            "shapes_": rows.shapes,
            **self._target.meta,
        }

    def _encode(
        self, network: Network, sample: Sample, *, class_weight: object = None, scale: bool = True
    ) -> TrainingData:
        """Turn checked rows into what the net is trained on."""
        network.check(sample.rows)
        weights = self._target.weigh(sample.y, sample.weights, class_weight)
        number = "float64" if network.is_double else "float32"
        if weights is not None:
            weights = each(lambda part: _scaled(part, scale).astype(number), weights)
        targets = self._target.encode(sample.y, network.head)
        targets = each(lambda t: t.astype(number) if t.dtype == "float64" else t, targets)
        return engine().TrainingData(sample.rows, targets, weights)

    def _validation(
        self, network: Network, held: Sample | None, arguments: Mapping[str, object]
    ) -> TrainingData | None:
        # Class weights are for training alone, as in Keras.
        given = arguments["validation_data"]
        if given is None:
            return self._encode(network, held) if held else None
        if kind_of(given):
            given = (given,)
        elif not isinstance(given, list | tuple) or len(given) not in (2, 3):
            raise ParameterError(
                f"Expected validation_data to be (X, y), (X, y, sample_weight) or a dataset, got "
                f"{type(given).__name__} {given!r:.60}."
            )
        X, y, sample_weight = unpack(*given)
        rows = check_rows(self, X, reset=False)
        require_target(self, y, rows)
        y = self._target.check(y)
        return self._encode(network, Sample(rows, y, check_weights(sample_weight, rows)))

    def _fit_stops(
        self,
        X: object,
        y: object,
        stops: Sequence[int],
        visit: Callable[[int], None],
        **fit_params: object,
    ) -> Self:
        """Train once, and visit the states that runs of fewer epochs would have reached.

        Parameters
        ----------
        X, y
            As for fit.
        stops : sequence of int
            Numbers of epochs, in ascending order.
        visit : callable
            Called at each stop, when the estimator is bit for bit
            what a fit of so many epochs would be.
        **fit_params
            Weights, and fit arguments of Keras, but for ``epochs``.

        Returns
        -------
        self
            As after the last stop.
        """
        with hearing_stop(), unchanged_on_error(self):
            self._prepare_stops(X, y, stops, visit, **fit_params).train()
        return self

    def _may_stack(self) -> bool:
        """Return whether fits of it may be trained together; `Prepared.why_alone` knows more."""
        return True

    def _prepare_stops(
        self,
        X: object,
        y: object,
        stops: Sequence[int],
        visit: Callable[[int], None],
        sample_weight: object = None,
        **fit_params: object,
    ) -> Prepared:
        """Do all that comes before the training that `_fit_stops` does; no stops are its end."""
        given = {**fit_params, "epochs": stops[-1]} if stops else fit_params
        return self._prepare(X, y, sample_weight, Call(given, stops=stops, visit=visit))

    def _unshared(self) -> str | None:
        """Return why runs that differ only in epochs cannot share one; None if they can."""
        arguments = _params.fit_arguments(self.params)
        if arguments["initial_epoch"]:
            return "initial_epoch leaves some of them no epoch to train"
        callbacks = arguments["callbacks"]
        return None if callbacks is None else engine().why_unshared(callbacks)

    def initialize(self, X: object, y: object = None) -> Self:
        """Build the net for the given data without training it.

        Use this for nets that have pretrained weights and predict without training, or
        to inspect a net before training.

        Parameters
        ----------
        X, y
            As for fit; a few rows that include every class are enough.

        Returns
        -------
        self

        Raises
        ------
        InputError, ParameterError, BuildError
            As from fit.
        """
        return self._fit(X, y, None, Call(train=False))

    # -- reading -----------------------------------------------------------

    def _outputs(self, X: object, given: Mapping[str, object]) -> object:
        check_is_fitted(self)
        arguments = _params.predict_arguments(self.params, given)
        rows = check_rows(self, X, reset=False)
        return outputs(self.network_, rows, arguments, self.runtime)

    def _score(self, X: object, y: object, sample_weight: ArrayLike | None) -> float:
        check_is_fitted(self)
        X, y, sample_weight = unpack(X, y, sample_weight)
        return self._score_of(self.predict(X), y, sample_weight)

    def _score_of(self, predicted: Any, y: object, sample_weight: ArrayLike | None) -> float:
        """Score predictions, which may be those of an ensemble that it is part of."""
        check_consistent_length(as_targets(predicted), y)
        return self._target.score(self._target.check(y), predicted, sample_weight)


def _scaled(weights: np.ndarray, scale: bool) -> np.ndarray:
    """Scale weights to a mean of 1, so that the learning rate means the same whatever their unit.

    A batch of `partial_fit` cannot know the others, so its weights are left as they are.

    Raises
    ------
    InputError
        If all are 0.
    """
    if not weights.any():
        raise InputError(
            "Expected some weights above 0, got only zeros: no row would count. See class_weight "
            "and sample_weight."
        )
    return weights * (weights.size / weights.sum() if scale else 1.0)


def _is_number(value: object) -> bool:
    return isinstance(value, float | int | np.number) and not isinstance(value, bool)
