"""What a fit may be given, as rows that can be indexed.

One value type, `Rows`: named columns of equal length, sliced by row and only
made dense, cast and batched at the last moment. What else may come one day
(tf.data, Hugging Face datasets) enters through `as_rows` and nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from keraswrap.exceptions import InputError, InputTypeError

# The name of an array that came alone.
LONE = ""


@dataclass(frozen=True)
class Rows:
    """Arrays of equal length, by name.

    Parameters
    ----------
    arrays : mapping of str to array of shape (n, ...)
        Numbers (dense, or scipy CSR), or object arrays of str.
    columns : tuple of str, optional
        Column names of a lone 2-D array that came as a frame.
    """

    arrays: Mapping[str, Any]
    columns: tuple[str, ...] | None = None

    @property
    def n(self) -> int:
        """Number of rows."""
        return next(iter(self.arrays.values())).shape[0]

    def take(self, index: Any) -> Rows:
        """Select rows by position, in the order given."""
        return replace(self, arrays={name: array[index] for name, array in self.arrays.items()})

    def blank(self) -> Rows:
        """Give rows of the same shapes and kinds with nothing in them."""
        return replace(self, arrays={name: _blank(a) for name, a in self.arrays.items()})

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Shape of one row, by name."""
        return {name: tuple(array.shape[1:]) for name, array in self.arrays.items()}


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
        """Give the rows `index` as this input wants them: dense, cast, shaped."""
        array = rows.arrays[self.source]
        if self.column is not None:
            array = array[:, [self.column]]
        batch = array[index]
        if sparse.issparse(batch):
            batch = batch.toarray()
        if self.expand:
            batch = batch[:, None]
        return batch if self.dtype == "string" else batch.astype(self.dtype, copy=False)


def _blank(array: Any) -> np.ndarray:
    if sparse.issparse(array):
        return np.zeros(array.shape, array.dtype)
    return np.full(array.shape, "", dtype=object) if is_text(array) else np.zeros_like(array)


def is_text(array: Any) -> bool:
    """Tell whether an array holds text: numpy's or pandas's strings, or objects starting with one.

    Examples
    --------
    >>> is_text(np.array(["good", "bad"])), is_text(np.array([1.0]))
    (True, False)
    """
    if array.dtype.kind in "US":
        return True
    if array.dtype.kind != "O" or array.size == 0:
        return False
    return any(isinstance(value, str | bytes) for value in array.ravel()[:100])


def as_text(array: np.ndarray, name: str = "X") -> np.ndarray:
    """Check that every element is a str, and give them as an object array.

    Raises
    ------
    InputError
        If an element is missing or no str; its row is named.

    Examples
    --------
    >>> as_text(np.array(["good", "bad"])).tolist()
    ['good', 'bad']
    """
    array = np.asarray(array).astype(object)
    for position, value in enumerate(array.ravel()):
        if not isinstance(value, str):
            row = position // max(1, array[0].size if array.ndim > 1 else 1)
            missing = np.ndim(value) == 0 and pd.isna(value)
            raise InputError(
                f"Expected text in every row of {name}, got {type(value).__name__} {value!r:.40} "
                f"in row {row}. "
                + (
                    "Fill in or drop such rows."
                    if missing
                    else "Turn them into str, or into numbers."
                )
            )
    return array


_ELSEWHERE = {
    "tensorflow": ("Dataset", "Iterator", "RaggedTensor"),
    "datasets": ("Dataset", "DatasetDict", "Column", "IterableDataset"),
    "keras": ("PyDataset", "Sequence"),
    "torch": ("Dataset", "DataLoader"),
}


def refuse_streams(X: Any) -> None:
    """Raise a clear error for data that cannot be indexed by row.

    Raises
    ------
    InputTypeError
        If X is a tf.data.Dataset, a Hugging Face dataset, a PyDataset, a
        DataLoader, an iterator or a single string.
    """
    kinds = type(X).__mro__
    roots = {kind.__module__.partition(".")[0] for kind in kinds}
    for root, names in _ELSEWHERE.items():
        if root in roots and any(part in kind.__name__ for kind in kinds for part in names):
            raise InputTypeError(
                f"Expected rows that can be indexed (array, list, DataFrame, sparse matrix, "
                f"dict of arrays), got {kinds[0].__module__.partition('.')[0]}'s "
                f"{kinds[0].__name__}, which is not taken. Turn it into arrays first, for "
                "instance np.stack(list(...)) of its rows, and pass X and y apart."
            )
    if isinstance(X, str | bytes) or (hasattr(X, "__next__") and not hasattr(X, "__len__")):
        raise InputTypeError(
            f"Expected one row for each sample, got {type(X).__name__} {str(X)!r:.40}. "
            "Wrap a single text in a list; turn an iterator into one."
        )


def as_rows(X: Any) -> Rows | None:
    """Read what needs no number check: dicts, texts, frames with text columns.

    Parameters
    ----------
    X : dict, array-like, DataFrame or sparse matrix
        What a user gave.

    Returns
    -------
    Rows or None
        None for plain numbers, which scikit-learn's own validation reads.

    Raises
    ------
    InputError, InputTypeError
        If X is empty, ragged, or cannot be indexed by row.

    Examples
    --------
    >>> as_rows({"a": [1, 2], "b": [[1.0], [2.0]]}).shapes
    {'a': (), 'b': (1,)}
    >>> as_rows(["good", "bad"]).n
    2
    """
    refuse_streams(X)
    if sparse.issparse(X):  # first: scipy's dok_array is a dict too
        return None
    if isinstance(X, Mapping):
        return _from_dict(X)
    if isinstance(X, pd.DataFrame):
        return _from_frame(X)
    array = _text_array(X)
    return None if array is None else Rows({LONE: array})


