"""Declare what a target is: every step of a fit that depends on the kind of y."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeAlias, TypeVar

import numpy as np
from numpy.typing import ArrayLike
from sklearn.metrics import accuracy_score

from keraswrap._targets.head import Head, Output, Outputs
from keraswrap._targets.labels import check_same_classes
from keraswrap._targets.probabilities import to_proba
from keraswrap.exceptions import ParameterError

if TYPE_CHECKING:
    from typing import Self

# What a kind of y is once it is checked, its head, and what a net gives and takes: an array
# and a `Head` where a net has one output, a `TargetView` and dicts where it has several.
_Y = TypeVar("_Y")
_Head = TypeVar("_Head")
_Array = TypeVar("_Array")


class Target(ABC, Generic[_Y, _Head, _Array]):
    """One kind of y: how it is checked, encoded, weighed, and read off a net's outputs.

    A fit makes one, lets it `learn` y, builds the net with `meta`, lets it
    `settle` with the net's output, and trains on what `encode` and `weigh`
    return. Later calls `check` their y against what was learned. A new kind
    of y is a subclass of `SingleTarget` in a file of its own; `Heads` holds one
    for each of several outputs.
    """

    @abstractmethod
    def learn(self, y: object) -> _Y:
        """Check the y of a fit, and learn from it.

        Returns
        -------
        ndarray of shape (n, ...), or TargetView
            As the other methods take it.

        Raises
        ------
        InputError
            If it is not such a target.
        """

    @abstractmethod
    def check(self, y: object) -> _Y:
        """Check the y of a later call against what was learned; see `learn`."""

    @property
    @abstractmethod
    def meta(self) -> dict[str, object]:
        """What a build function learns about y."""

    @property
    @abstractmethod
    def learned(self) -> dict[str, object]:
        """What a file stores, by the names used in files."""

    @classmethod
    @abstractmethod
    def restored(cls, learned: Mapping[str, object]) -> Self:
        """Make the target again from `learned`."""

    @abstractmethod
    def settle(self, outputs: Outputs) -> _Head:
        """Reconcile what was learned with the outputs of the net that was built.

        Returns
        -------
        Head, or dict of str to Head
            What the loss takes, which loss where none was given, and what
            the outputs mean.

        Raises
        ------
        InputError, BuildError
            If the net has another number of units, or another loss or last
            activation, than such a target needs.
        """

    @abstractmethod
    def encode(self, y: _Y, head: _Head) -> _Array:
        """Turn checked y into what the loss takes."""

    def strata(self, y: _Y) -> np.ndarray | None:
        """Return the stratum of each row for a validation split; None without any."""
        return None

    @abstractmethod
    def weigh(
        self, y: _Y, weights: np.ndarray | None, class_weight: object
    ) -> _Array | np.ndarray | None:
        """Combine the weights of rows with those of their classes.

        Raises
        ------
        ParameterError
            If such a target has no weights by class.
        """

    @abstractmethod
    def predict(self, raw: _Array, head: _Head, is_logits: bool | None = None) -> _Array:
        """Turn raw outputs into predictions, as they stood in y.

        Parameters
        ----------
        raw : ndarray of shape (n, ...), or dict of them
        head : Head, or dict of them
        is_logits : bool, optional
            Whether outputs of classes are logits; by default as the head says.
        """

    @abstractmethod
    def score(self, y: _Y, predicted: _Array, weights: ArrayLike | None) -> float:
        """Compare predictions with checked y, as scikit-learn's `score` does for the kind."""


# A target of any kind, where what its arrays are like is of no matter.
AnyTarget: TypeAlias = Target[Any, Any, Any]


class SingleTarget(Target[np.ndarray, Head, np.ndarray]):
    """A target for which a net has one output."""

    def settle(self, outputs: Outputs) -> Head:
        return self.settle_output(outputs.alone())

    @abstractmethod
    def settle_output(self, output: Output) -> Head:
        """Reconcile what was learned with the output; see `settle`."""

    def weigh(
        self, y: np.ndarray, weights: np.ndarray | None, class_weight: object
    ) -> np.ndarray | None:
        if class_weight is not None:
            raise ParameterError(
                f"class_weight is for classifiers, got {class_weight!r:.60}. Use sample_weight."
            )
        return weights


class ClassTarget(SingleTarget):
    """A target for which a net outputs one probability per class.

    Parameters
    ----------
    given : array-like of shape (k,), optional
        Every class there is, in the user's words.
    """

    classes: np.ndarray
    # The link of raw outputs that the user says are logits, by whether there are several units.
    _links: ClassVar[tuple[str, str]] = ("sigmoid", "softmax")

    def __init__(self, given: object = None) -> None:
        self.given = given

    @property
    def meta(self) -> dict[str, object]:
        return {
            "n_classes_": len(self.classes),
            "classes_": self.classes,
            "multi_label_": self.several,
            "ordered_": False,
            "n_units_": self.units,
        }

    @property
    def units(self) -> int:
        """The units that the net ends in; one will do for two classes."""
        return len(self.classes)

    @property
    def n_classes(self) -> int:
        """The number of classes."""
        return len(self.classes)

    def check_classes(self, given: Sequence[object] | np.ndarray) -> None:
        """Raise InputError if classes named later are not those of the first call."""
        check_same_classes(given, self.classes)

    @property
    def several(self) -> bool:
        """Whether a row may have several labels."""
        return False

    @property
    def learned(self) -> dict[str, object]:
        own = {"classes_": self.classes, "n_classes_": len(self.classes)}
        return {**own, "_several": self.several}

    @classmethod
    def restored(cls, learned: Mapping[str, object]) -> Self:
        made = cls()
        made.classes = np.asarray(learned["classes_"])
        return made

    def to_proba(self, raw: np.ndarray, head: Head, is_logits: bool | None = None) -> np.ndarray:
        """Turn raw outputs into probabilities.

        Parameters
        ----------
        raw : ndarray of shape (n, width)
        head : Head
        is_logits : bool, optional
            Whether outputs are logits; by default as the head says.

        Returns
        -------
        ndarray of shape (n, k), float64
        """
        one = raw.shape[-1] == 1
        if is_logits is None:
            return to_proba(raw, head.link)
        if is_logits:
            return to_proba(raw, self._links[not one])
        return to_proba(raw, "normalise") if one else raw.astype("float64")

    def predict(self, raw: np.ndarray, head: Head, is_logits: bool | None = None) -> np.ndarray:
        return self.to_labels(self.to_proba(raw, head, is_logits))

    def score(self, y: np.ndarray, predicted: np.ndarray, weights: ArrayLike | None) -> float:
        return accuracy_score(y, predicted, sample_weight=weights)

    @abstractmethod
    def to_labels(self, proba: np.ndarray) -> np.ndarray:
        """Turn probabilities (n, k) into predictions, as they stood in y."""
