"""Keras nets as scikit-learn estimators.

`KerasWrapperModel` wraps a build function, `KerasWrapperSequential` a list of
layers, `KerasWrapperRegressor` a build function for regression. Names and
signatures are those of ``cleanlab.models.keras`` up to cleanlab 2.8.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from keraswrap._estimator import Call, KerasClassifier, KerasEstimator, KerasRegressor
from keraswrap._estimator.engine import engine

if TYPE_CHECKING:
    from typing import Self

__all__ = ["KerasWrapperModel", "KerasWrapperRegressor", "KerasWrapperSequential"]


class _FromFunction(KerasEstimator):
    """An estimator whose net comes from a build function."""

    _homes = ("params", "compile_kwargs", "model_kwargs")

    def _recipe(self) -> Any:
        recipe = self.model
        if not hasattr(recipe, "restore"):  # else a net loaded without its function
            recipe = engine().FromFunction(self.model, self.model_kwargs or {})
            recipe.check()
        return recipe


class KerasWrapperModel(KerasClassifier, _FromFunction):
    """A classifier from a function that builds a ``keras.Model``.

    Each fit builds a fresh net, with an optimizer, loss, metrics and callbacks
    of its own, so that one instance serves any number of fits, clones and
    searches.

    Parameters
    ----------
    model : callable
        Build function: keyword arguments in, uncompiled ``keras.Model`` out.
        Where it has a parameter ``meta`` it gets a dict with
        ``n_features_in_``, ``n_classes_``, ``classes_``, ``multi_label_``,
        ``feature_names_in_`` and ``shapes_`` (of one row, by input).
    model_kwargs : dict, optional
        Arguments of the build function; tuned as ``model__name``.
    compile_kwargs : dict, optional
        Arguments of ``keras.Model.compile``; tuned as ``compile__name``, and
        those of the optimizer and the loss as
        ``compile__optimizer__learning_rate``, ``compile__loss__label_smoothing``.
        The optimizer is Keras's own default, ``'rmsprop'``; without a loss,
        cross-entropy to suit the last layer.
        Each loss and metric is given the labels that it takes, class indices or
        one-hot rows; one of your own, where trying it on a few rows cannot tell,
        says which by an attribute ``target_encoding``, ``'index'`` or ``'one_hot'``.
    params : dict, optional
        Arguments of ``fit`` and ``predict``; tuned under their own names, or as
        ``fit__name`` and ``predict__name`` where the two shall differ.
        ``validation_split`` is a share, stratified and drawn from `random_state`,
        or a splitter of scikit-learn, of which the last split is taken:
        ``TimeSeriesSplit(5)``, `keraswrap.model_selection.LastRows`, or one by
        groups, which fit then takes as ``validation_groups``;
        ``class_weight`` is ``'balanced'`` or a dict keyed by the labels in y;
        ``callbacks`` are copied for each fit. ``group_by_length=False`` draws
        batches from all rows alike, also where the net tells padding from
        tokens (see `padding_share_`). ``epochs`` is 1 and ``batch_size``
        32 by default, as in Keras; ``verbose`` is 0.
    classes : array-like of shape (k,), optional
        Every class there is, where y may miss some. Integer labels below the
        net's width need it not: they are taken as class indices. Where a row may
        have several labels, the names of the columns of y.
    apply_softmax : bool, optional
        Whether the net gives logits; inferred by default from the loss and
        the last activation.
    warm_start : bool, default=False
        Whether fit goes on from the weights of the one before, with a fresh
        optimizer.
    precision : str, default="auto"
        What the net computes in: a dtype policy of Keras, such as ``"float32"``
        or ``"mixed_bfloat16"``, in which the net is built; layers that name a
        dtype keep it. ``"auto"`` is what Keras is set to, except for
        transformers of a million weights and more: those compute in
        ``"mixed_bfloat16"`` where the device has it and was measured to be at
        least 1.2 times as quick in it. That takes a few seconds, once a machine;
        the environment variable ``KERASWRAP_PRECISION`` goes before it.
    random_state : int, RandomState or Generator, optional
        Makes a fit reproducible to the bit. None draws a new seed each time.

    Attributes
    ----------
    classes_ : ndarray of shape (k,)
        Sorted labels; columns of `predict_proba`. Where a row may have several,
        the names given as `classes`, or 0 … k - 1.
    n_classes_ : int
    n_features_in_ : int
        Columns of X (one for texts; arrays, for a dict).
    feature_names_in_ : ndarray of str
        Where X had names.
    history_ : dict of str to list of float
        Loss and metrics, one value an epoch; a list of them for a metric that gives
        one for each class.
    precision_ : str
        The dtype policy by which most of the net's weights compute.
    jit_compile_ : bool
        Whether XLA compiles the net. Without a ``jit_compile`` in compile_kwargs
        it does not on a CPU, except for transformers as above where it was
        measured to be at least 1.5 times as quick.
    callbacks_ : list of keras.callbacks.Callback
        Those of the last fit, copies of the given ones with what they learned, such as
        ``stopped_epoch``. Pickles and files hold none.
    padding_share_ : dict or None
        Share of padding in what the net computed on in an epoch, had every row
        kept its full width (``"fixed"``) and with batches cut to their longest
        row (``"cut"``). None where no `keraswrap.layers.PaddingMask` reads an
        input of any length, so that nothing is cut.
    seed_ : int
        Seed of the fit; as `random_state` it gives the same net again.
    net : keras.Model
        The fitted net; None before fit.

    See Also
    --------
    KerasWrapperSequential : From a list of layers.
    KerasWrapperRegressor : For numbers instead of labels.

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
        model: Callable[..., Any],
        model_kwargs: Mapping[str, Any] | None = None,
        compile_kwargs: Mapping[str, Any] | None = None,
        params: Mapping[str, Any] | None = None,
        *,
        classes: Any = None,
        apply_softmax: bool | None = None,
        warm_start: bool = False,
        precision: str = "auto",
        random_state: Any = None,
    ) -> None:
        self.model = model
        self.model_kwargs = model_kwargs
        self.compile_kwargs = compile_kwargs
        self.params = params
        self.classes = classes
        self.apply_softmax = apply_softmax
        self.warm_start = warm_start
        self.precision = precision
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None, **fit_params: Any) -> Self:
        """Build a net and train it.

        Parameters
        ----------
        X : array-like, DataFrame, sparse matrix, texts, dict of arrays, or dataset
            Rows; a dict (or a DataFrame) by input name for nets with several
            inputs, or a list of one array for each, in the order of the net's
            (scikit-learn's tools slice no list, but `row_view` of a dict); texts
            for nets that take strings. Preprocessing layers at the inputs that
            were not adapted learn from these rows. A dataset
            (tf.data, PyDataset, Hugging Face, PyTorch) is read as by
            `keraswrap.data.row_view`, and may bring y and `sample_weight`;
            what is passed beside it must then be the same, row by row.
        y : array-like of shape (n,), or array-like or sparse matrix of shape (n, k)
            In the order of X; an index that says otherwise is refused. Labels:
            numbers, strings or booleans. Zeros and ones where a row
            may have several labels, or none; the net then has k outputs, each
            a sigmoid or a logit.
        sample_weight : array-like of shape (n,), optional
            Weights ≥ 0. With class weights, scaled to a mean of 1.
        **fit_params
            Fit arguments of Keras, for this fit alone; they win over `params`.

        Returns
        -------
        self

        Raises
        ------
        InputError, ParameterError, BuildError
            Before any training; what was fitted earlier is kept.
        """
        return self._fit(X, y, sample_weight, Call(fit_params))


