"""Decide what a net's last layer and its loss mean for labels and probabilities.

This covers which targets the loss takes, how raw outputs become probabilities, and
when net and loss contradict each other. Pure: it sees names and widths, never a
Keras object, so that a table of tests covers every case.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from keraswrap.exceptions import BuildError

# Loss (canonical name) → the targets that it wants.
LOSS_TARGETS = {
    "sparsecategoricalcrossentropy": "index",
    "categoricalcrossentropy": "one_hot",
    "categoricalfocalcrossentropy": "one_hot",
    "categoricalgeneralizedcrossentropy": "index",
    "kldivergence": "one_hot",
    "binarycrossentropy": "binary",
    "binaryfocalcrossentropy": "binary",
    "meansquarederror": "one_hot",
    "meanabsoluteerror": "one_hot",
    "huber": "one_hot",
    "logcosh": "one_hot",
    "meanabsolutepercentageerror": "one_hot",
    "meansquaredlogarithmicerror": "one_hot",
    "cosinesimilarity": "one_hot",
    "poisson": "one_hot",
    "dice": "one_hot",
    "tversky": "one_hot",
}
_SHORT = {
    "mse": "meansquarederror",
    "mae": "meanabsoluteerror",
    "mape": "meanabsolutepercentageerror",
    "msle": "meansquaredlogarithmicerror",
    "kld": "kldivergence",
}
# Losses whose outputs are margins: no probability can be read off them.
_MARGINS = {"hinge", "squaredhinge", "categoricalhinge"}
# What each last activation outputs, if its name alone tells.
_GIVES = {"softmax": "probabilities", "sigmoid": "probabilities", "linear": "logits"}


# The least scale of a normal distribution, so that no likelihood is infinite.
SCALE_FLOOR = 1e-6


@dataclass(frozen=True)
class Look:
    """What a net's last layer and its loss declare.

    Parameters
    ----------
    activation, loss : str or None
        Names; None where there is none to be seen.
    from_logits : bool or None
        What the loss says of it.
    encoding : callable
        Tries the loss for the labels that it takes: 'index', 'one_hot' or None.
    """

    activation: str | None
    loss: str | None
    from_logits: bool | None
    encoding: Callable[[], str | None]


@dataclass(frozen=True)
class Output:
    """What a target knows about a net's output.

    Parameters
    ----------
    shape : tuple of int
        Of the output for one row.
    look : callable
        Looks at the net and its loss, which takes a moment.
    is_logits : bool, optional
        The user's setting of whether outputs are logits.
    """

    shape: tuple[int, ...]
    look: Callable[[], Look]
    is_logits: bool | None = None

    @property
    def width(self) -> int:
        """Output units of a net that has one output of shape (n, units).

        Raises
        ------
        BuildError
            If it has another one.
        """
        if len(self.shape) != 1:
            raise BuildError(
                f"Expected a net with one output of shape (n, units), got {[(None, *self.shape)]}. "
                "End it in a Dense layer, after Flatten or pooling; for a label at each position, "
                "set target='positions'."
            )
        return self.shape[0]


@dataclass(frozen=True)
class Outputs:
    """All outputs of a net.

    Parameters
    ----------
    by_name : mapping of str to Output
        One that came alone has the name ``""``.
    """

    by_name: Mapping[str, Output]

    def alone(self) -> Output:
        """Return the one output of a net.

        Raises
        ------
        BuildError
            If it has several, or gives them by name.
        """
        if list(self.by_name) != [""]:
            raise BuildError(
                f"Expected a net with one output of shape (n, units), got {self}. End it in a "
                "Dense layer, after Flatten or pooling. For a net with several outputs, pass y as "
                "a dict with the target of each."
            )
        return self.by_name[""]

    def named(self, names: Sequence[str]) -> dict[str, Output]:
        """Return the outputs of a net with several, in the order of their names.

        Raises
        ------
        BuildError
            If the net has others.
        """
        if set(self.by_name) != set(names):
            raise BuildError(
                f"Expected a net with the outputs {list(names)}, as y has them, got {self}. Let "
                "the build function return keras.Model(inputs, {name: tensor, ...}), or name the "
                "last layers so."
            )
        return {name: self.by_name[name] for name in names}

    def __str__(self) -> str:
        shown = {name: (None, *output.shape) for name, output in self.by_name.items()}
        return f"one of shape {shown['']}" if list(shown) == [""] else f"several: {shown}"


@dataclass(frozen=True)
class Head:
    """How a net is trained and read.

    Parameters
    ----------
    target : {'index', 'one_hot', 'binary', 'indicator', 'numbers'}
        Integer labels (n,), rows of zeros and a one (n, k), a column (n, 1),
        rows of zeros and any number of ones (n, k), or numbers (n, k).
    link : {'softmax', 'sigmoid', 'normalise', 'each_sigmoid', 'each', 'ordered', ...}
        From raw outputs to probabilities, or to numbers.
    width : int
        Output units of the net; if it is ``'gaussian'`` the columns of y, if ``'ordered'``
        the classes.
    loss : str or None
        The loss to use where none was given.
    from_logits : bool
        Whether the net gives logits.
    each : {'position', 'number', 'row'}, optional
        What is weighted separately and may be a gap; None if there are no gaps.
    """

    target: str
    link: str
    width: int
    loss: str | None = None
    from_logits: bool = False
    each: str | None = None

    @property
    def loss_arguments(self) -> dict[str, bool]:
        """What the loss of that name is to be told."""
        if self.link == "gaussian":
            return {"each": self.each == "number"}
        return {} if self.target == "numbers" else {"from_logits": self.from_logits}


def number_head(width: int) -> Head:
    """Return the head of a net whose outputs are the numbers themselves."""
    return Head("numbers", "identity", width, "mean_squared_error")


def canonical(name: str) -> str:
    """Normalize the spelling of a loss's name.

    Examples
    --------
    >>> canonical("BinaryCrossentropy") == canonical("binary_crossentropy")
    True
    """
    name = name.replace("_", "").lower()
    return _SHORT.get(name, name)


def choose_head(
    width: int,
    activation: str | None,
    loss: str | None,
    from_logits: bool | None,
    apply_softmax: bool | None = None,
    encoding: str | None = None,
) -> Head:
    """Decide targets, link and default loss, or report how net and loss contradict.

    Parameters
    ----------
    width : int
        Output units of the net.
    activation : str or None
        Name of the last activation; None where it cannot be seen.
    loss : str or None
        Name of the given loss; None where none was given.
    from_logits : bool or None
        What the given loss declares; None if it does not say.
    apply_softmax : bool, optional
        The user's setting, which takes precedence.
    encoding : {'index', 'one_hot'}, optional
        The targets that a loss of the user's own takes.

    Returns
    -------
    Head

    Raises
    ------
    BuildError
        If the loss cannot train a net of that width, or one of them says
        logits and the other probabilities.

    Examples
    --------
    >>> choose_head(1, "sigmoid", None, None).loss
    'binary_crossentropy'
    >>> choose_head(3, "linear", None, None).link
    'softmax'
    """
    name = None if loss is None else canonical(loss)
    _check_loss(name, loss, width)
    if width == 1 and activation == "softmax":
        raise BuildError(
            "The net has 1 output unit, and a softmax over 1 unit is always 1. Use "
            "activation='sigmoid', or one unit per class. If y holds 1 class, as a fold may, name "
            "them all with classes=[...]."
        )
    logits = gives_logits(activation, loss, from_logits, apply_softmax)
    target = _target(name, width, encoding)
    if width == 1:
        return Head(target, "sigmoid" if logits else "normalise", 1, "binary_crossentropy", logits)
    # One sigmoid per class, trained one-vs-rest: apply each separately.
    each = name is not None and LOSS_TARGETS.get(name) == "binary"
    link = "normalise" if not logits else "sigmoid" if each else "softmax"
    return Head(target, link, width, "sparse_categorical_crossentropy", logits)


def choose_indicator_head(
    width: int,
    activation: str | None,
    loss: str | None,
    from_logits: bool | None,
    apply_sigmoid: bool | None = None,
) -> Head:
    """Decide as `choose_head` does, where a row may have several labels or none.

    Parameters
    ----------
    width, activation, loss, from_logits
        As for `choose_head`.
    apply_sigmoid : bool, optional
        The user's word on whether the net gives logits.

    Returns
    -------
    Head

    Raises
    ------
    BuildError
        If net or loss are made for one label a row, or contradict each other.

    Examples
    --------
    >>> choose_indicator_head(3, "linear", None, None).link
    'each_sigmoid'
    """
    name = None if loss is None else canonical(loss)
    categorical = name is not None and ("categorical" in name or name == "kldivergence")
    if activation == "softmax" or categorical:
        what = f"the loss {loss!r}" if categorical else "a net that ends in a softmax"
        raise BuildError(
            f"y has {width} columns of zeros and ones, several labels per row, but {what} is for "
            "one label per row. For several, end the net in a sigmoid or in logits (the build "
            "function is told by meta['multi_label_']), with the loss 'binary_crossentropy'. "
            "Only where each row has exactly one 1, pass y.argmax(axis=1)."
        )
    _check_loss(name, loss, width)
    logits = gives_logits(activation, loss, from_logits, apply_sigmoid)
    link = "each_sigmoid" if logits else "each"
    return Head("indicator", link, width, "binary_crossentropy", logits)


def _target(name: str | None, width: int, encoding: str | None) -> str:
    if width == 1:
        return "binary"
    target = encoding or LOSS_TARGETS.get(name or "", "index")
    return "one_hot" if target == "binary" else target


def _check_loss(name: str | None, loss: str | None, width: int) -> None:
    if name in _MARGINS:
        raise BuildError(
            f"The loss {loss!r} trains margins, which are no probabilities. Use "
            "'sparse_categorical_crossentropy' (one unit per class) or 'binary_crossentropy' "
            "(one unit)."
        )
    categorical = LOSS_TARGETS.get(name or "") == "index" or (name or "").startswith("categorical")
    if width == 1 and categorical:
        raise BuildError(
            f"The net has 1 output unit, but the loss {loss!r} needs one unit per class. "
            "Give the net 2 units, or use loss='binary_crossentropy'."
        )


def gives_logits(
    activation: str | None,
    loss: str | None,
    from_logits: bool | None,
    apply_softmax: bool | None,
) -> bool:
    """Return whether a net gives logits; see `choose_head` for the parameters."""
    if apply_softmax is not None:
        return apply_softmax
    seen = _GIVES.get(activation or "")
    if loss is not None and from_logits is not None and seen is not None:
        said = "logits" if from_logits else "probabilities"
        if said != seen:
            raise BuildError(
                f"The net ends in {activation!r}, which gives {seen}, but the loss {loss!r} "
                f"has from_logits={from_logits}, which expects {said}. Change one of the two, "
                "leave the loss out to have it chosen, or set apply_softmax to decide."
            )
    if from_logits is not None:
        return from_logits
    return seen != "probabilities"


def to_target(index: np.ndarray, head: Head) -> np.ndarray:
    """Turn class indices (n,), or zeros and ones (n, k), into the targets that the loss wants.

    Examples
    --------
    >>> to_target(np.array([0, 2]), Head("one_hot", "softmax", 3)).tolist()
    [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
    """
    if head.target == "indicator":
        return index.astype("float32")
    if head.target == "binary":
        return index.astype("float32")[..., None]
    if head.target == "one_hot":
        return np.eye(head.width, dtype="float32")[index]
    return index.astype("int32")
