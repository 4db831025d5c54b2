"""Patterns of fields: how much work one can cause, and where a value begins and ends. Pure."""

from __future__ import annotations

import importlib
import re
import unicodedata
from collections.abc import Iterator
from typing import Any

from keraswrap.exceptions import InputTypeError, ParameterError

__all__ = ["MOST_CHARACTERS", "compile_pattern", "find_values"]

# Characters of a value. Together with MOST_PATHS it bounds what a message can cost.
MOST_CHARACTERS = 64
# Ways in which a pattern may try to match at one place of a message.
MOST_PATHS = 1000
# Marks between digits, which make of two numbers a longer one: 12-345, 3.14, 1/2.
_JOINTS = frozenset(".,-/:")
# The tree that a pattern is read into. It has no public module since Python 3.11.
_PARSER: Any = importlib.import_module("re._parser")


def compile_pattern(pattern: str) -> re.Pattern[str]:
    r"""Compile a pattern, unless a message could make it slow.

    A search goes back and tries again, in the worst case once for each way in which
    the pattern's repeats can share the characters. The number of ways is bounded before
    anything is matched: ``(a+)+`` is refused, ``[A-Z]{2}-?\\d{4,8}`` is not.

    Parameters
    ----------
    pattern : str
        ``\\d`` and ``\\w`` are ASCII digits and letters.

    Returns
    -------
    re.Pattern

    Raises
    ------
    InputTypeError
        If the pattern is no string.
    ParameterError
        If it is not a regular expression, matches the empty text, or can be slow.

    Examples
    --------
    >>> compile_pattern(r"(\\d+)+")
    Traceback (most recent call last):
    keraswrap.exceptions.ParameterError: Expected a pattern that matches in at most 1,000 ways ...
    """
    if not isinstance(pattern, str):
        raise InputTypeError(f"Expected a pattern as a string, got {pattern!r:.60}.")
    try:
        compiled = re.compile(pattern, re.ASCII)
        ways = _count_paths(_PARSER.parse(pattern, re.ASCII))
    except (re.error, ValueError, RecursionError) as error:
        raise ParameterError(
            f"Expected a regular expression, got {pattern!r:.60}: {error}."
        ) from error
    if ways > MOST_PATHS:
        raise ParameterError(
            f"Expected a pattern that matches in at most {MOST_PATHS:,} ways at one place, got "
            f"{pattern!r:.60}, which a message could make slow. Bound its repeats, as in "
            r"\d{4,8}, and put no repeat into another."
        )
    if compiled.fullmatch(""):
        raise ParameterError(f"Expected a pattern for a value, got {pattern!r}, which fits none.")
    return compiled


def _count_paths(tree: Any) -> int:
    """Bound the ways through a pattern: a product over a sequence, a sum over branches."""
    ways = 1
    for operation, given in tree:
        ways *= _count_item(str(operation), given)
        if ways > MOST_PATHS:
            break
    return ways


def _count_item(operation: str, given: Any) -> int:
    if operation in ("MAX_REPEAT", "MIN_REPEAT"):
        low, high, body = given
        return _count_repeats(low, min(int(high), MOST_CHARACTERS), _count_paths(body))
    if operation == "BRANCH":
        return sum(_count_paths(branch) for branch in given[1])
    if operation == "GROUPREF_EXISTS":
        return sum(_count_paths(branch) for branch in given[1:] if branch is not None)
    parts = given if isinstance(given, tuple | list) else (given,)
    return max((_count_paths(p) for p in parts if isinstance(p, _PARSER.SubPattern)), default=1)


def _count_repeats(low: int, high: int, ways: int) -> int:
    total = 0
    for times in range(min(low, high), high + 1):
        total += ways**times
        if total > MOST_PATHS:
            break
    return total


def find_values(pattern: re.Pattern[str], message: str) -> list[str]:
    r"""Find what a pattern fits in a message, as words of their own.

    Parameters
    ----------
    pattern : re.Pattern
        From :func:`compile_pattern`.
    message : str

    Returns
    -------
    list of str
        Each once, in their order. A value ends where a word does: it adjoins no
        letter, digit, combining mark or invisible character, and no other digit across
        one of ``. , - / :``. Values longer than 64 characters are left out.

    Examples
    --------
    >>> find_values(compile_pattern(r"\d{5}"), "12345, (67890), not 123456, 1-12345, x12345")
    ['12345', '67890']
    """
    return list(dict.fromkeys(_scan(pattern, message)))


def _scan(pattern: re.Pattern[str], message: str) -> Iterator[str]:
    start = 0
    while start < len(message):
        end = _end_of_match(pattern, message, start)
        if end is None:
            start += 1
            continue
        yield message[start:end]
        start = end


def _end_of_match(pattern: re.Pattern[str], message: str, start: int) -> int | None:
    """Return where a value ends that starts here; None if none does."""
    if _adjoins(message, start, -1):
        return None
    # One character more than a value may have: what reaches it is too long.
    found = pattern.match(message, start, start + MOST_CHARACTERS + 1)
    if found is None or not 0 < found.end() - start <= MOST_CHARACTERS:
        return None
    return None if _adjoins(message, found.end() - 1, 1) else found.end()


def _adjoins(message: str, at: int, step: int) -> bool:
    """Return whether the character here belongs together with the one before or after it."""
    here, beside = message[at], _get(message, at + step)
    if beside in _JOINTS and here.isdigit():
        return _get(message, at + 2 * step).isdigit()
    return _continues(beside)


def _get(message: str, at: int) -> str:
    return message[at] if 0 <= at < len(message) else ""


def _continues(character: str) -> bool:
    """Return whether a word goes on here, or seems to: a mark, or what nobody sees."""
    if not character or character.isspace():
        return False
    return character.isalnum() or character == "_" or unicodedata.category(character)[0] in "CM"
