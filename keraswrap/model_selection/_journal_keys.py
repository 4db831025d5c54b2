"""Texts that tell in any process whether two searches are the same. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from scipy import sparse

from keraswrap._data import Column, RowView
from keraswrap._fingerprint import fingerprint
from keraswrap.exceptions import InputError

# Rows read from a file at a time.
_CHUNK = 4096


def params_key(params: Mapping[str, object]) -> str:
    """Return the text that represents a candidate's parameters in a journal.

    Raises
    ------
    InputError
        If one of them cannot be known again.
    """
    for name, value in params.items():
        if fingerprint(value) is None:
            raise InputError(_UNKNOWN.format(f"{name}={value!r:.100}"))
    return str(fingerprint(dict(params)))


def journal_parts(**parts: object) -> dict[str, str]:
    """Return the fingerprints of what a search depends on.

    Raises
    ------
    InputError
        If one of them cannot be known again.
    """
    found = {name.replace("_", " "): _key(part) for name, part in parts.items()}
    for name, key in found.items():
        if key is None:
            raise InputError(_UNKNOWN.format(f"{name}, {parts[name.replace(' ', '_')]!r:.100}"))
    return {name: str(key) for name, key in found.items()}


_UNKNOWN = (
    "Expected everything that a journal depends on to be recognizable in another process, got {}. "
    "Use "
    "plain values, arrays, functions and estimators there, or pass journal=None."
)


def _key(part: object) -> str | None:
    if not isinstance(part, RowView):
        return fingerprint(part)
    keys = _of_rows(part)
    return None if None in keys else fingerprint(keys)


def _of_rows(view: RowView) -> list[str | None]:
    # Rows in a file are identified by their content, not by its path.
    parts = (view[start : start + _CHUNK].rows for start in range(0, len(view), _CHUNK))
    return [fingerprint((part.columns, _read(part.arrays))) for part in parts]


def _read(arrays: Mapping[str, Column]) -> dict[str, object]:
    return {name: a if sparse.issparse(a) else a[:] for name, a in arrays.items()}
