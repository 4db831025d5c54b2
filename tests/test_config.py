"""Settings of the process, and who is told of a change."""

import pytest

from keraswrap import config_context, get_config, set_config
from keraswrap._config import listeners
from keraswrap.exceptions import ParameterError


@pytest.fixture
def told(monkeypatch):
    """What a listener hears."""
    heard = []
    monkeypatch.setattr(
        "keraswrap._config.listeners",
        [*listeners, lambda settings: heard.append(settings["kept_networks"])],
    )
    return heard


def change_and_fail():
    with config_context(kept_networks=1):
        with config_context(kept_networks=2):
            assert get_config() == {"kept_networks": 2}
        raise KeyError("out")


def test_a_block_has_its_own_settings_however_it_ends(told):
    before = get_config()
    with pytest.raises(KeyError, match="out"):
        change_and_fail()
    assert get_config() == before
    assert told == [1, 2, 1, before["kept_networks"]]


def test_what_is_returned_is_a_copy_and_none_changes_nothing(told):
    get_config()["kept_networks"] = 99
    set_config(kept_networks=None)
    assert get_config()["kept_networks"] != 99
    assert told == []


@pytest.mark.parametrize("wrong", [-1, 1.5, True, "2"])
def test_a_wrong_number_is_refused(wrong, told):
    with pytest.raises(ParameterError, match="kept_networks to be a whole number ≥ 0"):
        set_config(kept_networks=wrong)
    assert told == []
