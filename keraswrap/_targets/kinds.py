"""The targets of one output, by the names that users and files call them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from keraswrap._targets.base import ClassTarget, SingleTarget
from keraswrap._targets.classes import Classes
from keraswrap._targets.gaussian import Gaussian
from keraswrap._targets.indicators import Indicators
from keraswrap._targets.numbers import Numbers
from keraswrap._targets.ordered import Ordered
from keraswrap._targets.positions import Positions
from keraswrap.exceptions import ParameterError

_Kind = TypeVar("_Kind", bound=SingleTarget)

CLASS_TARGETS: dict[str, type[ClassTarget]] = {"positions": Positions, "ordered": Ordered}
NUMBER_TARGETS: dict[str, type[Numbers]] = {"gaussian": Gaussian}
# One head among several may be of any kind, and nothing but its values says which.
HEAD_TARGETS: dict[str, type[SingleTarget]] = {
    **{"classes": Classes, "indicators": Indicators, "numbers": Numbers},
    **CLASS_TARGETS,
    **NUMBER_TARGETS,
}


def find_kind(targets: Mapping[str, type[_Kind]], name: object) -> type[_Kind]:
    """Find a target by its name.

    Raises
    ------
    ParameterError
        If there is no such target.

    Examples
    --------
    >>> find_kind(NUMBER_TARGETS, "gaussian").__name__
    'Gaussian'
    """
    if not isinstance(name, str) or name not in targets:
        raise ParameterError(
            f"Expected target to be one of {['auto', *targets]}, got {name!r:.60}."
        )
    return targets[name]


def restore_single(learned: Mapping[str, object]) -> SingleTarget:
    """Restore the target of one output from what a file or an older pickle says of it.

    Examples
    --------
    >>> restore_single({"n_outputs_": 2, "_target_ndim": 2}).meta
    {'n_outputs_': 2, 'n_units_': 2}
    """
    if "_kind" in learned:
        kinds: dict[str, type[SingleTarget]] = {**CLASS_TARGETS, **NUMBER_TARGETS}
        return kinds[str(learned["_kind"])].restored(learned)
    if "n_outputs_" in learned:
        return Numbers.restored(learned)
    # Estimators of the first version say nothing of several labels.
    return (Indicators if learned.get("_several") else Classes).restored(learned)
