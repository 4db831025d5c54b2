"""The same short text for the same value, in every process; nothing for what cannot be known.

Two uses: whether a net at hand is the one that a fit would build, and whether a
journal is that of this very search. Both must rather say "unknown" than take
one thing for another, so code counts as much as data: of a function, what it
does, what it closes over, and the globals that it reads.
"""

from __future__ import annotations

import builtins
import functools
import hashlib
import sys
import types
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from typing import TYPE_CHECKING

import numpy as np

from keraswrap._added_parameters import known_before
from keraswrap._moved import FORMER

if TYPE_CHECKING:
    import keras
    import pandas as pd
    from scipy import sparse
    from sklearn.base import BaseEstimator

__all__ = ["fingerprint"]

_PLAIN = (type(None), bool, int, float, complex, str, bytes)
# Code of these packages is identified by installed versions, not line by line.
_INSTALLED = {
    *("keras", "keras_hub", "tensorflow", "torch", "jax", "numpy", "scipy", "sklearn"),
    *("pandas", "keraswrap", *sys.stdlib_module_names),
}


class _UnknownError(Exception):
    """Raised inside for a value that cannot be known."""


def fingerprint(value: object) -> str | None:
    """Return a short text that is the same for equal values, in this process and in others.

    Parameters
    ----------
    value : object
        Plain values and containers of them, arrays, frames, functions, classes,
        scikit-learn estimators, and objects of Keras.

    Returns
    -------
    str or None
        32 hexadecimal digits; None where a value, or a part of it, is of a kind
        whose content cannot be known.

    Notes
    -----
    A function goes by its bytecode, constants, defaults, closure and the
    globals that it reads, each of which may change under its name. BLAKE2b
    (RFC 7693) with 16 bytes.

    Examples
    --------
    >>> fingerprint({"a": 1, "b": [2.0]}) == fingerprint({"b": [2.0], "a": 1})
    True
    >>> fingerprint([1, 2]) == fingerprint([2, 1])
    False
    >>> fingerprint(iter([1])) is None
    True
    """
    digest = hashlib.blake2b(digest_size=16)
    try:
        for part in _parts(value, ()):
            digest.update(b"%d:" % len(part))
            digest.update(part)
    except (_UnknownError, RecursionError):
        return None
    return digest.hexdigest()


def _parts(value: object, above: tuple[int, ...]) -> Iterator[bytes | memoryview]:
    if isinstance(value, _PLAIN):
        yield f"{type(value).__name__} {value!r}".encode("utf-8", "surrogatepass")
        return
    if id(value) in above:  # contains itself: the distance says which container
        yield b"above %d" % above[::-1].index(id(value))
        return
    above = (*above, id(value))
    for test, parts in _KINDS:
        if test(value):
            yield parts.__name__.encode()
            yield from parts(value, above)
            return
    raise _UnknownError


def _each(values: Iterable[object], above: tuple[int, ...]) -> Iterator[bytes | memoryview]:
    count = 0
    for value in values:
        yield from _parts(value, above)
        count += 1
    yield b"end %d" % count


def _list(
    value: list[object] | tuple[object, ...], above: tuple[int, ...]
) -> Iterator[bytes | memoryview]:
    yield type(value).__name__.encode()
    if all(type(each) is str for each in value):  # texts may be many; repr tells them apart too
        yield repr(list(value)).encode("utf-8", "surrogatepass")
    else:
        yield from _each(value, above)


def _unordered(items: Iterable[object], above: tuple[int, ...]) -> Iterator[bytes]:
    yield from sorted(b"\0".join(bytes(p) for p in _parts(item, above)) for item in items)


def _mapping(value: Mapping[object, object], above: tuple[int, ...]) -> Iterator[bytes]:
    yield from _unordered(value.items(), above)


def _set(value: Set[object], above: tuple[int, ...]) -> Iterator[bytes]:
    yield from _unordered(value, above)


