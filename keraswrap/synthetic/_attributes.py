"""Draw what texts should be like besides their class. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import numpy as np

from keraswrap._data import items_of
from keraswrap._texts import check_texts
from keraswrap.exceptions import InputTypeError, ParameterError
from keraswrap.synthetic._training_rows import check_mapping

__all__ = ["Attributes", "Holds", "check_attributes", "check_holds", "draw_attributes"]

Attributes: TypeAlias = Mapping[str, Sequence[str]]
# A text and the value that it should have → whether it has it.
Holds: TypeAlias = Mapping[str, Callable[[str, str], bool]]
_RESERVED = ("text", "label", "examples", "reason", "detail", "attempt")


def check_attributes(attributes: object) -> dict[str, tuple[str, ...]]:
    """Return attributes with their values, or raise if some cannot be used.

    Raises
    ------
    InputTypeError
        If they are no dict of lists of texts.
    ParameterError
        If one has no values, an empty one or one twice, or the name of another column.

    Examples
    --------
    >>> check_attributes({"tone": ["polite", "angry"]})
    {'tone': ('polite', 'angry')}
    """
    check_mapping("attributes", attributes)
    found = {}
    for name, values in dict(attributes or {}).items():  # type: ignore[call-overload]
        if not isinstance(name, str) or not name.strip() or name in _RESERVED:
            raise ParameterError(
                f"Expected attributes by a name other than {', '.join(_RESERVED)}, got "
                f"{name!r:.60}."
            )
        found[name] = _check_values(name, values)
    return found


def _check_values(name: str, values: object) -> tuple[str, ...]:
    listed = items_of(values)
    if listed is None or not all(isinstance(one, str) for one in listed):
        raise InputTypeError(
            f"Expected the values of the attribute {name!r:.60} as a list of texts, got "
            f"{values!r:.60}."
        )
    texts = [str(one) for one in listed]
    if not texts or len(set(texts)) < len(texts) or not all(one.strip() for one in texts):
        raise ParameterError(
            f"Expected at least one value of the attribute {name!r:.60}, none empty and each "
            f"once, got {values!r:.100}."
        )
    return tuple(check_texts(texts))


def check_holds(holds: object, attributes: Mapping[str, object]) -> dict[str, Callable[..., bool]]:
    """Return the functions that tell whether a text has a value.

    Raises
    ------
    InputTypeError
        If they are no dict of functions.
    ParameterError
        If one is for something that is no attribute.
    """
    check_mapping("holds", holds)
    found = dict(holds or {})  # type: ignore[call-overload]
    for name, function in found.items():
        if name not in attributes:
            raise ParameterError(
                f"Expected holds for the attributes {list(attributes)}, got one for {name!r:.60}."
            )
        if not callable(function):
            raise InputTypeError(
                f"Expected holds[{name!r}] as a function of a text and a value, got "
                f"{function!r:.60}."
            )
    return found


def draw_attributes(
    attributes: Mapping[str, Sequence[str]], random: np.random.Generator
) -> dict[str, str]:
    """Draw a value of each attribute, all equally likely.

    Examples
    --------
    >>> draw_attributes({"tone": ["polite"]}, np.random.default_rng(0))
    {'tone': 'polite'}
    """
    return {name: values[int(random.integers(len(values)))] for name, values in attributes.items()}
