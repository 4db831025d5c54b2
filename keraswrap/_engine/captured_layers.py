"""Find layers that a build function did not make itself: their weights outlive each fit.

A layer from outside the function, in a variable that it reads or in `model_kwargs`, is
the same object in each net. If it is trained, its weights carry over from one fit to
the next, and from fold to fold. A frozen layer may come from anywhere.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Callable, Iterable, Iterator, Mapping

import keras

from keraswrap._engine.user_code import names_in
from keraswrap._fingerprint import _installed
from keraswrap.exceptions import BuildError


def layers_outside(
    function: Callable[..., object], kwargs: Mapping[str, object]
) -> list[keras.Layer]:
    """Find the layers and models that a build function can reach before it is called.

    Parameters
    ----------
    kwargs : mapping
        Arguments of the function.

    Returns
    -------
    list of keras.Layer
        Those in variables read by it or by a function that it calls by name, in its
        defaults, and in `kwargs`.
    """
    return list(_layers_in([function, dict(kwargs)], set()))


def check_own(net: keras.Model, outside: list[keras.Layer], source: str) -> None:
    """Raise BuildError if a net trains layers that existed before it.

    Parameters
    ----------
    net : keras.Model
        As the build function returned it.
    outside : list of keras.Layer
        From `layers_outside`, before the function was called.
    source : str
        Name of the function in errors.

    Raises
    ------
    BuildError
    """
    known = {id(layer) for layer in outside}
    for layer in net._flatten_layers():
        # In a frozen model nothing changes, whatever its layers are set to.
        if id(layer) in known and _changes(layer):
            raise BuildError(
                f"Expected {source} to make the layers that it trains, got {layer.name!r} "
                f"({type(layer).__name__}) from outside of it, so that each fit would continue "
                "from the weights of the last one. Create it inside the function, or set its "
                "trainable = False."
            )


def _changes(layer: keras.Layer) -> bool:
    # Training changes moving averages and dropout's seeds, but not what a layer was adapted to.
    return layer.trainable and bool(layer.variables) and not hasattr(layer, "adapt")


def _layers_in(value: object, seen: set[int]) -> Iterator[keras.Layer]:
    if id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, keras.Layer):
        yield value
    elif isinstance(value, Mapping):
        yield from _each(value.values(), seen)
    elif isinstance(value, list | tuple | set):
        yield from _each(value, seen)
    elif isinstance(value, functools.partial):
        yield from _each([value.func, value.args, value.keywords], seen)
    elif isinstance(value, types.MethodType):
        yield from _each([value.__func__, vars(value.__self__)], seen)
    elif isinstance(value, types.FunctionType) and not _installed(value):
        yield from _each(_read_by(value), seen)
    elif not isinstance(value, type) and callable(value) and not _installed(type(value)):
        yield from _each([type(value).__call__, vars(value)], seen)


def _each(values: Iterable[object], seen: set[int]) -> Iterator[keras.Layer]:
    for value in values:
        yield from _layers_in(value, seen)


def _read_by(function: types.FunctionType) -> Iterator[object]:
    """Yield what a function reads from outside: globals, enclosing variables, defaults."""
    yield from (function.__globals__[n] for n in names_in(function) if n in function.__globals__)
    for cell in function.__closure__ or ():
        try:
            yield cell.cell_contents
        except ValueError:  # not assigned yet
            continue
    yield from function.__defaults__ or ()
    yield from (function.__kwdefaults__ or {}).values()