def _array(value: np.ndarray | np.generic, above: tuple[int, ...]) -> Iterator[bytes | memoryview]:
    value = np.asarray(value)
    yield f"{value.dtype} {value.shape}".encode()
    if value.dtype.hasobject:
        yield from _list(value.ravel().tolist(), above)
    else:
        yield np.ascontiguousarray(value).reshape(-1).view(np.uint8).data


def _sparse(value: sparse.spmatrix, above: tuple[int, ...]) -> Iterator[bytes | memoryview]:
    rows = value.tocsr()
    yield from _each([rows.shape, rows.data, rows.indices, rows.indptr], above)


def _frame(value: pd.DataFrame | pd.Series, above: tuple[int, ...]) -> Iterator[bytes | memoryview]:
    series = value.ndim == 1
    columns = [value] if series else [value.iloc[:, k] for k in range(value.shape[1])]
    yield from _each([value.name] if series else value.columns.tolist(), above)
    yield from _list(value.index.tolist(), above)
    for column in columns:
        yield str(column.dtype).encode()
        yield from _parts(column.to_numpy(), above)


def _repr(value: object, above: tuple[int, ...]) -> Iterator[bytes]:
    yield repr(value).encode()


def _generator(
    value: np.random.RandomState | np.random.Generator, above: tuple[int, ...]
) -> Iterator[bytes | memoryview]:
    state = value.get_state() if hasattr(value, "get_state") else value.bit_generator.state
    yield from _parts(state, above)


def _full_name(value: type | types.FunctionType) -> bytes:
    return f"{FORMER.get(value.__module__, value.__module__)}.{value.__qualname__}".encode()


def _type(value: type, above: tuple[int, ...]) -> Iterator[bytes | memoryview]:
    yield _full_name(value)
    if not _installed(value):
        yield from _each(value.__bases__, above)
        own = {name: v for name, v in vars(value).items() if name not in _OF_EVERY_CLASS}
        yield from _parts(own, above)


_OF_EVERY_CLASS = {
    *("__dict__", "__weakref__", "__doc__", "__module__", "__annotations__"),
    *("__abstractmethods__", "_abc_impl", "__static_attributes__"),
    *("__firstlineno__", "__annotate_func__", "__annotations_cache__"),
    "__slotnames__",  # kept by pickle and copy, from the first time on
}


def _descriptor(
    value: property | staticmethod[..., object] | classmethod[object, ..., object],
    above: tuple[int, ...],
) -> Iterator[bytes | memoryview]:
    if isinstance(value, property):
        yield from _each([value.fget, value.fset, value.fdel], above)
    else:
        yield from _parts(value.__func__, above)


def _method(value: types.MethodType, above: tuple[int, ...]) -> Iterator[bytes | memoryview]:
    yield from _each([value.__func__, value.__self__], above)


def _partial(
    value: functools.partial[object], above: tuple[int, ...]
) -> Iterator[bytes | memoryview]:
    yield from _each([value.func, value.args, value.keywords], above)


def _builtin(
    value: types.BuiltinFunctionType | np.ufunc, above: tuple[int, ...]
) -> Iterator[bytes | memoryview]:
    yield f"{value.__module__}.{value.__qualname__}".encode()
    owner = getattr(value, "__self__", None)
    if owner is not None and not isinstance(owner, types.ModuleType):
        yield from _parts(owner, above)


def _module(value: types.ModuleType, above: tuple[int, ...]) -> Iterator[bytes]:
    yield value.__name__.encode()


def _function(value: types.FunctionType, above: tuple[int, ...]) -> Iterator[bytes | memoryview]:
    value = getattr(value, "python_function", value)  # what tf.function wraps
    yield _full_name(value)
    if _installed(value):
        return
    yield from _code(value.__code__, above)
    yield from _each([value.__defaults__, value.__kwdefaults__], above)
    yield from _each((_content(cell) for cell in value.__closure__ or ()), above)
    for name in sorted(set(_names(value.__code__))):
        if name in value.__globals__:
            yield name.encode()
            yield from _parts(value.__globals__[name], above)
        elif not hasattr(builtins, name):
            yield b"attribute or undefined " + name.encode()


