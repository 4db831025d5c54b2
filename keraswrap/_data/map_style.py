"""Data sets that give a row for its number, such as PyTorch's, and loaders of them.

None of it imports PyTorch: a class is known by where it comes from, or by what
it does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from keraswrap.exceptions import InputError

if TYPE_CHECKING:
    from _typeshed import SupportsLenAndGetItem

    from keraswrap._data.dataset_batches import Part

# Bytes and rows assembled at a time.
_BYTES = 4 * 2**20
_ROWS = 1024

# Attributes of objects whose rows are read in another way.
_OTHERWISE = ("shape", "dtype", "__array__", "keys", "iloc", "to_numpy")


def is_map_style(data: Any) -> bool:
    """Return whether an object maps a row number to (x, y), x an array, a dict or a text.

    Examples
    --------
    >>> is_map_style([(np.zeros(2), 1)]), is_map_style("text")
    (False, False)
    """
    kind = type(data)
    if isinstance(data, list | tuple | str | bytes | np.ndarray | type):
        return False
    if not (hasattr(kind, "__getitem__") and hasattr(kind, "__len__")):
        return False
    if any(hasattr(data, name) for name in _OTHERWISE):
        return False
    try:
        first = data[0] if len(data) else None
    except Exception:  # whatever it is, it cannot be indexed by row number
        return False
    if not (isinstance(first, tuple) and len(first) in (2, 3)):
        return False
    return hasattr(first[0], "shape") or isinstance(first[0], Mapping | str)


def from_maps(dataset: SupportsLenAndGetItem[object]) -> Iterator[Part]:
    """Yield batches of the rows of a map-style dataset, in order.

    Parameters
    ----------
    dataset : object with ``len(dataset)`` and ``dataset[number]``
        Elements x, (x, y), (x, y, sample_weight), or dicts, of which ``label``
        or ``labels`` is y.

    Raises
    ------
    InputError
        If it does not say how many rows it has, or elements are tuples of
        another length.
    """
    if not hasattr(dataset, "__len__"):
        raise InputError(
            f"Expected a dataset with a length, got a {type(dataset).__name__} without "
            "__len__. Add it, or pass row_view(iter(dataset), batched=False)."
        )
    rows = map(_row, (dataset[number] for number in range(len(dataset))))
    size = None
    while taken := list(islice(rows, size or 1)):
        size = size or _rows_at_once(taken[0][0])
        x, y, weight = zip(*taken, strict=True)
        yield _together(x), _beside(y), _beside(weight)


def from_loader(loader: Iterable[object]) -> Iterator[Part]:
    """Yield the batches of a PyTorch DataLoader, or its rows if it does not batch."""
    alone = getattr(loader, "batch_size", 0) is None and getattr(loader, "batch_sampler", 0) is None
    for element in loader:
        x, y, weight = _row(tuple(element) if isinstance(element, list) else element)
        if alone:
            yield _together([x]), _beside([y]), _beside([weight])
        else:
            yield _batch(x), _batch(y), _batch(weight)


def _row(element: object) -> Part:
    if isinstance(element, Mapping):
        label = next((name for name in ("label", "labels") if name in element), None)
        x = {name: value for name, value in element.items() if name != label}
        x = next(iter(x.values())) if len(x) == 1 else x  # one column comes alone
        return x, None if label is None else element[label], None
    parts = element if isinstance(element, tuple) else (element,)
    if not 1 <= len(parts) <= 3:
        raise InputError(
            f"Expected elements x, (x, y) or (x, y, sample_weight), got a tuple of {len(parts)}. "
            "Put several inputs into a dict, keyed by the inputs of the net."
        )
    x, y, weight = (*parts, None, None)[:3]
    return x, y, weight


def _together(rows: Sequence[Any]) -> dict[str, list[object]] | list[object]:
    if isinstance(rows[0], Mapping):
        return {name: [_plain(row[name]) for row in rows] for name in rows[0]}
    return [_plain(row) for row in rows]


def _batch(values: object) -> object:
    if isinstance(values, Mapping):
        return {name: _plain(part) for name, part in values.items()}
    return _plain(values)


def _beside(values: Sequence[object]) -> dict[str, list[object]] | list[object] | None:
    return None if all(value is None for value in values) else _together(values)


def _plain(value: object) -> object:
    """Return a tensor or image as an array; texts and numbers unchanged."""
    if hasattr(value, "detach"):
        value = value.detach().cpu()
    if value is None or isinstance(value, str | bytes | int | float | list | np.generic):
        return value
    if isinstance(value, tuple):  # a loader's batch of texts
        return list(value)
    return np.asarray(value)


def _rows_at_once(x: object) -> int:
    parts = x.values() if isinstance(x, Mapping) else [x]
    size = sum(np.asarray(_plain(part)).nbytes for part in parts)
    return int(np.clip(_BYTES // max(1, size), 1, _ROWS))
