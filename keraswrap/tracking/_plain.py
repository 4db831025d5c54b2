"""Values as JSON holds them. Pure."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime

import numpy as np

from keraswrap.exceptions import InputTypeError, ParameterError

__all__ = ["check_facts", "check_metrics", "check_tags", "now", "to_json"]

# What MLflow takes as the name of a metric or tag.
_KEY = re.compile(r"[\w\-./ :]{1,200}")


def now() -> str:
    """Return the time as ISO 8601, UTC, to the microsecond."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def to_json(value: object) -> str:
    """Write plain values as JSON; a number that JSON has not is written as None."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True)


def check_metrics(metrics: object) -> dict[str, float]:
    """Return metrics as finite numbers by name.

    Raises
    ------
    InputTypeError, ParameterError
        If they are not.

    Examples
    --------
    >>> check_metrics({"accuracy": np.float32(0.5)})
    {'accuracy': 0.5}
    """
    found = {}
    for name, value in _items(metrics, "metrics"):
        number = _as_number(value)
        if number is None:
            raise ParameterError(
                f"Expected a finite number for the metric {name!r}, got {value!r:.60}. Leave out "
                "what is not known."
            )
        found[name] = number
    return found


def _as_number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        return None
    number = float(value)
    return number if math.isfinite(number) else None


def check_tags(tags: object) -> dict[str, str]:
    """Return tags as texts by name.

    Raises
    ------
    InputTypeError, ParameterError
        If they are not.
    """
    found = {}
    for name, value in _items(tags, "tags"):
        if not isinstance(value, str | int | float) or len(str(value)) > 5000:
            raise ParameterError(
                f"Expected a text of at most 5,000 characters for the tag {name!r}, got "
                f"{value!r:.60}."
            )
        found[name] = str(value)
    return found


def _items(values: object, what: str) -> list[tuple[str, object]]:
    if values is None:
        return []
    if not isinstance(values, Mapping):
        raise InputTypeError(f"Expected {what} as a dict, got {values!r:.60}.")
    for name in values:
        if not isinstance(name, str) or not _KEY.fullmatch(name) or name.startswith("keraswrap."):
            raise ParameterError(
                f"Expected names of {what} of letters, digits, blanks and _ - . / : that do not "
                f"begin with 'keraswrap.', got {name!r:.60}."
            )
    return list(values.items())


def check_facts(facts: object) -> dict[str, object]:
    """Return the facts of an event as plain values; those of numpy become Python's.

    Raises
    ------
    InputTypeError, ParameterError
        If a value is not plain.

    Examples
    --------
    >>> check_facts({"rows": np.int64(3), "scores": np.array([0.5, np.nan])})
    {'rows': 3, 'scores': [0.5, None]}
    """
    if not isinstance(facts, Mapping):
        raise InputTypeError(f"Expected the facts of an event as a dict, got {facts!r:.60}.")
    return {_text(name): _plain(value) for name, value in facts.items()}


def _text(name: object) -> str:
    if not isinstance(name, str):
        raise ParameterError(f"Expected strings as names of facts, got {name!r:.60}.")
    return name


def _plain(value: object) -> object:
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, Mapping):
        return {_text(name): _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    raise ParameterError(
        f"Expected plain values (texts, numbers, None, lists and dicts of them), got "
        f"{type(value).__name__}: {value!r:.60}."
    )
