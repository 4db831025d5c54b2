import pytest
from retrained import NAME, draw, net, new_registry

from keraswrap.exceptions import InputError
from keraswrap.retraining import roll_back
from keraswrap.retraining._roll_back import move_alias
from keraswrap.tracking import register


@pytest.fixture
def registry(tmp_path):
    return new_registry(tmp_path)


def test_rolling_back_swaps_the_models_and_can_be_undone(registry):
    second = register(net(3).fit(*draw(100, 4)), NAME, registry)
    move_alias(registry, "champion", registry.get(NAME, "champion"), second)
    assert roll_back(NAME, registry).version == 1
    assert registry.get(NAME, "previous").version == 2
    assert roll_back(NAME, registry.where).version == 2
    told = [(event.kind, event.facts["to"]) for event in registry.events(NAME)]
    assert told == [("rolled-back", 1), ("rolled-back", 2)]


def test_a_model_that_replaced_none_cannot_be_rolled_back(registry):
    with pytest.raises(InputError, match="Expected a previous model of 'signs', got none"):
        roll_back(NAME, registry)
