"""Check patterns of whole values: whether any text fits, and how slow they can be. Pure."""

from __future__ import annotations

import importlib
import re
from functools import lru_cache
from typing import Any

from keraswrap.exceptions import ParameterError

__all__ = ["MOST_CHARACTERS", "check_pattern"]

# Largest length of a value that a pattern is tried on.
MOST_CHARACTERS = 200
# The tree that a pattern is read into. It has no public module since Python 3.11.
_PARSER: Any = importlib.import_module("re._parser")
_COMPILER: Any = importlib.import_module("re._compiler")
_REPEATS = ("MAX_REPEAT", "MIN_REPEAT")
_CHARACTERS = ("LITERAL", "NOT_LITERAL", "ANY", "IN", "RANGE", "CATEGORY")
_KNOWN = (*_REPEATS, *_CHARACTERS, "BRANCH", "SUBPATTERN")


def check_pattern(pattern: str) -> str:
    r"""Return the pattern of a whole value, without ``^`` and ``$`` around it.

    Parameters
    ----------
    pattern : str
        A regular expression.

    Returns
    -------
    str

    Raises
    ------
    ParameterError
        If it has what a schema cannot express (lookaround, backreferences, anchors inside),
        if no text fits it, or if it could be slow, such as ``(a+)+``.

    Examples
    --------
    >>> check_pattern(r"^[A-Z]{2}-\d+$")
    '[A-Z]{2}-\\d+'
    >>> check_pattern(r"[^\s\S]")
    Traceback (most recent call last):
    keraswrap.exceptions.ParameterError: Expected a pattern that some text fits, got ...
    """
    bare = _without_ends(pattern)
    try:
        tree = _PARSER.parse(bare)
    except (re.error, RecursionError, OverflowError) as error:
        raise ParameterError(
            f"Expected a regular expression, got {pattern!r:.60}: {error}."
        ) from error
    unknown = next(_unknown(tree), None)
    if unknown is not None:
        raise ParameterError(
            f"Expected a pattern of a whole value, without lookaround, backreferences and "
            f"anchors inside, got {pattern!r:.60} with {unknown}. Leave them out."
        )
    if not _fits_any(tree):
        raise ParameterError(
            f"Expected a pattern that some text fits, got {pattern!r:.60}, which none does."
        )
    if _depth(tree) > 1:
        raise ParameterError(
            f"Expected a pattern without an endless repeat in another, which a text could make "
            f"slow, got {pattern!r:.60}. Bound one of them, as in {{1,9}}."
        )
    return bare


def _without_ends(pattern: str) -> str:
    bare = pattern.removeprefix("^")
    escaped = re.search(r"(\\*)\$$", bare)
    if escaped is None or len(escaped[1]) % 2:
        return bare
    return bare[:-1]


def _parts(operation: str, given: Any) -> list[Any]:
    """Return the trees within an item."""
    if operation == "BRANCH":
        return list(given[1])
    if operation in (*_REPEATS, "SUBPATTERN"):
        return [given[-1]]
    return []


def _unknown(tree: Any) -> Any:
    for operation, given in tree:
        name = str(operation)
        if name not in _KNOWN:
            yield name
        for part in _parts(name, given):
            yield from _unknown(part)


def _fits_any(tree: Any) -> bool:
    """Return whether any text fits: only a set without a character, or no branch, prevents it."""
    return all(_item_fits(str(operation), operation, given, tree) for operation, given in tree)


def _item_fits(name: str, operation: Any, given: Any, tree: Any) -> bool:
    if name in _REPEATS:
        return given[0] == 0 or _fits_any(given[-1])
    if name in ("BRANCH", "SUBPATTERN"):
        return any(_fits_any(part) for part in _parts(name, given))
    if name == "IN":
        one = _COMPILER.compile(_PARSER.SubPattern(tree.state, [(operation, given)]))
        return one.search(_all_characters()) is not None
    return True


@lru_cache(maxsize=1)
def _all_characters() -> str:
    return "".join(map(chr, (*range(0xD800), *range(0xE000, 0x110000))))


def _depth(tree: Any) -> int:
    """Return how deeply endless repeats are nested."""
    deepest = 0
    for operation, given in tree:
        inside = max(map(_depth, _parts(str(operation), given)), default=0)
        endless = str(operation) in _REPEATS and given[1] == _PARSER.MAXREPEAT
        deepest = max(deepest, inside + endless)
    return deepest
