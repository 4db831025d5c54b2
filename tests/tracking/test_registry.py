"""Both registries do what the protocol says, by the same names and in the same order."""

import inspect

import pytest

from keraswrap.tracking._mlflow_registry import MlflowRegistry
from keraswrap.tracking._registry import Registry
from keraswrap.tracking._sqlite_registry import SqliteRegistry

STEPS = [name for name, one in vars(Registry).items() if inspect.isfunction(one) and name[0] != "_"]


def parameters(kind, step):
    found = inspect.signature(getattr(kind, step)).parameters.values()
    return [(one.name, one.kind, one.default) for one in found]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("kind", [SqliteRegistry, MlflowRegistry])
def test_a_step_takes_what_the_protocol_says(kind, step):
    assert parameters(kind, step) == parameters(Registry, step)


@pytest.mark.parametrize("kind", [SqliteRegistry, MlflowRegistry])
def test_every_step_is_described(kind):
    assert isinstance(inspect.getattr_static(kind, "where"), property)
    assert all(inspect.getdoc(getattr(kind, step)) for step in STEPS)