class KerasWrapperSequential(KerasClassifier):
    """A classifier from a list of Keras layers.

    The layers are a recipe: each fit rebuilds them from their configuration,
    with fresh weights. What a layer was given on purpose stays with it: a
    vocabulary or statistics that it was adapted to, the weights of a nested
    model or of a layer that is not trainable.

    Parameters
    ----------
    layers : list of keras.Layer
        As for ``keras.Sequential``. An input layer is added to suit the rows.
        A function in the list gets ``meta`` (see `KerasWrapperModel`) and gives
        a layer: ``lambda meta: Dense(meta["n_classes_"])``.
    name : str, optional
        Name of the net.
    compile_kwargs : dict, optional
        Arguments of ``keras.Model.compile``, as for `KerasWrapperModel`.
    params : dict, optional
        Arguments of ``fit`` and ``predict``, as for `KerasWrapperModel`.
    classes : array-like of shape (k,), optional
        Every class there is, where y may miss some.
    apply_softmax : bool, optional
        Whether the net gives logits; inferred by default.
    warm_start : bool, default=False
        Whether fit goes on from the weights of the one before.
    precision : str, default="auto"
        What the net computes in, as for `KerasWrapperModel`.
    random_state : int, RandomState or Generator, optional
        Makes a fit reproducible to the bit.

    Attributes
    ----------
    classes_, n_classes_, n_features_in_, feature_names_in_, history_, padding_share_, seed_, net
        As for `KerasWrapperModel`.
    precision_, jit_compile_
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
        layers: list[Any] | None = None,
        name: str | None = None,
        compile_kwargs: Mapping[str, Any] | None = None,
        params: Mapping[str, Any] | None = None,
        *,
        classes: Any = None,
        apply_softmax: bool | None = None,
        warm_start: bool = False,
        precision: str = "auto",
        random_state: Any = None,
    ) -> None:
        self.layers = layers
        self.name = name
        self.compile_kwargs = compile_kwargs
        self.params = params
        self.classes = classes
        self.apply_softmax = apply_softmax
        self.warm_start = warm_start
        self.precision = precision
        self.random_state = random_state

    def _recipe(self) -> Any:
        if hasattr(self.layers, "restore"):  # a net loaded without its layers
            return self.layers
        return engine().FromLayers.of(self.layers, self.name)

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None, **fit_params: Any) -> Self:
        """Build a net and train it; see `KerasWrapperModel.fit`.

        Parameters
        ----------
        X : array-like, DataFrame, sparse matrix, texts, or dataset
        y : array-like of shape (n,) or (n, k)
        sample_weight : array-like of shape (n,), optional
        **fit_params
            Fit arguments of Keras, for this fit alone.

        Returns
        -------
        self

        Raises
        ------
        InputError, ParameterError, BuildError
            Before any training; what was fitted earlier is kept.
        """
        return self._fit(X, y, sample_weight, Call(fit_params))


class KerasWrapperRegressor(KerasRegressor, _FromFunction):
    """A regressor from a function that builds a ``keras.Model``.

    The same as `KerasWrapperModel`, for one number a row or several.

    Parameters
    ----------
    model : callable
        Build function. Where it has a parameter ``meta`` it gets a dict with
        ``n_features_in_``, ``n_outputs_``, ``feature_names_in_`` and ``shapes_``.
    model_kwargs, compile_kwargs, params : dict, optional
        As for `KerasWrapperModel`. The default loss is the mean squared error.
    warm_start : bool, default=False
        Whether fit goes on from the weights of the one before.
    precision : str, default="auto"
        What the net computes in, as for `KerasWrapperModel`.
    random_state : int, RandomState or Generator, optional
        Makes a fit reproducible to the bit.

    Attributes
    ----------
    n_outputs_ : int
        Columns of y.
    n_features_in_, feature_names_in_, history_, padding_share_, seed_, net
        As for `KerasWrapperModel`.
    precision_, jit_compile_
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
        model: Callable[..., Any],
        model_kwargs: Mapping[str, Any] | None = None,
        compile_kwargs: Mapping[str, Any] | None = None,
        params: Mapping[str, Any] | None = None,
        *,
        warm_start: bool = False,
        precision: str = "auto",
        random_state: Any = None,
    ) -> None:
        self.model = model
        self.model_kwargs = model_kwargs
        self.compile_kwargs = compile_kwargs
        self.params = params
        self.warm_start = warm_start
        self.precision = precision
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None, **fit_params: Any) -> Self:
        """Build a net and train it; see `KerasWrapperModel.fit`.

        Parameters
        ----------
        X : array-like, DataFrame, sparse matrix, texts, dict of arrays, or dataset
        y : array-like of shape (n,) or (n, n_outputs)
            Finite numbers. A dataset may bring its own.
        sample_weight : array-like of shape (n,), optional
        **fit_params
            Fit arguments of Keras, for this fit alone.

        Returns
        -------
        self

        Raises
        ------
        InputError, ParameterError, BuildError
            Before any training; what was fitted earlier is kept.
        """
        return self._fit(X, y, sample_weight, Call(fit_params))
