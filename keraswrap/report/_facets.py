"""Slice the rows by the user's own columns, and count suspected labels by slice. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import stats

from keraswrap._tables.write import cell_text
from keraswrap.report._details import MOST_COLUMNS, Details, clip

__all__ = ["Facet", "describe_facets", "read_facet", "read_facets"]

# Maximum number of values with a slice each; all others share one.
_MOST_VALUES = 30
# Numbers and dates with more distinct values than this are cut into ranges of about equal size.
_FEW_VALUES, _RANGES = 12, 5
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}([T ].*)?")
_EMPTY, _OTHERS = "(empty)", "(other values)"
# A slice stands out if it has at least this many rows and this multiple of the share elsewhere,
# and a test at this level rules out chance.
_FEWEST, _TIMES, _LEVEL = 10, 1.5, 0.05
# Letter of the first slice: with one letter per row, 50,000 rows take 50 kB.
_SIGN = "A"


@dataclass(frozen=True)
class Facet:
    """One way to slice the rows.

    Parameters
    ----------
    name : str
    kind : {"values", "number", "date"}
        Numbers and dates can also be filtered by a range.
    slices : tuple of str
        Names of the slices.
    codes : ndarray of shape (n,), int
        The slice of each row.
    column : int, optional
        Position among the details; None if it is not one of the user's columns.
    """

    name: str
    kind: str
    slices: tuple[str, ...]
    codes: np.ndarray
    column: int | None = None


def read_facets(details: Details | None) -> list[Facet]:
    """Return those columns of the details that slice the rows.

    Parameters
    ----------
    details : Details, optional
        An id column identifies the rows, and is therefore not a facet.

    Examples
    --------
    >>> frame = pd.DataFrame({"id": list("abcd"), "from": ["web", "web", "shop", "shop"]})
    >>> [(facet.name, facet.slices) for facet in read_facets(Details(frame, "id"))]
    [('from', ('shop', 'web'))]
    """
    if details is None:
        return []
    found = []
    for place, name in enumerate(details.frame.columns[:MOST_COLUMNS]):
        is_id = name == details.id_column
        facet = None if is_id else read_facet(name, details.frame[name].tolist())
        if facet is not None:
            found.append(replace(facet, column=place))
    return found


def read_facet(name: str, values: Sequence[object]) -> Facet | None:
    """Return a column as slices, or None if nearly all of its values differ or none do.

    Numbers and dates are cut at quintiles, so that each slice has about as many rows.

    Parameters
    ----------
    name : str
    values : sequence of shape (n,)

    Examples
    --------
    >>> read_facet("stars", ["1", "5", "5", ""]).slices
    ('1', '5', '(empty)')
    >>> read_facet("words", list(range(100))).slices
    ('0 to 19', '20 to 39', '40 to 59', '60 to 79', '80 to 99')
    """
    texts = np.array([clip(cell_text(value)) for value in values], dtype=object)
    filled = texts != ""
    # With pandas, since NumPy would first pad all texts to the longest one.
    codes, names = pd.factorize(texts[filled])
    if len(names) + (not filled.all()) < 2:
        return None
    kind = _kind(names)
    if kind != "values" and len(names) > _FEW_VALUES:
        return _ranges(name, kind, texts, filled)
    if 2 * len(names) > filled.sum() and len(names) > _FEW_VALUES:
        return None
    # Numbers and dates in ascending order, other values by frequency.
    counts = np.bincount(codes)
    first = {"values": -counts, "number": _numbers(names)}.get(kind, np.zeros(len(names)))
    order = np.lexsort((names.astype(str), first))
    rank = np.empty(len(order), dtype=int)
    rank[order] = np.arange(len(order))
    cut = len(names) if len(names) <= _MOST_VALUES else _MOST_VALUES - 1
    slices = [*names[order[:cut]].tolist(), *([_OTHERS] if cut < len(names) else [])]
    placed = np.minimum(rank[codes], cut)
    return _with_empty(Facet(name, kind, tuple(map(str, slices)), placed), filled)


def _numbers(names: np.ndarray) -> np.ndarray:
    return np.array([float(text) if _NUMBER.fullmatch(text) else 0 for text in names])


def _kind(names: np.ndarray) -> str:
    if all(_NUMBER.fullmatch(text) for text in names):
        return "number"
    return "date" if all(_DATE.fullmatch(text) for text in names) else "values"


def _ranges(name: str, kind: str, texts: np.ndarray, filled: np.ndarray) -> Facet | None:
    if kind == "number":
        values = texts[filled].astype(float)
        shown = texts[filled]
    else:
        shown = np.array([text[:10] for text in texts[filled]], dtype=object)
        values = np.unique(shown.astype(str), return_inverse=True)[1].astype(float)
    # The largest value of each range but the last; there are fewer ranges if a value is frequent.
    edges = np.unique(np.quantile(values, np.arange(1, _RANGES) / _RANGES, method="lower"))
    below = values[values < values.max()]
    edges = edges[edges < values.max()] if edges[0] < values.max() else below.max(keepdims=True)
    used, codes = np.unique(np.searchsorted(edges, values), return_inverse=True)
    slices = []
    for code in range(len(used)):
        rows = np.flatnonzero(codes == code)
        low, high = rows[values[rows].argmin()], rows[values[rows].argmax()]
        slices.append(shown[low] if shown[low] == shown[high] else f"{shown[low]} to {shown[high]}")
    return _with_empty(Facet(name, kind, tuple(slices), codes), filled)


def _with_empty(facet: Facet, filled: np.ndarray) -> Facet:
    """Spread codes of the filled rows over all rows; the empty ones are the last slice."""
    codes = np.full(len(filled), len(facet.slices), dtype=int)
    codes[filled] = facet.codes
    slices = facet.slices if filled.all() else (*facet.slices, _EMPTY)
    return replace(facet, slices=slices, codes=codes)


def describe_facets(
    facets: Sequence[Facet], suspected: np.ndarray, shown: np.ndarray
) -> list[dict[str, object]]:
    """Count the rows and suspected labels of each slice, and name slices that stand out.

    Parameters
    ----------
    facets : sequence of Facet
    suspected : ndarray of shape (n,), bool
    shown : ndarray of int
        Positions of the rows on the page, in its order.

    Returns
    -------
    list of dict
        For each facet ``name``, ``kind``, ``column``, ``codes`` (the slice of each row
        shown, as a letter from A on) and ``slices``: of each ``name``, ``n``,
        ``suspected``, ``low`` and ``high`` (Wilson's 95% interval of the share
        suspected), ``elsewhere`` (the share in all other rows) and ``stands_out``.

    Notes
    -----
    A slice of at least 10 rows stands out if its share is 1.5 times the share elsewhere
    or more, and Fisher's exact test of that, one-sided and with Bonferroni's correction
    for all slices of that size, is below 5%.

    Examples
    --------
    >>> facet = read_facet("from", ["web"] * 50 + ["shop"] * 50)
    >>> found = describe_facets([facet], np.arange(100) < 15, np.arange(100))
    >>> [(one["name"], one["suspected"], one["stands_out"]) for one in found[0]["slices"]]
    [('shop', 0, False), ('web', 15, True)]
    """
    tests = sum(int((np.bincount(one.codes) >= _FEWEST).sum()) for one in facets)
    return [
        {
            "name": facet.name,
            "kind": facet.kind,
            "column": facet.column,
            "codes": "".join(chr(ord(_SIGN) + code) for code in facet.codes[shown].tolist()),
            "slices": _slices(facet, np.asarray(suspected, dtype=bool), tests),
        }
        for facet in facets
    ]


def _slices(facet: Facet, suspected: np.ndarray, tests: int) -> list[dict[str, object]]:
    k = len(facet.slices)
    n = np.bincount(facet.codes, minlength=k)
    hits = np.bincount(facet.codes[suspected], minlength=k)
    every, all_hits = len(suspected), int(suspected.sum())
    p = stats.hypergeom.sf(hits - 1, every, all_hits, n)
    rest = np.maximum(every - n, 1)
    elsewhere = (all_hits - hits) / rest
    out = (n >= _FEWEST) & (hits >= _TIMES * elsewhere * n) & (p * tests < _LEVEL)
    found = []
    for code, name in enumerate(facet.slices):
        share = stats.binomtest(int(hits[code]), int(n[code])).proportion_ci(method="wilson")
        found.append(
            {
                "name": name,
                "n": int(n[code]),
                "suspected": int(hits[code]),
                "low": float(share.low),
                "high": float(share.high),
                "elsewhere": float(elsewhere[code]),
                "stands_out": bool(out[code]),
            }
        )
    return found
