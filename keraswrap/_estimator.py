"""What the three wrappers share: one way to fit, whatever is fitted.

The constructor stores, ``fit`` learns, and everything learned ends in ``_``.
Subclasses say how the net comes about (`_recipe`) and what its targets are.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from keraswrap import _params
from keraswrap._data import Rows, check_order, kind_of, unpack
from keraswrap._fingerprint import fingerprint
from keraswrap._head import to_proba, to_target
from keraswrap._targets import _indicators, _labels
from keraswrap._validation import (
    check_rows,
    check_weights,
    is_splitter,
    require_target,
    split_by,
    unchanged_on_error,
)
from keraswrap.exceptions import InputError, ParameterError

if TYPE_CHECKING:
    from typing import Self


def _engine() -> Any:
    # Loads Keras and its backend, which take seconds: not before the first fit.
    from keraswrap import _engine as engine

    return engine


# Constructor parameters that hold Keras's objects, which neither pickle nor copy by themselves.
_HOLD_KERAS = ("layers", "compile_kwargs")


# Outputs by network and rows, where they are remembered; see `remember_outputs`.
_MEMORY: ContextVar[dict[tuple[Any, str], np.ndarray] | None] = ContextVar("outputs", default=None)


@contextmanager
def remember_outputs() -> Iterator[None]:
    """Compute the outputs for equal rows once inside the block.

    A scorer asks for labels, and then somebody for the probabilities of the
    same rows. Nothing may be trained inside the block.
    """
    token = _MEMORY.set({})
    try:
        yield
    finally:
        _MEMORY.reset(token)


def _portable(value: Any) -> Any:
    # Where Keras was never loaded, none of its objects can be there.
    return _engine().to_spec(value) if "keras" in sys.modules else value


def _live(value: Any) -> Any:
    return _engine().from_spec(value) if "keras" in sys.modules else value


class KerasEstimator(BaseEstimator):
    """Base of the wrappers; not for direct use."""

    # Set by the constructors, and learned by fit.
    params: Any
    compile_kwargs: Any
    warm_start: Any
    random_state: Any
    network_: Any
    history_: dict[str, list[float]]
    padding_share_: dict[str, float] | None
    seed_: int
    # Estimators of earlier versions were pickled without it.
    precision: Any = "auto"
    # The constructor's dicts that routed names are kept in.
    _homes: tuple[str, ...] = ("params", "compile_kwargs")

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """List the parameters.

        Parameters
        ----------
        deep : bool, default=True
            Also list every routed name: fit arguments (``epochs``),
            ``model__``, and ``compile__``, each with the value it has now.

        Returns
        -------
        dict
        """
        own = super().get_params(deep=False)
        if not deep:
            return own
        homes = {home: own[home] for home in self._homes}
        return {**_params.list_params(homes, own.get("model")), **own}

    def set_params(self, **params: Any) -> Self:
        """Set parameters of the estimator, its net, its compilation and its fit.

        Parameters
        ----------
        **params
            Constructor parameters, bare fit arguments (``epochs=3``), or names
            under ``model__``, ``compile__``, ``fit__`` and ``predict__``.

        Returns
        -------
        self

        Raises
        ------
        ParameterError
            If a name is unknown; near names are listed. Nothing is set then.
        """
        own = self._get_param_names()
        model = params.get("model", getattr(self, "model", None))
        has_model = "model_kwargs" in self._homes
        homes = {
            name: _params.find_home(name, model, has_model=has_model, own=own)
            for name in params
            if name not in own
        }
        for name in params.keys() - homes.keys():
            setattr(self, name, params[name])
        now = self.get_params() if homes else {}
        for name, (home, key) in homes.items():
            # Writing a default back would turn it into a choice.
            if name not in now or now[name] is not params[name]:
                setattr(self, home, {**(getattr(self, home) or {}), key: params[name]})
        return self

    def __sklearn_is_fitted__(self) -> bool:
        return "network_" in self.__dict__

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.input_tags.dict = True
        tags.input_tags.three_d_array = True
        tags.target_tags.required = True
        tags.non_deterministic = self.random_state is None
        return tags

    @property
    def net(self) -> Any:
        """The fitted ``keras.Model``; None before fit."""
        return self.network_.net if self.__sklearn_is_fitted__() else None

    @property
    def precision_(self) -> str:
        """The dtype policy by which most of the fitted net computes."""
        return self._of_network("precision")

    @property
    def jit_compile_(self) -> bool:
        """Whether XLA compiles the fitted net."""
        return self._of_network("jit_compile")

    @property
    def callbacks_(self) -> list[Any]:
        """The callbacks that the last fit ran, copies of those given, in the state it left."""
        found = self._of_network("callbacks")
        if found is None:
            raise AttributeError(
                f"{type(self).__name__} has no callbacks_ from before it was saved."
            )
        return list(found)

    def _of_network(self, name: str) -> Any:
        if not self.__sklearn_is_fitted__():
            raise AttributeError(f"{type(self).__name__} has no {name}_ before fit.")
        return getattr(self.network_, name)

    def summary(self, **kwargs: Any) -> None:
        """Print the net's summary.

        Before fit a net is built for the purpose and thrown away, where its
        build function can do without ``meta``.

        Parameters
        ----------
        **kwargs
            Passed to ``keras.Model.summary``.

        Raises
        ------
        BuildError
            If the net cannot be built before there is data.
        """
        net = self.net if self.__sklearn_is_fitted__() else self._recipe().preview()
        net.summary(**kwargs)

    # -- fitting -----------------------------------------------------------

    def _fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any,
        given: Mapping[str, Any],
        *,
        proceed: bool = False,
        train: bool = True,
        stops: Sequence[int] = (),
        visit: Callable[[int], None] | None = None,
    ) -> Self:
        """Fit afresh, from the weights at hand (warm_start), or on (`proceed`)."""
        arguments = self._check_arguments(given)
        resume = self.__sklearn_is_fitted__() and (proceed or bool(self.warm_start))
        check_order({"X": X, "y": y, "validation_groups": arguments["validation_groups"]})
        X, y, sample_weight = unpack(X, y, sample_weight)
        with unchanged_on_error(self):
            rows = check_rows(self, X, reset=not resume)
            require_target(self, y, rows)
            y = self._read_target(y, reset=not resume)
            weights = check_weights(sample_weight, rows)
            seed = self.network_.seed if resume else _engine().draw_seed(self.random_state)
            used, held = self._split(y, rows.n, arguments, seed)
            network = self.network_ if resume else self._build(rows.take(used), seed)
            if not (resume and proceed):
                self._settle(network)
            parts = [_take(part, used, held) for part in (rows, y, weights)]
            weigh = arguments["class_weight"]
            data = self._training_data(network, *parts, class_weight=weigh, scale=not proceed)
            parts = [_take(part, held, held) for part in (rows, y, weights)]
            validation = self._validation(network, parts if len(held) else None, arguments)
            strict = self.random_state is not None
            before = self.history_ if resume and proceed else {}

            def learn(history: Mapping[str, list[float]]) -> None:
                self.history_ = {k: [*before.get(k, []), *v] for k, v in history.items()}
                self.padding_share_ = network.padding or None
                self.network_, self.seed_ = network, seed

            def arrive(stop: int, history: Mapping[str, list[float]]) -> None:
                learn(history)
                visit(stop)  # type: ignore[misc]

            showing = {"stops": stops, "visit": arrive} if visit else {}
            learn(
                network.train(data, validation, arguments, strict=strict, **showing)
                if train
                else {}
            )
        return self

    def _fit_stops(
        self,
        X: Any,
        y: Any,
        stops: Sequence[int],
        visit: Callable[[int], None],
        sample_weight: Any = None,
        **fit_params: Any,
    ) -> Self:
        """Train once, and look at what runs of fewer epochs would have given.

        Parameters
        ----------
        X, y, sample_weight
            As for fit.
        stops : sequence of int
            Numbers of epochs, in ascending order.
        visit : callable
            Called with each stop, at a moment when the estimator is to the bit
            what a fit of so many epochs would be.
        **fit_params
            Fit arguments of Keras, but for ``epochs``.

        Returns
        -------
        self
            As after the last stop.
        """
        given = {**fit_params, "epochs": stops[-1]}
        return self._fit(X, y, sample_weight, given, stops=stops, visit=visit)

    def _unshared(self) -> str | None:
        """Say why runs that differ in their epochs alone cannot share one; None where they can."""
        arguments = _params.fit_arguments(self.params)
        if arguments["initial_epoch"]:
            return "initial_epoch leaves some of them no epoch to train"
        callbacks = arguments["callbacks"]
        return None if callbacks is None else _engine().why_unshared(callbacks)

    def initialize(self, X: Any, y: Any = None) -> Self:
        """Build the net for data like this, and do not train it.

        For nets that bring weights of their own, which predict as they are, and
        to look at a net before its training.

        Parameters
        ----------
        X, y
            As for fit; a few rows will do, with every class among them.

        Returns
        -------
        self

        Raises
        ------
        InputError, ParameterError, BuildError
            As from fit.
        """
        return self._fit(X, y, None, {}, train=False)

    def _check_arguments(self, given: Mapping[str, Any]) -> dict[str, Any]:
        _params.check_dicts({home: getattr(self, home) for home in self._homes})
        _params.compile_arguments(self.compile_kwargs)
        if self.precision != "auto":
            _engine().check_precision(self.precision)
        arguments = _params.fit_arguments(self.params, given)
        _params.check_epochs(arguments)
        return arguments

    def _build(self, rows: Rows, seed: int) -> Any:
        return _engine().Network(self._recipe(), self._meta(rows), rows, seed, self.precision)

    def _meta(self, rows: Rows) -> dict[str, Any]:
        return {
            "n_features_in_": self.n_features_in_,
            "feature_names_in_": getattr(self, "feature_names_in_", None),
            "shapes_": rows.shapes,
        }

    def _split(
        self, y: np.ndarray, n: int, arguments: Mapping[str, Any], seed: int
    ) -> tuple[np.ndarray, np.ndarray]:
        how, groups = arguments["validation_split"], arguments["validation_groups"]
        if not how or arguments["validation_data"] is not None:
            return np.arange(n), np.arange(0)
        strata = self._strata(y)
        if is_splitter(how):
            return split_by(how, y if strata is None else strata, groups, seed)
        return _labels.stratified_split(strata, n, how, np.random.default_rng([seed, n]))

    def _training_data(
        self,
        network: Any,
        rows: Rows,
        y: np.ndarray,
        weights: np.ndarray | None,
        *,
        class_weight: Any = None,
        scale: bool = True,
    ) -> Any:
        network.check(rows)
        weights = self._weigh(y, weights, class_weight)
        if weights is not None:
            if not weights.any():
                raise InputError(
                    "Expected some rows to weigh above 0, got only zeros: no row would count. See "
                    "class_weight and sample_weight."
                )
            # A mean of 1, so that the learning rate means the same whatever their unit; a
            # batch of partial_fit cannot know the others, and takes them as they are.
            factor = len(weights) / weights.sum() if scale else 1.0
            weights = (weights * factor).astype("float64" if network.is_double else "float32")
        return _engine().TrainingData(rows, self._targets(network, y), weights)

    def _validation(self, network: Any, parts: Any, arguments: Mapping[str, Any]) -> Any:
        # Class weights are for training alone, as in Keras.
        given = arguments["validation_data"]
        if given is None:
            return self._training_data(network, *parts) if parts else None
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
        y = self._read_target(y, reset=False)
        weights = check_weights(sample_weight, rows)
        return self._training_data(network, rows, y, weights)

    # -- reading -----------------------------------------------------------

    def _outputs(self, X: Any, given: Mapping[str, Any]) -> np.ndarray:
        check_is_fitted(self)
        arguments = _params.predict_arguments(self.params, given)
        rows = check_rows(self, X, reset=False)
        memory = _MEMORY.get()
        key = None if memory is None else fingerprint([rows.arrays, arguments["batch_size"]])
        if memory is None or key is None:
            return self.network_.outputs(rows, arguments)
        if (self.network_, key) not in memory:
            memory[self.network_, key] = self.network_.outputs(rows, arguments)
        return memory[self.network_, key].copy()

    # -- copies ------------------------------------------------------------

    def __getstate__(self) -> dict[str, Any]:
        state = super().__getstate__()
        return {**state, **{k: _portable(state[k]) for k in _HOLD_KERAS if k in state}}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self._revive()

    def __sklearn_clone__(self) -> Self:
        stand_in = object.__new__(type(self))
        stand_in.__dict__.update(self.__getstate__())
        made = BaseEstimator.__sklearn_clone__(stand_in)
        made._revive()
        return made

    def _revive(self) -> None:
        for name in _HOLD_KERAS:
            if name in self.__dict__:
                setattr(self, name, _live(getattr(self, name)))

    # -- files -------------------------------------------------------------

    def save(self, path: Any) -> None:
        """Save the fitted estimator to one file, from which no code is run.

        An older file at `path` stays until the new one is whole.

        Parameters
        ----------
        path : str or path-like
            Conventionally ending in ``.keraswrap``; a zip of JSON and arrays.

        Raises
        ------
        NotFittedError
            If there is nothing fitted to save.
        OSError
            If the file cannot be written.
        """
        from keraswrap import _saving

        check_is_fitted(self)
        _saving.save(self, path)

    @classmethod
    def load(
        cls, path: Any, *, custom_objects: Mapping[str, Any] | None = None, **params: Any
    ) -> Self:
        """Load a saved estimator; no code from the file is run.

        Parameters
        ----------
        path : str or path-like
        custom_objects : dict, optional
            Layer classes and functions of your own, by name, as in Keras.
        **params
            Constructor parameters that replace the saved ones, or that a file
            cannot hold: pass ``model=`` to fit afresh later, and to rebuild
            nets whose layers have no configuration.

        Returns
        -------
        estimator
            Predicts to the bit what the saved one did.

        Raises
        ------
        SavedFileError
            If the file is corrupt, of another class, or names classes that
            were not passed.
        """
        from keraswrap import _saving

        return _saving.load(cls, path, custom_objects or {}, params)


def _take(part: Any, index: np.ndarray, held: np.ndarray) -> Any:
    if part is None or not len(held):
        return part
    return part.take(index) if isinstance(part, Rows) else part[index]


class KerasClassifierMixin(ClassifierMixin):
    """Labels in, probabilities out: what makes a `KerasEstimator` a classifier."""

    classes: Any
    apply_softmax: bool | None
    classes_: np.ndarray
    n_classes_: int

    # Whether a row may have several labels. Files of earlier versions say nothing of it.
    _several: bool = False

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags

    def _read_target(self, y: Any, *, reset: bool) -> np.ndarray:
        if reset:
            self._several = _indicators.is_indicator(y)
        labels = _indicators.check_indicator(y) if self._several else _labels.check_labels(y)
        if reset:
            find = _indicators.check_columns if self._several else _labels.find_classes
            self.classes_ = find(labels, self.classes)
            self.n_classes_ = len(self.classes_)
        elif self._several:
            _indicators.check_columns(labels, self.classes_)
        return labels

    def _meta(self, rows: Rows) -> dict[str, Any]:
        meta = super()._meta(rows)
        own = {"n_classes_": self.n_classes_, "classes_": self.classes_}
        return {**meta, **own, "multi_label_": self._several}

    def _settle(self, network: Any) -> None:
        if self._several:
            _indicators.check_columns(self.classes_[None], self.classes_, network.width)
        else:
            self.classes_ = _labels.widen_classes(self.classes_, network.width, self.classes)
        self.n_classes_ = len(self.classes_)
        head = network.choose_head(self.compile_kwargs, self.apply_softmax, indicator=self._several)
        network.compile(self.compile_kwargs, head)

    def _strata(self, y: np.ndarray) -> np.ndarray | None:
        axis = 0 if self._several else None
        return np.unique(y, axis=axis, return_inverse=True)[1].ravel()

    def _encode(self, y: np.ndarray) -> np.ndarray:
        return y if self._several else _labels.encode(y, self.classes_)

    def _targets(self, network: Any, y: np.ndarray) -> np.ndarray:
        return to_target(self._encode(y), network.head)

    def _weigh(
        self, y: np.ndarray, weights: np.ndarray | None, class_weight: Any
    ) -> np.ndarray | None:
        if self._several and class_weight is not None:
            raise ParameterError(
                "Expected class_weight=None where a row may have several labels, got "
                f"{class_weight!r:.60}. Use sample_weight."
            )
        of_class = _labels.class_weights(class_weight, y, self.classes_)
        if of_class is None:
            return weights
        of_row = of_class[_labels.encode(y, self.classes_)]
        return of_row if weights is None else weights * of_row

    def partial_fit(
        self,
        X: Any,
        y: Any = None,
        classes: Any = None,
        sample_weight: Any = None,
        **fit_params: Any,
    ) -> Self:
        """Train on, for one epoch unless told otherwise.

        Parameters
        ----------
        X, y, sample_weight
            As in `fit`. Weights are taken as they are, not scaled to a mean of 1.
        classes : array-like of shape (k,), optional
            Every class there is; needed on the first call where y misses some.
        **fit_params
            Fit arguments of Keras for this call.

        Returns
        -------
        self
        """
        return self._partial_fit(X, y, classes, sample_weight, {"epochs": 1, **fit_params})

    def _partial_fit(
        self, X: Any, y: Any, classes: Any, sample_weight: Any, given: Mapping[str, Any]
    ) -> Self:
        stored = self.classes
        if classes is not None and self.__sklearn_is_fitted__():
            _labels.check_same_classes(classes, self.classes_)
        try:
            self.classes = stored if classes is None else classes
            return self._fit(X, y, sample_weight, given, proceed=True)
        finally:
            self.classes = stored

    def predict_proba(
        self, X: Any, *, apply_softmax: bool | None = None, **predict_params: Any
    ) -> np.ndarray:
        """Give the probability of each class.

        Parameters
        ----------
        X : array-like, DataFrame, sparse matrix, texts, dict of arrays, or dataset
            Rows like those of fit. Labels in a dataset are left aside.
        apply_softmax : bool, optional
            Whether the net gives logits. By default it is inferred from the
            loss and the last activation. True applies a softmax (one unit: a
            sigmoid) to the raw outputs, False gives them as they are.
        **predict_params
            ``batch_size``, ``verbose``, ``callbacks`` for this call.

        Returns
        -------
        ndarray of shape (n, k), float64
            Columns as in ``classes_``. Rows sum to 1, unless a row may have
            several labels, or ``apply_softmax=False`` gave raw outputs.

        Raises
        ------
        NotFittedError
            Before fit.
        InputError
            If the rows are not like those of fit.
        """
        raw = self._outputs(X, predict_params)
        if apply_softmax is None:
            return to_proba(raw, self.network_.head.link)
        if apply_softmax and self._several:
            return to_proba(raw, "each_sigmoid")
        if apply_softmax:
            return to_proba(raw, "sigmoid" if raw.shape[1] == 1 else "softmax")
        return to_proba(raw, "normalise") if raw.shape[1] == 1 else raw.astype("float64")

    def predict(self, X: Any, **predict_params: Any) -> np.ndarray:
        """Predict the most probable class, or every label that is more likely than not.

        Parameters
        ----------
        X : array-like, DataFrame, sparse matrix, texts, dict of arrays, or dataset
            Rows like those of fit. Labels in a dataset are left aside.
        **predict_params
            As in `predict_proba`.

        Returns
        -------
        ndarray of shape (n,), or of shape (n, k)
            Labels as they stood in y; zeros and ones where a row may have several.
        """
        proba = self.predict_proba(X, **predict_params)
        return (proba > 0.5).astype(int) if self._several else self.classes_[proba.argmax(axis=1)]

    def score(self, X: Any, y: Any = None, sample_weight: Any = None) -> float:
        """Give the mean accuracy; where a row may have several labels, all must be right.

        Parameters
        ----------
        X : array-like, DataFrame, sparse matrix, texts, dict of arrays, or dataset
        y : array-like of shape (n,)
            True labels, all among ``classes_``. A dataset may bring its own.
        sample_weight : array-like of shape (n,), optional

        Returns
        -------
        float
            In [0, 1].

        Raises
        ------
        InputError
            If y holds a class that fit never saw.
        """
        check_is_fitted(self)
        X, y, sample_weight = unpack(X, y, sample_weight)
        self._encode(self._read_target(y, reset=False))
        return super().score(X, y, sample_weight)
