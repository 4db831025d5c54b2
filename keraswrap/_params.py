"""Where every tunable parameter lives, and how a name finds its home.

An estimator stores three dicts: ``params`` (arguments of Keras's ``fit`` and
``predict``), ``model_kwargs`` (arguments of the build function) and
``compile_kwargs`` (arguments of ``compile``). A name such as ``epochs``,
``model__units`` or ``compile__optimizer__learning_rate`` is read from, and
written to, one of these; nothing is stored twice. Pure functions: nothing here
knows an estimator or Keras.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

import numpy as np

from keraswrap._settings import near
from keraswrap.exceptions import ParameterError

# Arguments of keras.Model.fit, less the data itself, with the defaults that an
# estimator has. Silence is ours (verbose=0): a search of 50 fits must not print. So is
# group_by_length, whose name and meaning are those of Hugging Face's Trainer, and
# validation_groups, which a splitter as validation_split may ask for.
FIT_DEFAULTS: dict[str, object] = {
    "batch_size": None,
    "epochs": 1,
    "verbose": 0,
    "callbacks": None,
    "validation_split": 0.0,
    "validation_data": None,
    "validation_groups": None,
    "shuffle": True,
    "group_by_length": True,
    "class_weight": None,
    "initial_epoch": 0,
    "steps_per_epoch": None,
    "validation_steps": None,
    "validation_batch_size": None,
    "validation_freq": 1,
}
PREDICT_DEFAULTS: dict[str, object] = {"batch_size": None, "verbose": 0, "callbacks": None}
# Fit and predict arguments that count something.
_COUNTS = ("batch_size", "epochs", "validation_batch_size")
# Given bare, these two serve fit and predict alike.
SHARED = ("batch_size", "verbose")
COMPILE_DEFAULTS: dict[str, object] = {
    "optimizer": "rmsprop",
    "loss": None,
    "loss_weights": None,
    "metrics": None,
    "weighted_metrics": None,
    "run_eagerly": False,
    "steps_per_execution": None,
    "jit_compile": None,
    "auto_scale_loss": True,
}
# Parts of compile that take arguments of their own: compile__optimizer__learning_rate.
NESTED = ("optimizer", "loss")


def check_known(names: Iterable[str], known: Iterable[str], what: str) -> None:
    """Raise ParameterError for the first of `names` that is not among `known`."""
    known = set(known)
    for name in names:
        if name not in known:
            raise ParameterError(f"{what} has no parameter {name!r}. {near(name, known)}")


def build_arguments(model: object) -> tuple[dict[str, object], bool]:
    """Read the arguments of a build function off its signature.

    Parameters
    ----------
    model : callable
        The build function.

    Returns
    -------
    arguments : dict
        Name to default (``inspect.Parameter.empty`` where there is none),
        without ``meta``, which the estimator fills in itself.
    open_ended : bool
        Whether it takes ``**kwargs``, and so any name at all.

    Examples
    --------
    >>> build_arguments(lambda units=8, *, meta: None)
    ({'units': 8}, False)
    """
    try:
        parameters = inspect.signature(cast("Callable[..., object]", model)).parameters.values()
    except (TypeError, ValueError):  # not callable, or written in C
        return {}, True
    named = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    arguments = {p.name: p.default for p in parameters if p.kind in named and p.name != "meta"}
    return arguments, any(p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters)


def wants_meta(model: Callable[..., object]) -> bool:
    """Return whether a build function asks for ``meta``.

    Examples
    --------
    >>> wants_meta(lambda units, meta: None), wants_meta(lambda **kwargs: None)
    (True, False)
    """
    try:
        return "meta" in inspect.signature(model).parameters
    except (TypeError, ValueError):
        return False


def as_dict(value: object) -> dict[str, object]:
    """Copy a dict that may be None; anything else is left for fit to refuse."""
    return dict(value) if isinstance(value, Mapping) else {}


def list_params(homes: Mapping[str, object], model: object = None) -> dict[str, object]:
    """List every routed parameter with the value that it has now.

    Parameters
    ----------
    homes : mapping
        The estimator's ``params``, ``compile_kwargs`` and, with a build
        function, ``model_kwargs``; each a dict or None.
    model : callable, optional
        The build function, whose own defaults show where nothing is set.

    Returns
    -------
    dict
        Names as ``set_params`` takes them.

    Examples
    --------
    >>> listed = list_params({"params": {"epochs": 3}, "compile_kwargs": None})
    >>> listed["epochs"], listed["compile__optimizer"]
    (3, 'rmsprop')
    """
    listed = {**FIT_DEFAULTS, **as_dict(homes.get("params"))}
    compiled = {**COMPILE_DEFAULTS, **as_dict(homes.get("compile_kwargs"))}
    listed |= {f"compile__{name}": value for name, value in compiled.items()}
    if "model_kwargs" in homes:
        arguments, _ = build_arguments(model)
        known = {k: v for k, v in arguments.items() if v is not inspect.Parameter.empty}
        known |= as_dict(homes["model_kwargs"])
        listed |= {f"model__{name}": value for name, value in known.items()}
    return listed


def find_home(
    name: str, model: object = None, *, has_model: bool = False, own: Iterable[str] = ()
) -> tuple[str, str]:
    """Find the dict and key that a parameter name refers to.

    Parameters
    ----------
    name : str
        As given to ``set_params``.
    model : callable, optional
        The build function, whose signature says which ``model__`` names exist.
    has_model : bool, default=False
        Whether the estimator has a build function at all.
    own : iterable of str, optional
        The constructor's own names, to be listed where they are near.

    Returns
    -------
    home : {'params', 'model_kwargs', 'compile_kwargs'}
    key : str

    Raises
    ------
    ParameterError
        If there is no such name; near names are listed.

    Examples
    --------
    >>> find_home("compile__optimizer__learning_rate")
    ('compile_kwargs', 'optimizer__learning_rate')
    >>> find_home("fit__epochs")
    ('params', 'fit__epochs')
    """
    prefix, _, rest = name.partition("__")
    if prefix == "model" and rest and has_model:
        arguments, open_ended = build_arguments(model)
        if not open_ended:
            check_known([rest], arguments, "The build function")
        return "model_kwargs", rest
    if prefix == "compile" and rest:
        check_known([rest.partition("__")[0]], COMPILE_DEFAULTS, "compile")
        return "compile_kwargs", rest
    if prefix in ("fit", "predict") and rest:
        check_known([rest], FIT_DEFAULTS if prefix == "fit" else PREDICT_DEFAULTS, prefix)
        return "params", name
    examples = ["compile__optimizer", "compile__loss", "fit__epochs", "predict__batch_size"]
    examples += own
    if has_model:
        examples += [f"model__{argument}" for argument in build_arguments(model)[0]]
    check_known([name], [*FIT_DEFAULTS, *examples], "The estimator")
    return "params", name


def check_dicts(homes: Mapping[str, object]) -> None:
    """Raise ParameterError where one of the estimator's dicts is not a dict."""
    for home, value in homes.items():
        if value is not None and not isinstance(value, Mapping):
            raise ParameterError(
                f"Expected {home} to be a dict or None, got {type(value).__name__}: {value!r:.80}."
            )


