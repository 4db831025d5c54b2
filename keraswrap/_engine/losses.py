"""Make the loss of one fit, and tell what it implies for outputs and labels."""

from __future__ import annotations

from collections.abc import Mapping

import keras

from keraswrap._engine.object_specs import config_of
from keraswrap._engine.serialization import copy_with, duplicate
from keraswrap._engine.target_encoding import encoding_of
from keraswrap._engine.target_losses import TARGET_LOSSES
from keraswrap._targets.head import LOSS_TARGETS, Head, canonical
from keraswrap.exceptions import ParameterError


def loss_facts(loss: object) -> tuple[str | None, bool | None]:
    """Return a loss's name, and whether it declares that it takes logits.

    Returns
    -------
    name : str or None
        None if no loss is given. A custom loss derived from one of Keras's
        has that one's name.
    from_logits : bool or None
        None if the loss does not say.
    """
    loss = _lone(loss)
    if loss is None:
        return None, None
    if isinstance(loss, str):
        name = loss
    elif isinstance(loss, keras.losses.Loss):
        kinds = [kind.__name__ for kind in type(loss).__mro__]
        name = next((kind for kind in kinds if canonical(kind) in LOSS_TARGETS), kinds[0])
    else:
        own = getattr(loss, "__module__", "").startswith("keras.")
        name = getattr(loss, "__name__", "loss") if own else f"custom {loss!r:.60}"
    said = getattr(loss, "from_logits", None)
    if said is None and isinstance(loss, keras.losses.Loss):
        said = config_of(loss).get("from_logits")
    return name, _known_default(name) if said is None else bool(said)


def _known_default(name: str) -> bool | None:
    return False if canonical(name) in LOSS_TARGETS else None


def loss_encoding(loss: object, nested: Mapping[str, object], width: int) -> str | None:
    """Find which labels a loss takes if its name does not tell; see `encoding_of`."""
    loss = _lone(loss)
    known = loss_facts(loss)[0]
    if known is None or isinstance(loss, str) or width == 1:
        return None
    if canonical(known) in LOSS_TARGETS and not hasattr(loss, "target_encoding"):
        return None
    return encoding_of(make_loss(loss, nested, None), width)


def make_loss(
    loss: object, nested: Mapping[str, object], head: Head | None, dtype: str | None = None
) -> object:
    """Make the loss of one fit: the given one, or the one that suits the head.

    Parameters
    ----------
    loss : str, class, callable, keras.losses.Loss or None
        None chooses the one that the head names.
    nested : mapping
        Arguments that override its own.
    head : Head or None
        May be None if a loss is given.
    dtype : str, optional
        Dtype of a loss given by name, if it is not float32.

    Raises
    ------
    ParameterError
        If there is no such loss, or it has no such argument.
    """
    loss = _lone(loss)
    if loss is None:
        if head is None:
            raise ParameterError("Expected a loss, got none, and no head to choose one for.")
        loss, nested = head.loss, {**head.loss_arguments, **nested}
    if isinstance(loss, str) and dtype is not None:
        nested = {"dtype": dtype, **nested}
    if not nested:
        return _check_loss(loss)
    return copy_with(loss if isinstance(loss, keras.losses.Loss) else _loss_class(loss)(), nested)


def _check_loss(loss: object) -> object:
    if isinstance(loss, str):
        try:
            keras.losses.get(loss)
        except ValueError as error:
            raise ParameterError(
                f"Expected a loss of Keras, got {loss!r}. See keras.losses for their names."
            ) from error
    elif not callable(loss):
        raise ParameterError(f"Expected a loss (name, function or instance), got {loss!r:.80}.")
    return duplicate(loss)


def _loss_class(loss: object) -> type:
    name = canonical(loss if isinstance(loss, str) else getattr(loss, "__name__", ""))
    for kind in (*TARGET_LOSSES, *vars(keras.losses).values()):
        if isinstance(kind, type) and canonical(kind.__name__) == name:
            return kind
    raise ParameterError(f"The loss {loss!r:.60} takes no arguments of its own; pass an instance.")


def _lone(loss: object) -> object:
    if isinstance(loss, list | tuple) and len(loss) == 1:
        return loss[0]
    if isinstance(loss, list | tuple | dict):
        raise ParameterError(f"Expected one loss for a net with one output, got {loss!r:.80}.")
    return loss() if isinstance(loss, type) else loss
