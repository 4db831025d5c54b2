"""What models, aliases and kinds of events may be called, and how a model is addressed. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from keraswrap.exceptions import InputTypeError, ParameterError

__all__ = ["ModelName", "address", "check_alias", "check_kind", "check_name", "parse_model_name"]

# MLflow's rules and ours: a name is part of addresses, and an alias must not look like a version.
_NAME = re.compile(r"(?!\.)[^/\\:@\x00-\x1f\x7f-\x9f]{1,200}")
_WORD = re.compile(r"[A-Za-z0-9_-]{1,100}")
_LIKE_A_VERSION = re.compile(r"v?[0-9]+|latest", re.IGNORECASE)
# SQLite's largest number; versions count from 1.
_MOST = 2**63 - 1


@dataclass(frozen=True)
class ModelName:
    """The address of a registered model: a name and, at most, a version or an alias.

    Parameters
    ----------
    name : str
    version : int, optional
        1 or greater.
    alias : str, optional
        Without version and alias, the newest version is meant.
    """

    name: str
    version: int | None = None
    alias: str | None = None

    def __str__(self) -> str:
        if self.alias is not None:
            return f"{self.name}@{self.alias}"
        return self.name if self.version is None else f"{self.name}:{self.version}"


def parse_model_name(text: str) -> ModelName:
    """Read the address of a registered model.

    Parameters
    ----------
    text : str
        ``"NAME@ALIAS"``, ``"NAME:VERSION"``, or ``"NAME"``, which is the newest version.

    Returns
    -------
    ModelName

    Raises
    ------
    ParameterError
        If the name, alias or version has another form.

    Examples
    --------
    >>> from keraswrap.tracking import parse_model_name
    >>> parse_model_name("reviews@champion").alias, parse_model_name("reviews:3").version
    ('champion', 3)
    """
    if not isinstance(text, str):
        raise InputTypeError(f"Expected a model's name as a string, got {text!r:.80}.")
    name, at, alias = text.partition("@")
    if at:
        return ModelName(check_name(name), alias=check_alias(alias))
    name, colon, version = text.partition(":")
    return ModelName(check_name(name), version=_number(version) if colon else None)


def address(name: str, version: int | str | None = None) -> ModelName:
    """Put a name and a version or alias together; the name alone may be a whole address.

    Examples
    --------
    >>> str(address("reviews", "champion")), str(address("reviews:3")), str(address("reviews", 3))
    ('reviews@champion', 'reviews:3', 'reviews:3')
    """
    if version is None:
        return parse_model_name(name)
    if isinstance(version, str) and not version.isdecimal():
        return ModelName(check_name(name), alias=check_alias(version))
    return ModelName(check_name(name), version=_number(version))


def _number(version: object) -> int:
    text = str(version) if isinstance(version, int | str) and version is not True else ""
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:20]) <= _MOST):
        raise ParameterError(
            f"Expected a version as a number, 1 or greater, got {version!r:.60}. `versions(name)` "
            "lists them."
        )
    return int(text)


def check_name(name: object) -> str:
    """Return a model's name if it may be one.

    Raises
    ------
    ParameterError
        If it may not.
    """
    if not isinstance(name, str) or not _NAME.fullmatch(name) or name != name.strip():
        raise ParameterError(
            "Expected a model's name of 1 to 200 characters, without / \\ : @ and control "
            "characters, without blanks at its ends or a dot at its start, got "
            f"{name!r:.80}. Choose another name."
        )
    try:
        name.encode()
    except UnicodeEncodeError:
        raise ParameterError(
            f"Expected a model's name of whole characters, got {name!r:.80}, which has half of a "
            "pair. Choose another name."
        ) from None
    return name


def check_alias(alias: object) -> str:
    """Return an alias if it may be one.

    Raises
    ------
    ParameterError
        If it may not.
    """
    if not _is_word(alias) or _LIKE_A_VERSION.fullmatch(str(alias)):
        raise ParameterError(
            f"Expected an alias of letters, digits, _ and -, that is neither 'latest' nor a "
            f"version such as '3' or 'v3', got {alias!r:.80}. Choose another, such as 'champion'."
        )
    return str(alias)


def check_kind(kind: object) -> str:
    """Return the kind of an event if it may be one.

    Raises
    ------
    ParameterError
        If it may not.
    """
    if not _is_word(kind):
        raise ParameterError(
            f"Expected the kind of an event as one word of letters, digits, _ and -, got "
            f"{kind!r:.80}."
        )
    return str(kind)


def _is_word(value: object) -> bool:
    return isinstance(value, str) and _WORD.fullmatch(value) is not None
