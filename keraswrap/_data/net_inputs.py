"""How the inputs of a net are filled from rows, by name or by position."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from keraswrap._data.lazy_column import chunks_of
from keraswrap._data.row_data import LONE, Column, Rows
from keraswrap._data.value_checks import is_text
from keraswrap.exceptions import InputError


@dataclass(frozen=True)
class InputSpec:
    """What one input of a net expects: its name, shape of a row, and dtype."""

    name: str
    shape: tuple[int | None, ...]
    dtype: str


@dataclass(frozen=True)
class Feed:
    """How one input of a net is filled: from which array, which column, as what dtype."""

    source: str
    dtype: str
    column: int | None = None
    expand: bool = False

    def __call__(self, rows: Rows, index: Any) -> np.ndarray:
        """Return the rows `index` as this input expects them: dense, cast, shaped."""
        batch = rows.arrays[self.source][index]
        if self.column is not None:
            batch = batch[:, [self.column]]
        if sparse.issparse(batch):
            batch = batch.toarray()
        if self.expand:
            batch = batch[:, None]
        return batch if self.dtype == "string" else batch.astype(self.dtype, copy=False)


def plan_feed(specs: Sequence[InputSpec], rows: Rows) -> dict[str, Feed]:
    """Match a net's inputs with the given rows.

    Parameters
    ----------
    specs : sequence of InputSpec
        What the net expects.
    rows : Rows
        What was given.

    Returns
    -------
    dict of str to Feed
        By input name, in the net's order.

    Raises
    ------
    InputError
        If an input has no array, or one of another shape or kind.

    Examples
    --------
    >>> rows = Rows({"left": np.array([[1.0]]), "right": np.array([[2.0]])})
    >>> specs = [InputSpec(name, (1,), "float32") for name in ("left", "right")]
    >>> plan_feed(specs, rows)["right"](rows, [0]).tolist()
    [[2.0]]
    """
    if len(specs) == 1 and len(rows.arrays) == 1:
        source, spec = next(iter(rows.arrays)), specs[0]
        return {spec.name: _feed(spec, rows, source)}
    if len(specs) > 1 and set(rows.arrays) == {LONE} and rows.columns:
        return {s.name: _from_column(s, rows) for s in specs}
    wanted, given = {s.name for s in specs}, set(rows.arrays)
    if len(specs) > 1 and given == set(positions(len(specs))) != wanted:
        return {s.name: _feed(s, rows, str(place)) for place, s in enumerate(specs)}
    if wanted != given:
        raise InputError(_mismatch(specs, rows))
    return {s.name: _feed(s, rows, s.name) for s in specs}


def _mismatch(specs: Sequence[InputSpec], rows: Rows) -> str:
    names = [s.name for s in specs]
    given = [name or "one array" for name in rows.arrays]
    if len(specs) == 1 and len(given) > 1:
        texts = [name for name, array in rows.arrays.items() if is_text(array)]
        if texts:
            return (
                f"Expected numbers, got text or categories in the columns {texts}. Encode them "
                "first, for instance with a ColumnTransformer and OneHotEncoder in a Pipeline."
            )
    return (
        f"Expected one array for each input of the net, {names}, got {given}. Pass X as a dict "
        "(or a DataFrame) with these names, or as a list of arrays in this order."
    )


def _from_column(spec: InputSpec, rows: Rows) -> Feed:
    columns = rows.columns or ()
    if spec.name not in columns or spec.shape not in ((), (1,), (None,)):
        raise InputError(
            f"Expected a column for each input of the net, got columns {list(columns)} and the "
            f"input {spec.name!r} of shape {spec.shape}. Name the columns after the inputs."
        )
    column = columns.index(spec.name)
    return Feed(LONE, spec.dtype, column)


def _feed(spec: InputSpec, rows: Rows, source: str) -> Feed:
    array = rows.arrays[source]
    text = not sparse.issparse(array) and is_text(array)
    if text != (spec.dtype == "string"):
        wants, got = ("text", "numbers") if spec.dtype == "string" else ("numbers", "text")
        raise InputError(
            f"The net's input {spec.name!r} expects {wants}, got {got}. "
            + (
                "Begin the net with keras.Input(dtype='string') and a TextVectorization layer, "
                "or encode the texts first."
                if got == "text"
                else "Pass X as texts."
            )
        )
    shape = tuple(array.shape[1:])
    expand = shape == () and len(spec.shape) == 1
    _check_shape(spec, (1,) if expand else shape)
    if not text:
        _check_range(spec, array)
    return Feed(source, spec.dtype, None, expand)


def _check_shape(spec: InputSpec, shape: tuple[int, ...]) -> None:
    fits = len(shape) == len(spec.shape) and all(
        want is None or want == have for want, have in zip(spec.shape, shape, strict=True)
    )
    if not fits:
        raise InputError(
            f"The net's input {spec.name!r} expects rows of shape {spec.shape}, got {shape}. "
            "Let the build function take `meta` and use meta['n_features_in_'], or fix X."
        )


def _check_range(spec: InputSpec, array: Column) -> None:
    if array.dtype.kind != "f" or 0 in array.shape:
        return
    if spec.dtype.startswith(("int", "uint")):
        for values in chunks_of(array):
            _check_whole(spec, values)
    elif array.dtype.itemsize > np.dtype("float32").itemsize and spec.dtype != "float64":
        for values in chunks_of(array):
            _check_magnitude(values)


def _check_whole(spec: InputSpec, values: np.ndarray) -> None:
    parts = values[values % 1 != 0]
    if len(parts):
        raise InputError(
            f"The net's input {spec.name!r} is of dtype {spec.dtype}, got fractions such as "
            f"{parts[0]}. Pass whole numbers."
        )


def _check_magnitude(values: np.ndarray) -> None:
    limit = np.finfo("float32").max
    if values.size and max(values.max(), -values.min()) > limit:
        raise InputError(
            f"Input X contains infinity or a value too large for dtype('float32'), beyond "
            f"{limit:.3g}. Scale X, for instance with a StandardScaler."
        )


# Several arrays in a list, as Keras takes them: the inputs of a net, in order


def as_inputs(X: object, n: int | None) -> object:
    """Name the arrays in a list by position, if they are inputs and not rows.

    Parameters
    ----------
    X : rows
        As a user passed them.
    n : int, optional
        How many rows there are, by the labels beside them.

    Returns
    -------
    dict of str to array, or X as it is
        A dict of a list of two arrays or more that have `n` rows each, unless
        there are `n` arrays: these are rows.

    Examples
    --------
    >>> import numpy as np
    >>> left, right = np.zeros((3, 2)), np.zeros((3, 5))
    >>> sorted(as_inputs([left, right], 3)), type(as_inputs([left, left], 2))
    (['0', '1'], <class 'list'>)
    """
    if not isinstance(X, list | tuple) or n is None or len(X) < 2 or len(X) == n:
        return X
    if _rows_in(X[0]) != n or not any(hasattr(part, "shape") for part in X):
        return X
    return _named(X) if all(_rows_in(part) == n for part in X) else X


def as_fitted(X: object, names: Sequence[object] | None) -> object:
    """Do the same for an estimator that was fitted on inputs by position.

    Raises
    ------
    InputError
        If there are more or fewer of them, or they are of different lengths.
    """
    if not isinstance(X, list | tuple) or names is None or list(names) != positions(len(names)):
        return X
    lengths = [_rows_in(part) for part in X]
    if len(X) != len(names) or len(set(lengths)) != 1 or None in lengths:
        raise InputError(
            f"Expected X as a list of {len(names)} arrays of one length as in fit, one for each "
            f"input of the net, got {len(X)} of the lengths {lengths[:10]}."
        )
    return _named(X)


def positions(count: int) -> list[str]:
    """Name inputs by their position.

    Examples
    --------
    >>> positions(2)
    ['0', '1']
    """
    return [str(position) for position in range(count)]


def _named(X: Sequence[object]) -> dict[str, object]:
    return dict(zip(positions(len(X)), X, strict=True))


def _rows_in(part: object) -> int | None:
    if isinstance(part, str | bytes):
        return None
    if hasattr(part, "shape"):
        return int(part.shape[0]) if len(part.shape) else None
    return len(part) if hasattr(part, "__len__") else None
