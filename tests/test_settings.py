"""Settings as one object, by name, or both."""

from dataclasses import dataclass

import pytest

from keraswrap._settings import change_settings, near
from keraswrap.exceptions import InputTypeError, ParameterError


@dataclass(frozen=True)
class Kind:
    size: int = 1
    name: str = "a"


@pytest.mark.parametrize(
    ("given", "changes", "expected"),
    [
        (None, {}, Kind()),
        (None, {"size": 2}, Kind(2)),
        (Kind(3, "b"), {}, Kind(3, "b")),
        (Kind(3, "b"), {"size": 4}, Kind(4, "b")),
    ],
)
def test_changes_go_before_settings_and_these_before_defaults(given, changes, expected):
    assert change_settings(given, changes, Kind, "work") == expected


@pytest.mark.parametrize(
    ("given", "changes", "error", "match"),
    [
        (None, {"sise": 2}, ParameterError, "of work, or a setting, got 'sise'. .* 'size'"),
        ({"size": 2}, {}, InputTypeError, "settings as Kind, got dict"),
        (Kind, {}, InputTypeError, "settings as Kind, got type"),
    ],
)
def test_what_is_no_setting_is_refused(given, changes, error, match):
    with pytest.raises(error, match=match):
        change_settings(given, changes, Kind, "work")


def test_a_name_like_none_is_answered_with_all():
    assert near("xyz", ["b", "a"]) == "Known here: a, b."
