"""Whether a checkpoint's own head matches the given classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from keraswrap.exceptions import ParameterError, warn_user
from keraswrap.text._pretrained_heads import PretrainedHead, load_head

HEADS = ("auto", "new", "checkpoint")


def match_head(
    encoder: str, head: str, n_classes: int, meta: Mapping[str, Any] | None = None
) -> tuple[PretrainedHead, list[int]] | None:
    """Choose between the checkpoint's head and a new one.

    Parameters
    ----------
    encoder : str
        A directory returned by :func:`~keraswrap.text.resolve_encoder`.
    head : {"auto", "new", "checkpoint"}
        ``"auto"`` takes the checkpoint's where its classes are those of y, and
        warns where it has one that is not for them.
    meta : mapping, optional
        What a wrapper knows of the data.

    Returns
    -------
    head : PretrainedHead
    columns : list of int
        The head's label for each class, in the order of the classes.

        None for a new head.

    Raises
    ------
    ParameterError
        If `head` is unknown, or the checkpoint's is asked for and there is
        none for these classes.
    """
    if head not in HEADS:
        raise ParameterError(f"Expected head to be one of {HEADS}, got {head!r}.")
    found = None if head == "new" else load_head(encoder)
    if found is None:
        if head == "checkpoint":
            raise ParameterError(
                f"Expected a checkpoint with a classification head for head='checkpoint', got "
                f"{encoder!r}, which has none. Use head='new'."
            )
        return None
    wanted = (meta or {}).get("classes_", np.arange(n_classes))
    columns = None
    if (found.problem_type == "multi_label_classification") == _several(meta):
        columns = match_labels(found.labels, list(np.asarray(wanted).tolist()))
    if found.problem_type != "regression" and columns is not None:
        return found, columns
    said = (
        f"the checkpoint {encoder!r} has a head for {found.problem_type} with the labels "
        f"{list(found.labels)!r:.120}, and y has {list(wanted)!r:.120}"
    )
    if head == "checkpoint":
        raise ParameterError(f"Expected head='new' or y of the checkpoint's labels: {said}.")
    warn_user(f"A new head is trained: {said}. Pass head='new' if that is intended.")
    return None


def match_labels(labels: Sequence[str], classes: Sequence[Any]) -> list[int] | None:
    """Find each class among a head's labels: by name, or by position if it is a number.

    Parameters
    ----------
    labels : sequence of str
        In the order of their ids.

    Returns
    -------
    list of int or None
        The id of each class; None unless every label has its class.

    Examples
    --------
    >>> match_labels(["NEGATIVE", "POSITIVE"], ["positive", "negative"])
    [1, 0]
    >>> match_labels(["NEGATIVE", "POSITIVE"], [0, 1])
    [0, 1]
    >>> match_labels(["NEGATIVE", "POSITIVE"], [1, 5]) is None
    True
    """
    if len(labels) != len(classes):
        return None
    if all(isinstance(name, str) for name in classes):
        ids = {label.casefold(): k for k, label in enumerate(labels)}
        found = [ids.get(name.casefold()) for name in classes]
    else:
        found = [int(c) if c in range(len(labels)) else None for c in classes]
    return [k for k in found if k is not None] if None not in found else None


def _several(meta: Mapping[str, object] | None) -> bool:
    return bool((meta or {}).get("multi_label_"))
