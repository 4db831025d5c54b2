"""Optimizers: Adam's update as one operation, and one that follows what is trained.

Adam's update of a variable as one operation is for large nets.

Keras writes it as some twenty operations, and each reads and writes the whole
variable. For the 23 million weights of MiniLM that takes 60 ms more a step than
one operation that does the same arithmetic in one pass, and 3 s more to trace.
Small nets gain nothing and keep Keras's own to the bit: in their few microseconds
the one operation is the slower.
"""

from __future__ import annotations

from typing import Any

import keras


def fuse_adam(optimizer: Any) -> Any:
    """Let an optimizer update each variable in one operation, where TensorFlow has one.

    Parameters
    ----------
    optimizer : keras.optimizers.Optimizer
        Changed in place if it is Keras's Adam or AdamW; others are left alone.

    Returns
    -------
    keras.optimizers.Optimizer
        The same. It stays of its class, with the same variables, so that what
        is saved of it can be read without keraswrap.

    Notes
    -----
    Clipping, weight decay, schedules and averages are around the update, and
    stay Keras's own. Results differ from its in the last bit of a step.
    """
    plain = type(optimizer) in (keras.optimizers.Adam, keras.optimizers.AdamW)
    if plain and not optimizer.amsgrad and _on_one_device():
        optimizer.update_step = _fused_step(optimizer, optimizer.update_step)
    return optimizer


def _on_one_device() -> bool:
    if keras.backend.backend() != "tensorflow":
        return False
    import tensorflow as tf

    return not tf.distribute.has_strategy()


def _fused_step(optimizer: Any, separate: Any) -> Any:
    import tensorflow as tf

    def update_step(gradient: Any, variable: Any, learning_rate: Any) -> None:
        # Keras squares the gradient of an embedding occurrence by occurrence, where the operation
        # would square their sum. Clipping makes it dense before it comes here.
        if variable.dtype != tf.float32 or isinstance(gradient, tf.IndexedSlices):
            separate(gradient, variable, learning_rate)
            return
        index = optimizer._get_variable_index(variable)
        step = tf.cast(optimizer.iterations + 1, "float32")
        tf.raw_ops.ResourceApplyAdam(
            var=variable.handle,
            m=optimizer._momentums[index].value.handle,
            v=optimizer._velocities[index].value.handle,
            beta1_power=tf.pow(tf.cast(optimizer.beta_1, "float32"), step),
            beta2_power=tf.pow(tf.cast(optimizer.beta_2, "float32"), step),
            lr=tf.cast(learning_rate, "float32"),
            beta1=optimizer.beta_1,
            beta2=optimizer.beta_2,
            epsilon=optimizer.epsilon,
            grad=tf.cast(gradient, "float32"),
        )

    return update_step


def is_behind(net: keras.Model) -> bool:
    """Tell whether a net trains other variables than its optimizer was made for."""
    optimizer = getattr(net, "optimizer", None)
    if optimizer is None or not optimizer.built:
        return False
    return list(map(id, _trained(optimizer))) != list(map(id, net.trainable_variables))


def renewed(optimizer: Any, variables: list[Any]) -> Any:
    """Make an optimizer like another for these variables, with what it had learned of each.

    Parameters
    ----------
    optimizer : keras.optimizers.Optimizer
        Built for other variables: some are no longer trained, or some have come.
    variables : list of keras.Variable
    """
    config = optimizer.get_config()
    if isinstance(getattr(optimizer, "_learning_rate", None), _Schedule):
        config["learning_rate"] = optimizer._learning_rate  # a configuration may not bring it back
    made = type(optimizer).from_config(config)
    made.build(variables)
    hand_over(optimizer, made)
    return made


def hand_over(optimizer: Any, heir: Any) -> None:
    """Give what an optimizer has learned to another of its class, variable by variable."""
    places = {id(variable): place for place, variable in enumerate(_trained(optimizer))}
    from_places = [places.get(id(variable)) for variable in _trained(heir)]
    for name, value in vars(optimizer).items():
        other = vars(heir).get(name)
        if isinstance(value, keras.Variable) and isinstance(other, keras.Variable):
            other.assign(value)
        elif isinstance(value, keras.optimizers.Optimizer):
            hand_over(value, other)
        elif _is_by_variable(name, value, len(places)) and isinstance(other, list):
            for slot, place in zip(other, from_places, strict=True):
                if slot is not None and place is not None:
                    slot.assign(value[place])


def _is_by_variable(name: str, value: Any, count: int) -> bool:
    listed = isinstance(value, list) and len(value) == count
    return listed and name not in ("_trainable_variables", "_variables")


def _trained(optimizer: Any) -> list[Any]:
    inner = getattr(optimizer, "inner_optimizer", optimizer)
    return list(getattr(inner, "_trainable_variables", []))


_Schedule = keras.optimizers.schedules.LearningRateSchedule