def _content(cell: types.CellType) -> object:
    try:
        return cell.cell_contents
    except ValueError:  # an empty cell: a name that is not bound yet
        return None


def _names(code: types.CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _names(constant)


def _code(code: types.CodeType, above: tuple[int, ...]) -> Iterator[bytes | memoryview]:
    yield code.co_code
    yield repr((code.co_names, code.co_varnames, code.co_freevars, code.co_flags)).encode()
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _code(constant, above)
        else:
            yield from _parts(constant, above)


def _estimator(value: BaseEstimator, above: tuple[int, ...]) -> Iterator[bytes | memoryview]:
    yield from _parts(type(value), above)
    yield from _parts(known_before(type(value), value.get_params(deep=False)), above)


def _configured(
    value: keras.Layer | keras.Loss | keras.Optimizer, above: tuple[int, ...]
) -> Iterator[bytes | memoryview]:
    yield from _parts(type(value), above)
    try:
        config = value.get_config()
    except Exception as error:  # a custom object's get_config may fail in any way
        raise _UnknownError from error
    yield from _parts(_nameless(config), above)
    if not _installed(type(value)):  # its get_config may be silent about what it holds
        yield from _parts(_nameless(vars(value)), above)
    weights = getattr(value, "get_weights", None)
    yield from _parts(weights() if weights is not None and value.built else [], above)


def _nameless(config: Mapping[str, object]) -> dict[str, object]:
    # Keras numbers the names that it makes up, over all objects of a process.
    return {k: v for k, v in config.items() if k not in ("name", "_name")}


def _attributes(value: object, above: tuple[int, ...]) -> Iterator[bytes | memoryview]:
    yield from _parts(type(value), above)
    yield from _parts(vars(value), above)


def _installed(value: object) -> bool:
    return (getattr(value, "__module__", None) or "").partition(".")[0] in _INSTALLED


def _is_keras(value: object) -> bool:
    return any(kind.__module__.startswith("keras.") for kind in type(value).__mro__)


def _is_frame(value: object) -> bool:
    return type(value).__module__.partition(".")[0] == "pandas" and hasattr(value, "iloc")


def _is_function(value: object) -> bool:
    return hasattr(getattr(value, "python_function", value), "__code__")


def _is_plain_object(value: object) -> bool:
    # Its dict holds everything: nothing is in slots or in C.
    room = type(value).__basicsize__ - object.__basicsize__
    return hasattr(value, "__dict__") and room <= 2 * tuple.__itemsize__


def _is_a(*kinds: type) -> Callable[[object], bool]:
    return lambda value: isinstance(value, kinds)


# The first test that holds for a value selects how it is read.
_KINDS: list[tuple[Callable[[object], bool], Callable[..., Iterator[bytes | memoryview]]]] = [
    (_is_a(list, tuple), _list),
    (_is_a(Mapping), _mapping),
    (_is_a(Set), _set),
    (_is_a(np.ndarray, np.generic), _array),
    (_is_a(np.dtype, range, slice, types.EllipsisType), _repr),
    (_is_a(np.random.RandomState, np.random.Generator), _generator),
    (_is_frame, _frame),
    (lambda value: hasattr(value, "tocsr") and hasattr(value, "nnz"), _sparse),
    (_is_a(types.ModuleType), _module),
    (_is_a(type), _type),
    (_is_a(property, staticmethod, classmethod), _descriptor),
    (_is_a(types.MethodType), _method),
    (_is_a(functools.partial), _partial),
    (_is_a(types.BuiltinFunctionType, np.ufunc), _builtin),
    (_is_function, _function),
    (lambda value: callable(getattr(value, "get_params", None)), _estimator),
    (lambda value: _is_keras(value) and hasattr(value, "get_config"), _configured),
    (_is_plain_object, _attributes),
]
