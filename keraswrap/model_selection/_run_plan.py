"""Which candidates one training run serves, and in which order runs are made. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.pipeline import Pipeline

from keraswrap.model_selection import _sklearn

Params = Mapping[str, Any]
# A wrapper's names for the number of epochs; the second takes precedence.
_EPOCHS = ("epochs", "fit__epochs")


@dataclass(frozen=True)
class Group:
    """Candidates that one training run serves.

    Parameters
    ----------
    candidates : tuple of int
        Their numbers, the one that trains longest at the end.
    stops : tuple of int, optional
        After how many epochs each of them ends. None for a candidate alone,
        that is fitted as it is.
    """

    candidates: tuple[int, ...]
    stops: tuple[int, ...] | None = None

    def only(self, wanted: set[int]) -> Group | None:
        """Return the group restricted to these candidates; None if it has none of them."""
        kept = [i for i, number in enumerate(self.candidates) if number in wanted]
        stops = None if self.stops is None else tuple(self.stops[i] for i in kept)
        found = replace(self, candidates=tuple(self.candidates[i] for i in kept), stops=stops)
        return found if kept else None


@dataclass(frozen=True)
class Unit:
    """One training run on one split: what a worker is given to do.

    Parameters
    ----------
    params : mapping
        Of the candidate that trains longest.
    """

    number: int
    group: Group
    params: Params
    split: int


def trained_step(estimator: BaseEstimator) -> tuple[str, BaseEstimator]:
    """Return the last trained step, and the prefix of its parameters' names.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> trained_step(Pipeline([("clf", LogisticRegression())]))
    ('clf__', LogisticRegression())
    """
    if isinstance(estimator, Pipeline):
        name, last = estimator.steps[-1]
        return f"{name}__", last
    return "", estimator


def fits_as_written(estimator: BaseEstimator) -> bool:
    """Return whether its fit is one of ours: a subclass may do anything in its own.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> fits_as_written(LogisticRegression())
    False
    """
    return type(estimator).fit.__module__.split(".")[0] == "keraswrap"


def is_routed(estimator: BaseEstimator, fit_params: Params) -> bool:
    """Return whether metadata routing decides which steps of a Pipeline get what fit is given."""
    return bool(isinstance(estimator, Pipeline) and fit_params and _sklearn.is_routing())


def weight_name(estimator: BaseEstimator) -> str:
    """Return the name under which fit takes weights: in a Pipeline, that of its last step.

    With metadata routing, a Pipeline takes them under their own name, for steps that
    request them.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> weight_name(Pipeline([("clf", LogisticRegression())]))
    'clf__sample_weight'
    """
    before = "" if _sklearn.is_routing() else trained_step(estimator)[0]
    return before + "sample_weight"


def plan_groups(
    estimator: BaseEstimator, candidates: Sequence[Params], fit_params: Params, *, share: bool
) -> tuple[list[Group], str]:
    """Group candidates that differ only in their epochs, where one run can serve them.

    Parameters
    ----------
    estimator : estimator
    fit_params : dict
        What fit is called with.
    share : bool
        Whether to look for any.

    Returns
    -------
    groups : list of Group
        Those whose nets are built alike stand together: a worker keeps its
        last nets.
    told : str
        What is shared, or why nothing is.
    """
    prefix, _ = trained_step(estimator)
    alike: dict[Hashable, list[int]] = defaultdict(list)
    for number, params in enumerate(candidates):
        alike[_run_key(number, params, prefix)].append(number)
    groups: list[Group] = []
    reasons: list[str] = []
    for numbers in alike.values():
        found, reason = _share(estimator, candidates, numbers, fit_params, share=share)
        groups += found
        reasons += [reason] if reason and reason not in reasons else []
    return _order(groups, candidates, prefix), _tell(groups, len(candidates), reasons)


def _run_key(number: int, params: Params, prefix: str) -> Hashable:
    names = [name for name in params if name in {prefix + epochs for epochs in _EPOCHS}]
    if len(names) != 1 or not _is_count(params[names[0]]):
        return number
    rest = ((name, value_key(params[name])) for name in sorted(params) if name != names[0])
    return (names[0], *rest)


def _is_count(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        return False
    return bool(value >= 1)


def value_key(value: object) -> Hashable:
    """Return what is equal for equal values of a parameter."""
    # Values that are not plain are equal only if they are the same object, as in a grid.
    value = value.item() if isinstance(value, np.generic) else value
    if value is None or isinstance(value, bool | int | float | str | bytes):
        return type(value).__name__, value
    return id(value)


def _share(
    estimator: BaseEstimator,
    candidates: Sequence[Params],
    numbers: list[int],
    fit_params: Params,
    *,
    share: bool,
) -> tuple[list[Group], str | None]:
    if len(numbers) == 1:
        return [Group((numbers[0],))], None
    first = candidates[numbers[0]]
    reason = why_not(estimator, first, fit_params) if share else "share_epochs=False"
    if reason:
        return [Group((number,)) for number in numbers], reason
    name = _epochs_name(first, trained_step(estimator)[0])
    numbers = sorted(numbers, key=lambda number: candidates[number][name])
    stops = tuple(int(candidates[number][name]) for number in numbers)
    return [Group(tuple(numbers), stops)], None


def _epochs_name(params: Params, prefix: str) -> str:
    return next(prefix + name for name in _EPOCHS if prefix + name in params)


def why_not(estimator: BaseEstimator, params: Params, fit_params: Params) -> str | None:
    """Return why candidates like this one cannot share a run; None if they can.

    Parameters
    ----------
    estimator : estimator
    params : dict
        Of one of them.
    """
    made = clone(estimator).set_params(**clone(params, safe=False))
    prefix, last = trained_step(made)
    given = {name.removeprefix(prefix).removeprefix("fit__") for name in fit_params}
    if given & {"epochs", "initial_epoch", "callbacks"}:
        return "fit is called with epochs or callbacks of its own"
    if is_routed(made, fit_params):
        return "metadata is routed through a Pipeline"
    if not hasattr(last, "_fit_stops"):
        told = getattr(last, "_unshared", lambda: None)()
        return told or f"{type(last).__name__} cannot stop midway"
    if not fits_as_written(last):
        return f"{type(last).__name__} has a fit of its own"
    if prefix + "epochs" in params and "fit__epochs" in (last.params or {}):
        return "fit__epochs overrides the searched epochs"
    return last._unshared()


def _order(groups: list[Group], candidates: Sequence[Params], prefix: str) -> list[Group]:
    def built_with(group: Group) -> Hashable:
        params = candidates[group.candidates[0]]
        return tuple(
            (name, value_key(params[name])) for name in sorted(params) if _shapes_net(name, prefix)
        )

    first: dict[Hashable, int] = {}
    for place, group in enumerate(groups):
        first.setdefault(built_with(group), place)
    return sorted(groups, key=lambda group: first[built_with(group)])


def _shapes_net(name: str, prefix: str) -> bool:
    own = name.removeprefix(prefix)
    return name.startswith(prefix) and own.split("__")[0] in ("model", "model_kwargs", "layers")


def _tell(groups: list[Group], count: int, reasons: list[str]) -> str:
    runs = len(groups)
    if runs < count:
        told = f"{count} candidates share {runs} training run{'s' if runs > 1 else ''} a split"
        return f"{told}; not all could: {'; '.join(reasons)}" if reasons else told
    if reasons:
        return f"nothing is shared: {'; '.join(reasons)}"
    return "nothing is shared: no two candidates differ only in a wrapper's epochs"


def make_units(groups: Sequence[Group], candidates: Sequence[Params], n_splits: int) -> list[Unit]:
    """List what is to be done: each group on each split, group by group.

    A group that is done is done on all splits soon after, so that few are open
    at a time.

    Examples
    --------
    >>> units = make_units([Group((0, 1), (2, 4))], [{"epochs": 2}, {"epochs": 4}], 2)
    >>> [(unit.number, unit.split, unit.params) for unit in units]
    [(0, 0, {'epochs': 4}), (1, 1, {'epochs': 4})]
    """
    pairs = ((group, split) for group in groups for split in range(n_splits))
    return [
        Unit(number, group, candidates[group.candidates[-1]], split)
        for number, (group, split) in enumerate(pairs)
    ]


def epochs_of(estimator: BaseEstimator, candidates: Sequence[Params]) -> list[int]:
    """Return each candidate's number of epochs; 1 for an estimator without epochs.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> epochs_of(LogisticRegression(), [{"C": 1.0}, {"epochs": 3}])
    [1, 3]
    """
    prefix, _ = trained_step(estimator)
    known = estimator.get_params()
    return [_epochs({**known, **params}, prefix) for params in candidates]


def _epochs(params: Params, prefix: str) -> int:
    found = [params[prefix + name] for name in _EPOCHS if _is_count(params.get(prefix + name))]
    return int(found[-1]) if found else 1
