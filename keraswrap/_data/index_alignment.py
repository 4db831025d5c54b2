"""Which rows of two things are the same: one rule, by index or by position. Pure.

Rows of frames and series are known by their index. Where two things that stand
side by side both have one, then

- equal indices, or values of which none is in both, say nothing against going
  by position, as scikit-learn does; so do numbers and dates that are in both
  only in part, as parts of numbered rows have them by chance;
- the same values in another order mean the same rows. Who gives a value for
  each row (label issues, consensus) puts one in the order of the other; who
  trains or scores refuses, since an error would go unnoticed;
- what may be meant either way is refused: values that repeat, names that are
  in both only in part, and 0 … n - 1 in any order beside the same numbers in
  their own, which may be row numbers or no more than what pandas counts up.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from keraswrap._target_view import TargetView
from keraswrap.exceptions import InputError


def index_of(data: object) -> pd.Index | None:
    """Return the ids of rows; None if they have only positions.

    Raises
    ------
    InputError
        If columns in a dict are in another order than each other.

    Examples
    --------
    >>> index_of(pd.Series(["a", "b"], index=[7, 9])).tolist(), index_of(["a", "b"])
    ([7, 9], None)
    """
    if isinstance(data, pd.DataFrame | pd.Series):
        return data.index
    named, letter = (data.columns, "y") if isinstance(data, TargetView) else (data, "X")
    if type(named) is not dict:
        return None
    check_order({f"{letter}[{name!r}]": column for name, column in named.items()})
    return next((c.index for c in named.values() if isinstance(c, pd.DataFrame | pd.Series)), None)


def check_order(given: Mapping[str, object]) -> None:
    """Refuse objects whose indices hold the same values in another order.

    Parameters
    ----------
    given : mapping of str to rows
        By the name that an error calls them; the first with an index leads.

    Raises
    ------
    InputError
        If rows are known by the same values in another order, or it is not
        clear whether they are.

    Examples
    --------
    >>> check_order({"X": pd.Series([1, 2], index=["a", "b"]), "y": [0, 1]})
    """
    for leader, name, lead, index in _pairs(given):
        if _places(leader, name, lead, index) is not None:
            raise InputError(
                f"Expected {name} in the order of {leader}, got the same index values in another "
                f"order: {_begin(lead)} and {_begin(index)}. Pass {name}.loc[{leader}.index]; if "
                f"they already match by position, pass {name}.to_numpy()."
            )


def align(given: Mapping[str, object]) -> dict[str, Any]:
    """Put things in the order of the first that has an index.

    Parameters
    ----------
    given : mapping of str to rows
        By the name that an error calls them.

    Returns
    -------
    dict of str to rows
        As they were given where they are in that order, or have no index.

    Raises
    ------
    InputError
        If it is not clear which row is which.

    Examples
    --------
    >>> X = pd.DataFrame({"stars": [1, 5]}, index=["a", "b"])
    >>> align({"X": X, "y": pd.Series(["good", "bad"], index=["b", "a"])})["y"].tolist()
    ['bad', 'good']
    """
    aligned = dict(given)
    for leader, name, lead, index in _pairs(given):
        places = _places(leader, name, lead, index)
        if places is not None:
            aligned[name] = _take(given[name], places)
    return aligned


def _take(data: object, places: np.ndarray) -> object:
    if isinstance(data, dict):
        return {name: _take(column, places) for name, column in data.items()}
    # In a dict, a column without an index follows those that have one.
    return data.iloc[places] if hasattr(data, "iloc") else np.asarray(data)[places]


def _pairs(given: Mapping[str, object]) -> list[tuple[str, str, pd.Index, pd.Index]]:
    found = [(name, index_of(data)) for name, data in given.items()]
    known = [(name, index) for name, index in found if index is not None]
    return [(known[0][0], name, known[0][1], index) for name, index in known[1:]]


def _places(leader: str, name: str, lead: pd.Index, index: pd.Index) -> np.ndarray | None:
    """Return the position of each value of `lead` in `index`; None to match by position."""
    if lead is index or len(lead) != len(index) or lead.equals(index):
        return None  # the caller refuses other lengths
    if not (lead.is_unique and index.is_unique):
        _check_repeated(leader, name, lead, index)
        return None
    places = index.get_indexer(lead)
    there = places >= 0
    if not there.any():
        return None
    if not there.all():
        _check_partial(leader, name, lead, there)
        return None
    if _counts_up(lead) or _counts_up(index):
        raise InputError(_either_way(leader, name, lead, index))
    return places


def _check_repeated(leader: str, name: str, lead: pd.Index, index: pd.Index) -> None:
    codes, values = pd.factorize(lead.append(index), use_na_sentinel=False)
    ours, theirs = (np.bincount(part, minlength=len(values)) for part in np.split(codes, 2))
    if np.array_equal(ours, theirs):
        raise InputError(_either_way(leader, name, lead, index))


def _check_partial(leader: str, name: str, lead: pd.Index, there: np.ndarray) -> None:
    if lead.inferred_type == "string":
        missing = lead[~there]
        raise InputError(
            f"Expected {name} and {leader} to be of the same rows, got indices of which "
            f"{len(missing)} of {len(lead)} values differ: {missing[0]!r:.60} is not in {name}. "
            f"Pass the same rows; if they already match by position, {name}.to_numpy()."
        )


def _either_way(leader: str, name: str, lead: pd.Index, index: pd.Index) -> str:
    return (
        f"Expected {leader} and {name} with one index, got the same values in another order, which "
        f"is ambiguous: {_begin(lead)} and {_begin(index)}. To match by index, pass "
        f"{name}.loc[{leader}.index]; to match by position, pass {name}.to_numpy()."
    )


def _begin(index: pd.Index) -> str:
    return f"[{', '.join(f'{value!r:.30}' for value in index[:3].tolist())}, …]"


def _counts_up(index: pd.Index) -> bool:
    return index.equals(pd.RangeIndex(len(index)))
