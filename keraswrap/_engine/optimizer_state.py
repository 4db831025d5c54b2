"""Hand an optimizer's state, variable by variable, to one that trains other variables."""

from __future__ import annotations

from typing import TypeGuard

import keras


def is_behind(net: keras.Model) -> bool:
    """Return whether a net trains other variables than its optimizer was built for."""
    optimizer = getattr(net, "optimizer", None)
    if optimizer is None or not optimizer.built:
        return False
    return list(map(id, _trained(optimizer))) != list(map(id, net.trainable_variables))


def renewed(
    optimizer: keras.optimizers.Optimizer, variables: list[keras.Variable]
) -> keras.optimizers.Optimizer:
    """Make the same kind of optimizer for these variables, with its state for known ones.

    Parameters
    ----------
    optimizer : keras.optimizers.Optimizer
        Built for other variables: some are no longer trained, or some are new.
    """
    config = optimizer.get_config()
    if isinstance(getattr(optimizer, "_learning_rate", None), _Schedule):
        config["learning_rate"] = optimizer._learning_rate  # a configuration may not restore it
    made = type(optimizer).from_config(config)
    made.build(variables)
    hand_over(optimizer, made)
    return made


def hand_over(optimizer: keras.optimizers.Optimizer, heir: keras.optimizers.Optimizer) -> None:
    """Copy an optimizer's state to another of its class, variable by variable."""
    places = {id(variable): place for place, variable in enumerate(_trained(optimizer))}
    from_places = [places.get(id(variable)) for variable in _trained(heir)]
    for name, value in vars(optimizer).items():
        other = vars(heir).get(name)
        if isinstance(value, keras.Variable) and isinstance(other, keras.Variable):
            other.assign(value)
        elif isinstance(value, keras.optimizers.Optimizer):
            hand_over(value, other)
        elif _are_optimizers(value) and _are_optimizers(other):  # each has variables of its own
            for each, its_heir in zip(value, other, strict=True):
                hand_over(each, its_heir)
        elif _is_by_variable(name, value, len(places)) and isinstance(other, list):
            for slot, place in zip(other, from_places, strict=True):
                if slot is not None and place is not None:
                    slot.assign(value[place])


def _are_optimizers(value: object) -> TypeGuard[list[keras.optimizers.Optimizer]]:
    kind = keras.optimizers.Optimizer
    return isinstance(value, list) and bool(value) and all(isinstance(v, kind) for v in value)


def _is_by_variable(name: str, value: object, count: int) -> bool:
    listed = isinstance(value, list) and len(value) == count
    return listed and name not in ("_trainable_variables", "_variables")


def _trained(optimizer: keras.optimizers.Optimizer) -> list[keras.Variable]:
    inner = getattr(optimizer, "inner_optimizer", optimizer)
    return list(getattr(inner, "_trainable_variables", []))


_Schedule = keras.optimizers.schedules.LearningRateSchedule
