"""Named parameters in SQL, found and written in the style of a driver. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from keraswrap.exceptions import InputTypeError, ParameterError

__all__ = ["STYLES", "bind", "parameter_names", "write_query"]

# The styles of PEP 249.
STYLES = ("named", "pyformat", "qmark", "format", "numeric")
# Strings, quoted names, comments and PostgreSQL's casts hold no parameters.
_TOKENS = re.compile(
    r"""'(?:[^']|'')*' | "(?:[^"]|"")*" | `[^`]*` | --[^\n]* | /\*.*?\*/ | (\$\w*\$).*?\1 | ::
    | (?<!\w):(?P<name>[A-Za-z_]\w*)""",
    re.VERBOSE | re.DOTALL | re.ASCII,
)


def parameter_names(query: str) -> list[str]:
    """Return the names of the parameters of a query, in their order, each as often as it is there.

    Examples
    --------
    >>> parameter_names("SELECT ':no', day::text FROM orders WHERE id = :order")
    ['order']
    """
    if not isinstance(query, str) or not query.strip():
        raise InputTypeError(f"Expected a query as a string of SQL, got {query!r:.60}.")
    return [found["name"] for found in _TOKENS.finditer(query) if found["name"]]


def write_query(query: str, style: str) -> str:
    """Write a query with ``:name`` parameters in the style of a driver.

    Parameters
    ----------
    query : str
    style : {"named", "pyformat", "qmark", "format", "numeric"}
        The driver's ``paramstyle``. As "named", the query stays as it is.

    Returns
    -------
    str

    Examples
    --------
    >>> write_query("SELECT a % 2 FROM t WHERE id = :id", "pyformat")
    'SELECT a %% 2 FROM t WHERE id = %(id)s'
    """
    if style not in STYLES:
        raise ParameterError(f"Expected a paramstyle out of {list(STYLES)}, got {style!r:.60}.")
    if style == "named":
        return query
    number, end, parts = 0, 0, []
    for found in _TOKENS.finditer(query):
        if not found["name"]:
            continue
        number += 1
        parts += [_plain(query[end : found.start()], style), _mark(found["name"], number, style)]
        end = found.end()
    return "".join([*parts, _plain(query[end:], style)])


def _plain(text: str, style: str) -> str:
    return text.replace("%", "%%") if style in ("pyformat", "format") else text


def _mark(name: str, number: int, style: str) -> str:
    return {"pyformat": f"%({name})s", "qmark": "?", "format": "%s", "numeric": f":{number}"}[style]


def bind(names: Sequence[str], values: Mapping[str, object], style: str) -> Any:
    """Return the values of a query's parameters as a driver takes them."""
    if style in ("named", "pyformat"):
        return {name: values[name] for name in names}
    return tuple(values[name] for name in names)