def _text_array(X: Any) -> np.ndarray | None:
    if isinstance(X, pd.Series | pd.Index):
        X = X.to_numpy(dtype=object) if X.dtype.kind not in "biufc" else X.to_numpy()
    if isinstance(X, list | tuple) and X:
        X = _to_array(X) if isinstance(X[0], Sequence | np.ndarray) or _hold_text(X) else X
    if isinstance(X, np.ndarray) and is_text(X):
        return as_text(X)
    return None


def _to_array(values: Any, name: str = "X") -> np.ndarray:
    # Left to itself, numpy makes the text "nan" of a gap among texts, and "1" of a number.
    texts = isinstance(values, list | tuple) and _hold_text(values)
    try:
        array = np.array(values, dtype=object) if texts else np.asarray(values)
        if texts and any(isinstance(value, list | tuple) for value in array.ravel()[:100]):
            raise ValueError("lists of unequal length")
    except ValueError as error:
        raise InputError(
            f"Expected rows of equal length in {name}, got ragged ones ({error}). Pad or cut "
            "them to one length."
        ) from error
    return array


def _hold_text(values: Sequence[Any]) -> bool:
    return any(
        isinstance(value, str | bytes) or (isinstance(value, list | tuple) and _hold_text(value))
        for value in values[:100]
    )


def _from_dict(X: Mapping[str, Any]) -> Rows:
    if not X:
        raise InputError("Expected a dict of arrays, one for each input of the net, got {}.")
    arrays = {str(name): _column(value, f"X[{name!r}]") for name, value in X.items()}
    lengths = {name: array.shape[0] for name, array in arrays.items()}
    if len(set(lengths.values())) > 1:
        raise InputError(f"Expected arrays of one length in X, got lengths {lengths}.")
    if 0 in lengths.values():
        raise InputError("Found array with 0 sample(s) in X while a minimum of 1 is required.")
    return Rows(arrays)


def _column(value: Any, name: str) -> Any:
    refuse_streams(value)
    if sparse.issparse(value):
        value = sparse.csr_matrix(value)
        check_numbers(value.sum(axis=1), name)  # finite where every number in the row is
        return value
    array = value.to_numpy() if hasattr(value, "to_numpy") else _to_array(value, name)
    if array.ndim == 0:
        raise InputError(f"Expected an array with one row for each sample in {name}, got {value}.")
    return as_text(array, name) if is_text(array) else check_numbers(array, name)


def check_numbers(array: np.ndarray, name: str) -> np.ndarray:
    """Check that an array holds finite numbers.

    Raises
    ------
    InputError
        If it holds something else, NaN or infinity.

    Examples
    --------
    >>> check_numbers(np.array([1, 2], dtype=object), "X").dtype.kind
    'f'
    """
    if array.dtype.kind == "O":
        try:
            array = array.astype("float64")
        except (TypeError, ValueError) as error:
            raise InputError(
                f"Expected numbers or text in {name}, got objects: {error}."
            ) from error
    if array.dtype.kind not in "biuf":
        raise InputError(f"Expected numbers or text in {name}, got dtype {array.dtype}.")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        row = int(np.argwhere(~np.isfinite(array))[0][0])
        raise InputError(
            f"Input {name} contains NaN or infinity, first in row {row}. Impute or drop it."
        )
    return array


def _from_frame(X: pd.DataFrame) -> Rows | None:
    if not len(X) or all(dtype.kind in "biuf" for dtype in X.dtypes):
        return None
    if X.dtypes.eq(object).all() and not is_text(X.to_numpy()):
        return None  # numbers held as objects: scikit-learn converts them
    if not X.columns.is_unique:
        twice = X.columns[X.columns.duplicated()].tolist()
        raise InputError(f"Expected columns of different names in X, got {twice} more than once.")
    arrays = {str(name): _frame_column(X[name], f"X[{name!r}]") for name in X.columns}
    if len(arrays) == 1:
        return Rows({LONE: next(iter(arrays.values()))[:, None]}, tuple(arrays))
    return Rows(arrays)


def _frame_column(column: pd.Series, name: str) -> np.ndarray:
    if column.dtype.kind == "O":
        return as_text(column.to_numpy(dtype=object), name)
    return check_numbers(column.to_numpy(), name)


def plan_feed(specs: Sequence[InputSpec], rows: Rows) -> dict[str, Feed]:
    """Match a net's inputs with the rows at hand.

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
    >>> rows = as_rows({"left": [[1.0]], "right": [[2.0]]})
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
        "(or a DataFrame) with these names."
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
            "Let the build function take `meta` and use meta['n_features_in_'], or mend X."
        )


def _check_range(spec: InputSpec, array: Any) -> None:
    values = array.data if sparse.issparse(array) else array
    if values.dtype.kind != "f" or values.size == 0:
        return
    if spec.dtype.startswith(("int", "uint")):
        if not np.array_equal(values, np.floor(values)):
            raise InputError(
                f"The net's input {spec.name!r} is of dtype {spec.dtype}, got fractions such as "
                f"{values.ravel()[np.argmax(values.ravel() % 1 != 0)]}. Pass whole numbers."
            )
    elif values.dtype.itemsize > np.dtype("float32").itemsize and spec.dtype != "float64":
        limit = np.finfo("float32").max
        if max(values.max(), -values.min()) > limit:
            raise InputError(
                f"Input X contains infinity or a value too large for dtype('float32'), beyond "
                f"{limit:.3g}. Scale X, for instance with a StandardScaler."
            )
