"""Batches in, rows out: in memory while they are few, then in a file."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from keraswrap._data.arrow_file import FileColumn, FileWriter
from keraswrap._data.row_data import LONE, Rows
from keraswrap._data.value_checks import as_text, check_numbers, is_text, to_array
from keraswrap._target_view import TargetView
from keraswrap.exceptions import InputError

if TYPE_CHECKING:
    from keraswrap._data.dataset_batches import Part

# Bytes kept in memory: a smaller stream needs no file, blocks are no larger, and a smaller
# file is read whole.
BLOCK = 16 * 2**20


class Store:
    """Gathers columns part by part; all parts are of one form.

    Parameters
    ----------
    folder : str or path, optional
        Where to put a file. With it there is one in any case.
    """

    def __init__(self, folder: str | os.PathLike[str] | None = None) -> None:
        self.folder, self.n = folder, 0
        self._pending: list[dict[str, np.ndarray]] = []
        self._bytes = 0
        self._form: dict[str, tuple[tuple[int, ...], np.dtype]] = {}
        self._writer = None if folder is None else FileWriter(folder)

    def add(self, columns: Mapping[str, np.ndarray]) -> None:
        """Take more rows.

        Raises
        ------
        InputError
            If they are not like those before.
        StorageError
            If they cannot be written.
        """
        if not self._form:
            self._form = {name: (a.shape[1:], a.dtype) for name, a in columns.items()}
        part = {name: self._alike(name, array) for name, array in columns.items()}
        self._pending.append(part)
        self.n += len(next(iter(part.values())))
        self._bytes += sum(bytes_of(array) for array in part.values())
        if self._bytes > BLOCK:
            self._flush()

    def _alike(self, name: str, array: np.ndarray) -> np.ndarray:
        shape, dtype = self._form[name]
        if array.shape[1:] != shape:
            raise InputError(
                f"Expected rows of one shape, {shape} as in row 0{_of(name)}, got "
                f"{array.shape[1:]} in row {self.n}. Pad or cut them to one length."
            )
        # Integers may be mixed with floats; any other change of type is an error.
        if array.dtype != dtype and not np.can_cast(array.dtype, dtype, "same_kind"):
            raise InputError(
                f"Expected rows of one kind, {dtype} as in row 0{_of(name)}, got {array.dtype} in "
                f"row {self.n}. Cast them alike."
            )
        return self._cast(name, array, dtype)

    def _cast(self, name: str, array: np.ndarray, dtype: np.dtype) -> np.ndarray:
        if array.dtype == dtype or dtype.kind not in "iuf":
            return array.astype(dtype, copy=False)
        with np.errstate(over="ignore"):
            cast = array.astype(dtype)
        # A fraction is rounded; a number beyond the range would come back as another one.
        fits = np.isfinite(cast) if dtype.kind == "f" else cast == array
        if not fits.all():
            row = int(np.argwhere(~fits)[0][0])
            raise InputError(
                f"Expected numbers that fit into {dtype}, as of row 0{_of(name)}, got "
                f"{array[~fits][0]} in row {self.n + row}. Cast all batches to {array.dtype}."
            )
        return cast

    def _flush(self) -> None:
        if self._writer is None:
            self._writer = FileWriter(self.folder)
        self._writer.write(self._gathered())
        self._pending, self._bytes = [], 0

    def _gathered(self) -> dict[str, np.ndarray]:
        return {name: np.concatenate([p[name] for p in self._pending]) for name in self._form}

    def finish(self) -> Rows:
        """Return what has been collected."""
        if not self.n:
            raise InputError("Found a stream with 0 sample(s) while a minimum of 1 is required.")
        if self._writer is None:
            return Rows(self._gathered())
        if self._pending:
            self._flush()
        file = self._writer.close()
        return Rows({k: FileColumn(file, k, *form) for k, form in self._form.items()})

    def abandon(self) -> None:
        """Remove what was written."""
        if self._writer is not None:
            self._writer.abandon()


def bytes_of(array: np.ndarray) -> int:
    """Return how much memory an array takes, including its texts."""
    # A str of Python takes some 50 bytes besides its characters.
    texts = sum(map(len, array.ravel())) + 50 * array.size if array.dtype.kind == "O" else 0
    return texts or array.nbytes


def _of(name: str) -> str:
    return f" of {name!r}" if name else ""


def check_column(value: object, name: str, first: int) -> np.ndarray:
    """Check one column of a batch: str or finite numbers; an error names the row.

    Parameters
    ----------
    value : array-like of shape (n, ...)
        Text may come as UTF-8 bytes.
    name : str
        What to call it in an error.
    first : int
        Number of its first row.

    Returns
    -------
    ndarray
        Text as objects.

    Raises
    ------
    InputError
        If it holds something else.

    Examples
    --------
    >>> check_column(np.array([b"gut", b"schlecht"], dtype=object), "X", 0)
    array(['gut', 'schlecht'], dtype=object)
    """
    array = as_array(value, name)
    if array.ndim == 0 or 0 in array.shape[1:]:
        raise InputError(
            f"Expected batches of rows with values in {name}, got shape {array.shape}. "
            "Say with batched= whether the stream gives batches."
        )
    if not is_text(array):
        return check_numbers(array, name, first)
    if array.dtype.kind != "U":
        array = decode(array, name, first)
    return _encodable(as_text(array, name, first), name, first)


def _encodable(texts: np.ndarray, name: str, first: int) -> np.ndarray:
    for number, row in enumerate(texts):
        try:
            (row if isinstance(row, str) else "".join(row.ravel())).encode("utf-8")
        except UnicodeEncodeError as error:
            raise InputError(
                f"Expected text that is valid Unicode in {name}, got {row!r:.40} in row "
                f"{first + number}: {error.reason}. Decode it again with errors='replace'."
            ) from error
    return texts


def as_array(value: object, name: str) -> np.ndarray:
    """Turn a tensor or a list of rows into an array."""
    array = to_array(value, name)
    # Types that NumPy knows only through an extension, such as bfloat16.
    return array.astype("float32") if array.dtype.kind == "V" else array


def decode(array: np.ndarray, name: str, first: int) -> np.ndarray:
    """Turn UTF-8 bytes into str; leave everything else unchanged.

    Raises
    ------
    InputError
        If bytes are no UTF-8.
    """
    inner = max(1, int(np.prod(array.shape[1:])))
    decoded = np.empty(array.size, dtype=object)
    for position, value in enumerate(array.ravel().tolist()):
        try:
            decoded[position] = value.decode("utf-8") if isinstance(value, bytes) else value
        except UnicodeDecodeError as error:
            raise InputError(
                f"Expected text in UTF-8 in {name}, got {value!r:.40} in row "
                f"{first + position // inner}: {error.reason}. Decode it first."
            ) from error
    return decoded.reshape(array.shape)


def materialise(
    parts: Iterable[Part], folder: str | os.PathLike[str] | None = None
) -> tuple[Rows, np.ndarray | TargetView | None, np.ndarray | TargetView | None]:
    """Read batches once, and keep their rows in an indexable form.

    Parameters
    ----------
    parts : iterable of (x, y, weight)
        Batches; x an array-like or a mapping of them, y and weight may be None.
    folder : str or path, optional
        Where to put the file.

    Returns
    -------
    rows : Rows
    y, weight : ndarray of shape (n, ...), TargetView of them, or None
        In memory: they are small beside the rows.

    Raises
    ------
    InputError
        If the batches cannot be used.
    StorageError
        If they cannot be written; no file is left then.
    """
    store, targets, weights = Store(folder), _Beside("y"), _Beside("sample_weight")
    try:
        for x, y, weight in parts:
            columns = _columns(x, store.n)
            count = _common_length(columns)
            targets.add(y, count, store.n)
            weights.add(weight, count, store.n)
            if count:
                store.add(columns)
        return store.finish(), targets.array(), weights.array()
    except BaseException:
        store.abandon()
        raise


def _columns(x: object, first: int) -> dict[str, np.ndarray]:
    named = x if isinstance(x, Mapping) else {LONE: x}
    if not named:
        raise InputError("Expected rows with at least one column, got none.")
    return {
        str(name): check_column(value, f"X[{name!r}]" if name != LONE else "X", first)
        for name, value in named.items()
    }


def _common_length(columns: Mapping[str, np.ndarray]) -> int:
    lengths = {name: len(array) for name, array in columns.items()}
    if len(set(lengths.values())) > 1:
        raise InputError(f"Expected arrays of one length in a batch, got lengths {lengths}.")
    return next(iter(lengths.values()))


class _Beside:
    """Labels or weights of the rows of each batch, or of none; by name if there are several."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.parts: list[np.ndarray] = []
        self.named: dict[str, _Beside] = {}
        self.given: bool | None = None

    def add(self, value: object, count: int, first: int) -> None:
        if self.given is None:
            self.given = value is not None
        if self.given != (value is not None):
            raise InputError(
                f"Expected {self.name} in every batch or in none, got a batch of the other kind "
                f"from row {first} on."
            )
        if isinstance(value, Mapping):
            for name in self.named or value:
                part = self.named.setdefault(name, _Beside(f"{self.name}[{name!r}]"))
                part.add(value.get(name), count, first)
        elif value is not None:
            self.parts.append(self._checked(as_array(value, self.name), count, first))

    def _checked(self, array: np.ndarray, count: int, first: int) -> np.ndarray:
        if array.ndim == 0 or len(array) != count:
            raise InputError(
                f"Expected as many values in {self.name} as rows in X, got shape {array.shape} for "
                f"{count} row(s), from row {first} on. Say with batched= whether the stream gives "
                "batches."
            )
        return decode(array, self.name, first) if array.dtype.kind in "OS" else array

    def array(self) -> np.ndarray | TargetView | None:
        if self.named:
            return TargetView({name: part.array() for name, part in self.named.items()})
        return np.concatenate(self.parts) if self.parts else None
