"""Combine several heads: a target by name for each of a net's outputs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import ArrayLike

from keraswrap._target_view import TargetView
from keraswrap._targets.base import ClassTarget, SingleTarget, Target
from keraswrap._targets.gaps import gaps_of, place, read_known
from keraswrap._targets.head import Head, Outputs
from keraswrap._targets.kinds import restore_single
from keraswrap._targets.numbers import Numbers
from keraswrap.exceptions import InputError, KeraswrapError, ParameterError

if TYPE_CHECKING:
    from typing import Self

Arrays = dict[str, np.ndarray]


class Heads(Target[TargetView, dict[str, Head], Arrays]):
    """Targets of several outputs: each step is done by the target of each head.

    A row may lack the target of a head whose rows have one value each: it is a gap,
    which counts in no loss, metric or score.

    Parameters
    ----------
    parts : mapping of str to SingleTarget

    Attributes
    ----------
    partly : frozenset of str
        The heads that had gaps in the y of fit.
    """

    def __init__(self, parts: Mapping[str, SingleTarget]) -> None:
        self.parts = dict(parts)
        self.partly: frozenset[str] = frozenset()

    def learn(self, y: object) -> TargetView:
        checked = self._read(y, "learn")
        gaps = {name: gaps_of(column) for name, column in checked.columns.items()}
        self.partly = frozenset(name for name, found in gaps.items() if found is not None)
        return checked

    def check(self, y: object) -> TargetView:
        return self._read(y, "check")

    def _read(self, y: object, step: str) -> TargetView:
        columns, checked = columns_of(y, self.parts), {}
        for name, part in self.parts.items():
            with naming(name):
                checked[name] = read_known(columns[name], getattr(part, step))
        return TargetView(checked)

    @property
    def meta(self) -> dict[str, object]:
        told: dict[str, dict[str, object]] = {}
        for name, part in self.parts.items():
            for fact, value in part.meta.items():
                told.setdefault(fact, {})[name] = value
        return dict(told)

    @property
    def learned(self) -> dict[str, object]:
        each = {n: {**part.learned, "_partly": n in self.partly} for n, part in self.parts.items()}
        return {"_heads": each}

    @classmethod
    def restored(cls, learned: Mapping[str, object]) -> Self:
        told = cast("Mapping[str, Mapping[str, object]]", learned["_heads"])
        made = cls({name: restore_single(of_head) for name, of_head in told.items()})
        made.partly = frozenset(name for name, of_head in told.items() if of_head.get("_partly"))
        return made

    def settle(self, outputs: Outputs) -> dict[str, Head]:
        found, heads = outputs.named(list(self.parts)), {}
        for name, part in self.parts.items():
            with naming(name):
                head = part.settle_output(found[name])
            each = head.each or ("row" if name in self.partly else None)
            heads[name] = replace(head, each=each)
        return heads

    def encode(self, y: TargetView, head: dict[str, Head]) -> Arrays:
        encoded = {}
        for name, part in self.parts.items():
            column, gaps = y.columns[name], gaps_of(y.columns[name])
            if gaps is not None and gaps.any() and head[name].each is None:
                raise InputError(
                    f"Expected a target in every row of y[{name!r}], as in fit, got none in row "
                    f"{int(np.flatnonzero(gaps)[0])}. Fit on a y that has such rows too."
                )
            with naming(name):
                encoded[name] = part.encode(_filled(column), head[name])
        return encoded

    def weigh(
        self, y: TargetView, weights: np.ndarray | None, class_weight: object
    ) -> Arrays | None:
        if class_weight is not None and not isinstance(class_weight, Mapping):
            raise ParameterError(
                f"Expected class_weight as a dict by the names of heads, {list(self.parts)}, got "
                f"{class_weight!r:.60}. For instance {{{next(iter(self.parts))!r}: 'balanced'}}."
            )
        of_head = for_head("class_weight", class_weight, self.parts)
        found = {}
        for name in self.parts:
            with naming(name):
                found[name] = self._weigh(name, y.columns[name], weights, of_head[name])
        if all(weight is None for weight in found.values()):
            return None
        return {k: np.ones(len(y)) if weight is None else weight for k, weight in found.items()}

    def _weigh(
        self, name: str, y: np.ndarray, weights: np.ndarray | None, class_weight: object
    ) -> np.ndarray | None:
        gaps = gaps_of(y)
        if gaps is None:
            return self.parts[name].weigh(y, weights, class_weight)
        known = None if weights is None else weights[~gaps]
        found = self.parts[name].weigh(_filled(y)[~gaps], known, class_weight)
        return place(np.ones(1) if found is None else found, gaps)

    def predict(self, raw: Arrays, head: dict[str, Head], is_logits: object = None) -> Arrays:
        said = for_head("apply_softmax", is_logits, self.parts)
        return {k: part.predict(raw[k], head[k], said[k]) for k, part in self.parts.items()}

    def score(self, y: TargetView, predicted: Arrays, weights: ArrayLike | None) -> float:
        found = []
        for name, part in self.parts.items():
            gaps = gaps_of(y.columns[name])
            known = slice(None) if gaps is None else ~gaps
            of_rows = None if weights is None else np.asarray(weights)[known]
            pair = _filled(y.columns[name])[known], predicted[name][known]
            with naming(name):
                found.append(part.score(*pair, of_rows))
        return float(np.mean(found))

    # -- of the heads that have classes ------------------------------------

    @property
    def _of_classes(self) -> dict[str, ClassTarget]:
        return {n: part for n, part in self.parts.items() if isinstance(part, ClassTarget)}

    @property
    def classes(self) -> Arrays:
        """The classes of each head that has some."""
        return {name: part.classes for name, part in self._of_classes.items()}

    @property
    def n_classes(self) -> dict[str, int]:
        """The number of classes of each head that has some."""
        return {name: part.n_classes for name, part in self._of_classes.items()}

    def check_classes(self, given: object) -> None:
        """Raise InputError if classes named later are not those of the first call."""
        if not isinstance(given, Mapping):
            raise ParameterError(f"Expected classes as a dict by head, got {given!r:.60}.")
        for name, classes in for_head("classes", given, self.classes).items():
            with naming(name):
                if classes is not None:
                    self._of_classes[name].check_classes(classes)

    def to_proba(self, raw: Arrays, head: dict[str, Head], is_logits: object = None) -> Arrays:
        """Turn the raw outputs of heads that have classes into probabilities."""
        said = for_head("apply_softmax", is_logits, self.parts)
        return {
            name: part.to_proba(raw[name], head[name], said[name])
            for name, part in self._of_classes.items()
        }

    def to_labels(self, proba: Arrays) -> Arrays:
        """Turn probabilities of heads that have classes into predictions."""
        return {name: part.to_labels(proba[name]) for name, part in self._of_classes.items()}

    # -- of heads that are all numbers -------------------------------------

    @property
    def columns(self) -> dict[str, int]:
        """The number of columns of each head that has numbers."""
        return {n: part.columns for n, part in self.parts.items() if isinstance(part, Numbers)}

    def to_scales(self, raw: Arrays) -> Arrays:
        """Turn raw outputs into the standard deviations of predictions."""
        return {name: cast(Numbers, part).to_scales(raw[name]) for name, part in self.parts.items()}


def columns_of(y: object, names: Iterable[str] | None = None) -> dict[str, object]:
    """Return the target of each head.

    Parameters
    ----------
    y : TargetView or mapping
    names : iterable of str, optional
        The expected heads.

    Raises
    ------
    InputError
        If y is something else, or has other heads.

    Examples
    --------
    >>> list(columns_of({"topic": ["a"], "stars": [5]}))
    ['topic', 'stars']
    """
    wanted = None if names is None else list(names)
    if isinstance(y, Mapping):
        y = TargetView(y)
    if not isinstance(y, TargetView):
        raise InputError(
            f"Expected y as a dict with the target of each head{f' of {wanted}' if wanted else ''},"
            f" got {type(y).__name__} {y!r:.60}. Pass {{'name': y, ...}}; of a "
            "DataFrame with a column for each, keraswrap.data.TargetView(y)."
        )
    if wanted is not None and set(wanted) != set(y.names):
        missing, extra = set(wanted) - set(y.names), set(y.names) - set(wanted)
        raise InputError(
            f"Expected y with the heads {wanted}, as in fit, got {list(y.names)}: missing "
            f"{sorted(missing)}, unknown {sorted(extra)}. Pass a target for each; None or NaN "
            "marks rows without one."
        )
    return y.columns


def for_head(
    what: str, given: object, names: Iterable[str], default: object = None
) -> dict[str, Any]:
    """Return a setting for each head: its entry in a dict, or the same for all.

    Raises
    ------
    ParameterError
        If a dict names a head that does not exist.

    Examples
    --------
    >>> for_head("target", {"stars": "ordered"}, ["topic", "stars"], "auto")
    {'topic': 'auto', 'stars': 'ordered'}
    >>> for_head("target", "auto", ["topic"])
    {'topic': 'auto'}
    """
    names = list(names)
    if not isinstance(given, Mapping):
        return dict.fromkeys(names, default if given is None else given)
    unknown = [name for name in given if name not in names]
    if unknown:
        raise ParameterError(
            f"Expected {what} by the names of heads, {names}, got {unknown!r:.80}. Use the names "
            "in y."
        )
    return {name: given.get(name, default) for name in names}


@contextmanager
def naming(name: str) -> Iterator[None]:
    """Say in an error which head it is about."""
    try:
        yield
    except KeraswrapError as error:
        raise type(error)(f"Head {name!r}: {error}") from error
    except ValueError as error:  # of scikit-learn's checks
        raise InputError(f"Head {name!r}: {error}") from error


def _filled(column: np.ndarray) -> np.ndarray:
    return column if gaps_of(column) is None else np.ma.getdata(column)