def _check_params(params: Mapping[str, object]) -> None:
    for name in params:
        home, _ = find_home(name)
        if home != "params":
            raise ParameterError(
                f"params holds arguments of fit and predict, got {name!r}. Put it in {home}."
            )


def fit_arguments(
    params: Mapping[str, object] | None, given: Mapping[str, object] | None = None
) -> dict[str, object]:
    """Merge the arguments of one fit: defaults, bare, ``fit__``, then the call's own.

    Parameters
    ----------
    params : dict or None
        The estimator's ``params``.
    given : mapping, optional
        Keywords of this very call; they win.

    Returns
    -------
    dict
        One value for each of Keras's fit arguments.

    Raises
    ------
    ParameterError
        If a name is no argument of fit, or a count no whole number.

    Examples
    --------
    >>> fit_arguments({"epochs": 2, "fit__batch_size": 8}, {"epochs": 5})["epochs"]
    5
    """
    params, given = as_dict(params), as_dict(given)
    _check_params(params)
    given = {name.removeprefix("fit__"): value for name, value in given.items()}
    check_known(given, FIT_DEFAULTS, "fit")
    bare = {k: v for k, v in params.items() if "__" not in k}
    prefixed = {k.removeprefix("fit__"): v for k, v in params.items() if k.startswith("fit__")}
    return _check_counts({**FIT_DEFAULTS, **bare, **prefixed, **given})


