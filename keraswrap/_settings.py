"""Settings as one object, changed by name; names that come close to a misspelled one. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from typing import TypeVar

from keraswrap.exceptions import InputTypeError, ParameterError

Settings = TypeVar("Settings")


def near(name: str, known: Iterable[str]) -> str:
    """Return the known names similar to `name`, for an error message.

    Examples
    --------
    >>> near("epoch", ["epochs", "batch_size"])
    "Did you mean 'epochs'?"
    """
    known = sorted(known)
    close = difflib.get_close_matches(name, known, n=3, cutoff=0.6)
    if close:
        return f"Did you mean {' or '.join([f'{one!r:.60}' for one in close])}?"
    shown = ", ".join([f"{one:.60}" for one in known])  # labels may be whole texts
    return f"Known here: {shown or 'none':.1000}."


def change_settings(
    settings: Settings | None, changes: Mapping[str, object], kind: type[Settings], function: str
) -> Settings:
    """Return settings with some of them changed by name.

    Parameters
    ----------
    settings : dataclass instance, optional
        Of class `kind`; its defaults if None.
    kind : dataclass
    function : str
        The function that takes them, for messages.

    Raises
    ------
    InputTypeError
        If `settings` is something else.
    ParameterError
        If a name is not one of a setting.
    """
    if not isinstance(settings, kind | None):
        raise InputTypeError(
            f"Expected settings as {kind.__name__}, got {type(settings).__name__}. Create them "
            f"with {kind.__module__.partition('._')[0]}.{kind.__name__}(...)."
        )
    known = [field.name for field in fields(kind)]  # type: ignore[arg-type]
    unknown = [name for name in changes if name not in known]
    if unknown:
        raise ParameterError(
            f"Expected an argument of {function}, or a setting, got {unknown[0]!r}. "
            f"{near(unknown[0], known)}"
        )
    return replace(kind() if settings is None else settings, **changes)  # type: ignore[type-var]
