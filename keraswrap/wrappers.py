"""Keras nets as scikit-learn estimators.

`KerasWrapperModel` wraps a build function, `KerasWrapperSequential` a list of
layers, `KerasWrapperRegressor` a build function for regression. Names and
signatures are those of ``cleanlab.models.keras`` up to cleanlab 2.8.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, cast

from keraswrap._estimator import Call, KerasClassifier, KerasEstimator, KerasRegressor
from keraswrap._estimator.engine import engine
from keraswrap._targets import ClassTarget, Heads, is_several
from keraswrap.exceptions import InputError

if TYPE_CHECKING:
    from typing import Self

    import keras
    import numpy as np

    from keraswrap._engine.builders import Builder

__all__ = ["KerasWrapperModel", "KerasWrapperRegressor", "KerasWrapperSequential"]


class _FromFunction(KerasEstimator):
    """An estimator whose net comes from a build function."""

    _homes = ("params", "compile_kwargs", "model_kwargs")

    def _recipe(self) -> Builder:
        recipe = self.model
        if not hasattr(recipe, "restore"):  # else a net loaded without its function
            recipe = engine().FromFunction(self.model, self.model_kwargs or {})
            recipe.check()
        return recipe


class KerasWrapperModel(KerasClassifier, _FromFunction):
    """A classifier from a function that builds a ``keras.Model``.

    Each fit builds a new net with its own optimizer, loss, metrics and callbacks, so
    one instance can serve any number of fits, clones and searches.

    Parameters
    ----------
    model : callable
        Build function: takes keyword arguments and returns an uncompiled
        ``keras.Model``. If it has a parameter ``meta``, it receives a dict with
        ``n_features_in_``, ``n_classes_``, ``classes_``, ``multi_label_``, ``ordered_``,
        ``n_units_`` (output units of the net), ``feature_names_in_`` and ``shapes_`` (of
        one row, by input). For a net with several outputs, which it returns by name,
        ``keras.Model(inputs, {"topic": ..., "price": ...})``, each fact about y is a
        dict by name.
    model_kwargs : dict, optional
        Arguments of the build function; tuned as ``model__name``.
    compile_kwargs : dict, optional
        Arguments of ``keras.Model.compile``; tuned as ``compile__name``, and
        those of the optimizer and the loss as
        ``compile__optimizer__learning_rate``, ``compile__loss__label_smoothing``.
        The default optimizer is Keras's, ``'rmsprop'``; the default loss is the
        cross-entropy that matches the last layer. Each loss and metric receives labels
        in the form that it expects, class indices or one-hot rows. If a trial on a few
        rows cannot determine the form for a custom one, its attribute
        ``target_encoding``, ``'index'`` or ``'one_hot'``, declares it. For several
        outputs, loss, metrics and loss weights are dicts by name.
    params : dict, optional
        Arguments of ``fit`` and ``predict``; tuned under their own names, or as
        ``fit__name`` and ``predict__name`` if the two should differ.
        ``validation_split`` is a stratified share drawn with `random_state`, or a
        scikit-learn splitter whose last split is used: ``TimeSeriesSplit(5)``,
        `keraswrap.model_selection.LastRows`, or one by groups, passed to fit as
        ``validation_groups``. ``class_weight`` is ``'balanced'`` or a dict keyed by the
        labels in y, or a dict of these by output. ``callbacks`` are copied for each
        fit. ``group_by_length=False`` draws batches from all rows alike, even if the net
        recognizes padding (see `padding_share_`). As in Keras, ``epochs`` is 1 and
        ``batch_size`` 32 by default; ``verbose`` is 0.
    classes : array-like of shape (k,), optional
        All classes, in case y lacks some. Not needed for integer labels below the net's
        output width, which are treated as class indices. If rows may have several
        labels, the names of the columns of y. For several outputs, a dict by name.
    apply_softmax : bool, optional
        Whether the net outputs logits. By default this is inferred from the loss and
        the last activation.
    target : {"auto", "positions", "ordered"} or dict, default="auto"
        The kind of y. ``"auto"``: one label per row, or zeros and ones in several
        columns. ``"positions"``: one label per position, as in tagging: y of shape
        (n, t) for a net whose output has shape (n, t, k). Gaps count in no loss, metric
        or score: -1 among numbers (unless `classes` contains it), None or an empty text
        among texts. It must be named because columns of zeros and ones could be either.
        ``"ordered"``: one label per row, of classes with an order, which is that of
        numbers, of a pandas Series of ordered categories, or of `classes`, from the
        lowest to the highest. The net ends in k - 1 logits,
        `keraswrap.layers.OrderedLogits`; loss and probabilities are those of CORAL, and
        predict returns the median class, which is not always the most probable. For
        several outputs, a dict by name, for those that ``"auto"`` is wrong about:
        ``{"visits": "numbers"}``. ``"auto"`` takes fractions for numbers and whole
        numbers for classes; besides these, ``"classes"``, ``"indicators"`` and
        ``"gaussian"`` may be named.
    warm_start : bool, default=False
        Whether fit starts from the weights of the previous fit, with a new optimizer.
    precision : str, default="auto"
        Keras dtype policy of the net, such as ``"float32"`` or ``"mixed_bfloat16"``;
        layers that specify a dtype keep it. ``"auto"`` uses Keras's current setting,
        except for transformers with at least a million weights: these compute in
        ``"mixed_bfloat16"`` if the device supports it and a measurement finds it at
        least 1.2 times as fast. The measurement takes a few seconds, once per machine.
        The environment variable ``KERASWRAP_PRECISION`` overrides it.
    runtime : {"auto", "keras", "openvino"}, default="auto"
        What computes predictions. ``"openvino"``, of the extra ``openvino``, converts the
        fitted net when it is first asked, which takes from a tenth of a second to a few
        seconds, and then answers sooner, above all few rows at a time; in bfloat16 if the
        net was trained in it and the processor can, else in float32. ``"auto"`` is Keras,
        or, for the transformers described above, what the environment variable
        ``KERASWRAP_RUNTIME`` names.
    random_state : int, RandomState or Generator, optional
        Makes a fit reproducible bit for bit. None draws a new seed each time.

    Attributes
    ----------
    classes_ : ndarray of shape (k,)
        Sorted labels, the columns of `predict_proba`. If rows may have several labels,
        the names given as `classes`, or 0 … k - 1. A dict by name for several outputs.
    n_classes_ : int
    n_features_in_ : int
        Number of columns of X (1 for texts; number of arrays for a dict).
    feature_names_in_ : ndarray of str
        Defined if X has column names.
    history_ : dict of str to list of float
        Loss and metrics, one value per epoch; a list of values if a metric returns one
        per class.
    precision_ : str
        The dtype policy in which most of the net's weights compute.
    runtime_ : str
        What computes predictions now, and in which precision: ``"keras float32"``.
    jit_compile_ : bool
        Whether XLA compiles the net. Without ``jit_compile`` in compile_kwargs, XLA is
        not used on a CPU, except for the transformers described above if a measurement
        found it at least 1.5 times as fast.
    callbacks_ : list of keras.callbacks.Callback
        The callbacks of the last fit: copies of the given ones with what they learned,
        such as ``stopped_epoch``. Not stored in pickles and files.
    padding_share_ : dict or None
        Share of padding in what the net computed on in an epoch: if every row had kept
        its full width (``"fixed"``), and with batches trimmed to their longest row
        (``"cut"``). None if no `keraswrap.layers.PaddingMask` reads a variable-length
        input, so nothing is trimmed.
    seed_ : int
        Seed of the fit. Passed as `random_state`, it reproduces the net.
    net : keras.Model
        The fitted net; None before fit.

    See Also
    --------
    KerasWrapperSequential : From a list of layers.
    KerasWrapperRegressor : For regression.

    Examples
    --------
    >>> import keras
    >>> from keraswrap import KerasWrapperModel
    >>> def build(units, meta):
    ...     inputs = keras.Input((meta["n_features_in_"],))
    ...     hidden = keras.layers.Dense(units, activation="relu")(inputs)
    ...     return keras.Model(inputs, keras.layers.Dense(meta["n_classes_"])(hidden))
    >>> clf = KerasWrapperModel(build, {"units": 8}, params={"epochs": 2}, random_state=0)
    >>> clf.fit([[0.0], [1.0]] * 4, ["no", "yes"] * 4).predict_proba([[1.0]]).shape
    (1, 2)
    """

    def __init__(
        self,
        model: Callable[..., keras.Model],
        model_kwargs: Mapping[str, object] | None = None,
        compile_kwargs: Mapping[str, object] | None = None,
        params: Mapping[str, object] | None = None,
        *,
        classes: Sequence[object] | np.ndarray | Mapping[str, object] | None = None,
        apply_softmax: bool | None = None,
        target: str | Mapping[str, str] = "auto",
        warm_start: bool = False,
        precision: str = "auto",
        runtime: str = "auto",
        random_state: int | np.random.RandomState | np.random.Generator | None = None,
    ) -> None:
        self.model = model
        self.model_kwargs = model_kwargs
        self.compile_kwargs = compile_kwargs
        self.params = params
        self.classes = classes
        self.apply_softmax = apply_softmax
        self.target = target
        self.warm_start = warm_start
        self.precision = precision
        self.runtime = runtime
        self.random_state = random_state

    def fit(
        self, X: object, y: object = None, sample_weight: object = None, **fit_params: object
    ) -> Self:
        """Build a net and train it.

        Parameters
        ----------
        X : array-like, DataFrame, sparse matrix, texts, dict of arrays, or dataset
            Rows. For nets with several inputs, a dict (or a DataFrame) keyed by input
            name, or a list with one array per input in the net's order (scikit-learn
            cannot slice lists; pass `row_view` of a dict instead). For nets that take
            strings, texts. Preprocessing layers at the inputs are adapted to these rows
            unless they already are. A dataset (tf.data, PyDataset, Hugging Face,
            PyTorch) is read as by `keraswrap.data.row_view` and may contain y and
            `sample_weight`; values passed with it must then be the same, row by row.
        y : array-like of shape (n,), or array-like or sparse matrix of shape (n, k)
            Labels in the order of X; an index in another order is refused. Numbers,
            strings or booleans. Zeros and ones of shape (n, k) if rows may have several
            labels, or none; the net then has k outputs, each a sigmoid or a logit. For
            a net with several outputs, a dict with the target of each (or a
            `keraswrap.data.TargetView`); None or NaN there leaves a row out of the loss,
            metrics and score of that output.
        sample_weight : array-like of shape (n,), optional
            Weights ≥ 0. With class weights, they are scaled to a mean of 1.
        **fit_params
            Fit arguments of Keras for this fit only; they take precedence over
            `params`.

        Returns
        -------
        self

        Raises
        ------
        InputError, ParameterError, BuildError
            Before any training; an earlier fit is kept.
        """
        return self._fit(X, y, sample_weight, Call(fit_params))


class KerasWrapperSequential(KerasClassifier):
    """A classifier from a list of Keras layers.

    The layers are a recipe: each fit rebuilds them from their configuration, with new
    weights. A layer keeps what it was given on purpose: an adapted vocabulary or
    statistics, and the weights of a nested model or of a frozen layer.

    Parameters
    ----------
    layers : list of keras.Layer
        As for ``keras.Sequential``. An input layer that matches the rows is added. A
        function in the list receives ``meta`` (see `KerasWrapperModel`) and returns a
        layer: ``lambda meta: Dense(meta["n_classes_"])``.
    name : str, optional
        Name of the net.
    compile_kwargs : dict, optional
        Arguments of ``keras.Model.compile``, as for `KerasWrapperModel`.
    params : dict, optional
        Arguments of ``fit`` and ``predict``, as for `KerasWrapperModel`.
    classes : array-like of shape (k,), optional
        All classes, in case y lacks some.
    apply_softmax : bool, optional
        Whether the net outputs logits; inferred by default.
    target : {"auto", "positions", "ordered"}, default="auto"
        The kind of y, as for `KerasWrapperModel`.
    warm_start : bool, default=False
        Whether fit starts from the weights of the previous fit.
    precision : str, default="auto"
        Dtype policy of the net, as for `KerasWrapperModel`.
    runtime : {"auto", "keras", "openvino"}, default="auto"
        What computes predictions, as for `KerasWrapperModel`.
    random_state : int, RandomState or Generator, optional
        Makes a fit reproducible bit for bit.

    Attributes
    ----------
    classes_, n_classes_, n_features_in_, feature_names_in_, history_, padding_share_, seed_, net
        As for `KerasWrapperModel`.
    precision_, runtime_, jit_compile_
        As for `KerasWrapperModel`.

    See Also
    --------
    KerasWrapperModel : From a build function, whose arguments can be tuned.

    Examples
    --------
    >>> from keras import layers
    >>> from keraswrap import KerasWrapperSequential
    >>> clf = KerasWrapperSequential(
    ...     [layers.Dense(8, activation="relu"), layers.Dense(2)], params={"epochs": 2}
    ... )
    >>> clf.fit([[0.0], [1.0]] * 4, [0, 1] * 4).predict_proba([[1.0]]).shape
    (1, 2)
    """

    def __init__(
        self,
        layers: list[keras.Layer | Callable[..., keras.Layer]] | None = None,
        name: str | None = None,
        compile_kwargs: Mapping[str, object] | None = None,
        params: Mapping[str, object] | None = None,
        *,
        classes: Sequence[object] | np.ndarray | Mapping[str, object] | None = None,
        apply_softmax: bool | None = None,
        target: str | Mapping[str, str] = "auto",
        warm_start: bool = False,
        precision: str = "auto",
        runtime: str = "auto",
        random_state: int | np.random.RandomState | np.random.Generator | None = None,
    ) -> None:
        self.layers = layers
        self.name = name
        self.compile_kwargs = compile_kwargs
        self.params = params
        self.classes = classes
        self.apply_softmax = apply_softmax
        self.target = target
        self.warm_start = warm_start
        self.precision = precision
        self.runtime = runtime
        self.random_state = random_state

    def _recipe(self) -> Builder:
        if hasattr(self.layers, "restore"):  # a net loaded without its layers
            return cast("Builder", self.layers)
        return engine().FromLayers.of(self.layers, self.name)

    def _choose_target(self, y: object, classes: object) -> ClassTarget | Heads:
        if is_several(y, self.target):
            raise InputError(
                "Expected one target for each row, as a list of layers has one output, got "
                f"{y!r:.80}. For a net with several outputs use KerasWrapperModel."
            )
        return super()._choose_target(y, classes)

    def fit(
        self, X: object, y: object = None, sample_weight: object = None, **fit_params: object
    ) -> Self:
        """Build a net and train it; see `KerasWrapperModel.fit`.

        Parameters
        ----------
        X : array-like, DataFrame, sparse matrix, texts, or dataset
        y : array-like of shape (n,) or (n, k)
        sample_weight : array-like of shape (n,), optional
        **fit_params
            Fit arguments of Keras for this fit only.

        Returns
        -------
        self

        Raises
        ------
        InputError, ParameterError, BuildError
            Before any training; an earlier fit is kept.
        """
        return self._fit(X, y, sample_weight, Call(fit_params))


class KerasWrapperRegressor(KerasRegressor, _FromFunction):
    """A regressor from a function that builds a ``keras.Model``.

    Like `KerasWrapperModel`, for one or several numbers per row, in any shape.

    Parameters
    ----------
    model : callable
        Build function. If it has a parameter ``meta``, it receives a dict with
        ``n_features_in_``, ``n_outputs_``, ``n_units_`` (output units of the net),
        ``feature_names_in_`` and ``shapes_``; if y has three or more dimensions, also
        ``target_shape_``, the shape of one row.
    model_kwargs, compile_kwargs, params : dict, optional
        As for `KerasWrapperModel`. The default loss is the mean squared error.
    target : {"auto", "gaussian"} or dict, default="auto"
        What the net outputs: the numbers of y, or with ``"gaussian"`` a normal
        distribution of each. It then ends in ``meta["n_units_"]`` units, twice the
        columns of y: the means, then the standard deviations before a softplus. The
        loss is the negative log-likelihood; metrics see the means. Both kinds of net
        fit the same y, so the target must be named. For several outputs, a dict by name.
    warm_start : bool, default=False
        Whether fit starts from the weights of the previous fit.
    precision : str, default="auto"
        Dtype policy of the net, as for `KerasWrapperModel`.
    runtime : {"auto", "keras", "openvino"}, default="auto"
        What computes predictions, as for `KerasWrapperModel`.
    random_state : int, RandomState or Generator, optional
        Makes a fit reproducible bit for bit.

    Attributes
    ----------
    n_outputs_ : int
        Number of columns of y, its last dimension. A dict by name for several outputs.
    n_features_in_, feature_names_in_, history_, padding_share_, seed_, net
        As for `KerasWrapperModel`.
    precision_, runtime_, jit_compile_
        As for `KerasWrapperModel`.

    Examples
    --------
    >>> import keras
    >>> from keraswrap import KerasWrapperRegressor
    >>> def build(meta):
    ...     inputs = keras.Input((meta["n_features_in_"],))
    ...     return keras.Model(inputs, keras.layers.Dense(meta["n_outputs_"])(inputs))
    >>> reg = KerasWrapperRegressor(build, params={"epochs": 2}, random_state=0)
    >>> reg.fit([[0.0], [1.0]] * 4, [0.0, 2.0] * 4).predict([[1.0]]).shape
    (1,)
    """

    def __init__(
        self,
        model: Callable[..., keras.Model],
        model_kwargs: Mapping[str, object] | None = None,
        compile_kwargs: Mapping[str, object] | None = None,
        params: Mapping[str, object] | None = None,
        *,
        target: str | Mapping[str, str] = "auto",
        warm_start: bool = False,
        precision: str = "auto",
        runtime: str = "auto",
        random_state: int | np.random.RandomState | np.random.Generator | None = None,
    ) -> None:
        self.model = model
        self.model_kwargs = model_kwargs
        self.compile_kwargs = compile_kwargs
        self.params = params
        self.target = target
        self.warm_start = warm_start
        self.precision = precision
        self.runtime = runtime
        self.random_state = random_state

    def fit(
        self, X: object, y: object = None, sample_weight: object = None, **fit_params: object
    ) -> Self:
        """Build a net and train it; see `KerasWrapperModel.fit`.

        Parameters
        ----------
        X : array-like, DataFrame, sparse matrix, texts, dict of arrays, or dataset
        y : array-like of shape (n,) or (n, ..., n_outputs)
            Finite numbers; if a row has several, NaN marks unknown ones, which the loss,
            metrics and score leave out. A dataset may contain them. For a net with
            several outputs, a dict with the target of each, as for `KerasWrapperModel`.
        sample_weight : array-like of shape (n,), optional
        **fit_params
            Fit arguments of Keras for this fit only.

        Returns
        -------
        self

        Raises
        ------
        InputError, ParameterError, BuildError
            Before any training; an earlier fit is kept.
        """
        return self._fit(X, y, sample_weight, Call(fit_params))