def _check_counts(arguments: dict[str, object]) -> dict[str, object]:
    for name in _COUNTS:
        absent = arguments.get(name) is None and name != "epochs"
        if name in arguments and not absent:
            check_count(name, arguments[name])
    return arguments


def check_epochs(arguments: Mapping[str, Any]) -> None:
    """Raise ParameterError where ``initial_epoch`` leaves no epoch to train.

    Keras takes any, and then returns a net that nobody trained.
    """
    start, end = arguments["initial_epoch"], arguments["epochs"]
    whole = isinstance(start, int | np.integer) and not isinstance(start, bool)
    if not whole or not 0 <= start < end:
        raise ParameterError(
            f"Expected initial_epoch to be a whole number ≥ 0 and below epochs ({end}), got "
            f"{start!r}. Training runs from initial_epoch to epochs: to train 5 epochs from 10 "
            "on, set initial_epoch=10 and epochs=15."
        )


def check_count(name: str, value: object) -> None:
    """Raise ParameterError unless a parameter is a whole number from 1 on."""
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool) and value >= 1
    if not whole:
        raise ParameterError(f"Expected {name} to be a whole number ≥ 1, got {value!r}.")


def predict_arguments(
    params: Mapping[str, object] | None, given: Mapping[str, object] | None = None
) -> dict[str, object]:
    """Merge the arguments of one predict: defaults, shared bare ones, ``predict__``, the call's.

    Examples
    --------
    >>> predict_arguments({"epochs": 2, "batch_size": 8})
    {'batch_size': 8, 'verbose': 0, 'callbacks': None}
    """
    params, given = as_dict(params), as_dict(given)
    check_known(given, PREDICT_DEFAULTS, "predict")
    bare = {k: v for k, v in params.items() if k in SHARED}
    own = {k.removeprefix("predict__"): v for k, v in params.items() if k.startswith("predict__")}
    return _check_counts({**PREDICT_DEFAULTS, **bare, **own, **given})


def compile_arguments(
    compile_kwargs: Mapping[str, object] | None,
) -> tuple[dict[str, object], dict[str, dict[str, Any]]]:
    """Split ``compile_kwargs`` into compile's own arguments and those of its parts.

    Returns
    -------
    arguments : dict
        What ``compile`` takes, defaults filled in.
    nested : dict of dict
        For ``optimizer`` and ``loss``, the arguments of their own.

    Raises
    ------
    ParameterError
        If a name is no argument of compile.

    Examples
    --------
    >>> arguments, nested = compile_arguments({"optimizer__learning_rate": 0.1})
    >>> arguments["optimizer"], nested["optimizer"]
    ('rmsprop', {'learning_rate': 0.1})
    """
    compile_kwargs = as_dict(compile_kwargs)
    nested: dict[str, dict[str, object]] = {part: {} for part in NESTED}
    arguments = dict(COMPILE_DEFAULTS)
    for name, value in compile_kwargs.items():
        part, _, rest = name.partition("__")
        check_known([part], COMPILE_DEFAULTS, "compile")
        if not rest:
            arguments[name] = value
        elif part in nested:
            nested[part][rest] = value
        else:
            raise ParameterError(
                f"compile__{name} cannot be routed: only {' and '.join(NESTED)} take "
                f"arguments of their own. Set compile__{part} as a whole."
            )
    return arguments, nested


def parts_of(compile_kwargs: Mapping[str, object] | None) -> list[str]:
    """Name the arguments of compile that are given, directly or through a nested argument.

    Examples
    --------
    >>> parts_of({"optimizer__learning_rate": 0.1, "loss": "mse"})
    ['optimizer', 'loss']
    """
    return [name.partition("__")[0] for name in as_dict(compile_kwargs)]
