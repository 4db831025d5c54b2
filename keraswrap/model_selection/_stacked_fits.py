"""Fits of a search that one program trains together, where it can."""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any

from keraswrap._estimator import share_builds, train_together
from keraswrap.model_selection._candidate_fit import Fit, Run, Task, run
from keraswrap.model_selection._run_plan import Unit
from keraswrap.model_selection._stack_plan import FEWEST, MOST_BYTES

if TYPE_CHECKING:
    from keraswrap._estimator import Prepared

log = logging.getLogger("keraswrap")

# In steps of one small net, measured for widths of 8 to 420: what building, compiling and scoring
# it takes, and how many steps must be saved to make up for one more program that is traced.
_BEGINNING, _TRACING = 230, 2000


def run_stack(
    units: Sequence[Unit], task: Task, X: object, y: object
) -> list[tuple[int, list[Fit]]]:
    """Make the fits of units, together where that is possible.

    Parameters
    ----------
    units : sequence of Unit
        As `plan_stacks` puts them together.

    Returns
    -------
    list of (number, fits)
        Of at least one unit. Those that are missing must be run alone, where what is wrong
        with them, if anything, becomes known.

    Raises
    ------
    Exception
        What a fit alone or a scorer raised, if ``task.error_score`` is ``'raise'``.
    """
    runs = _prepare(units, task, X, y) if len(units) > 1 else []
    if runs and runs[0].member is None:  # it may have taken seconds to build, so it is trained
        return [(runs[0].unit.number, runs[0].fits())]
    alike: dict[Hashable, list[_StackedRun]] = defaultdict(list)
    for made in runs:
        alike[made.member.key()].append(made)
    done = [fits for some in alike.values() if len(some) >= FEWEST for fits in _train(some)]
    return done or [(units[0].number, run(units[0], task, X, y))]


def _prepare(units: Sequence[Unit], task: Task, X: object, y: object) -> list[_StackedRun]:
    """Do all that comes before the training of units; of the first alone if it must train alone."""
    rows: dict[int, Any] = {}
    runs: list[_StackedRun] = []
    try:
        with share_builds():
            for unit in units:
                made = _StackedRun(unit, task, X, y, rows)
                reason = None if runs else no_gain(made.prepared, len(units), len(units))
                if reason := reason or made.prepared.why_alone():
                    log.debug("A fit is trained alone: %s.", reason)
                    return [] if runs else [made]
                made.join()
                runs.append(made)
    except Exception as error:  # alone, it becomes what a failed fit becomes
        log.debug("Fits are trained alone, as one could not begin: %s.", error)
        return []
    return runs


def no_gain(prepared: Prepared, count: int, copies: int) -> str | None:
    """Return why fits like this one are better trained alone; None if they are not.

    Parameters
    ----------
    prepared : Prepared
    count : int
        How many there are.
    copies : int
        How many of them have rows of their own.
    """
    if count * (_BEGINNING + prepared.n_steps) < _TRACING:
        return f"{count} fits like it take less time than tracing a program for all of them"
    if copies * prepared.nbytes > MOST_BYTES:
        return f"the rows of {count} fits like it take too much memory"
    return None


def _train(runs: Sequence[_StackedRun]) -> list[tuple[int, list[Fit]]]:
    clock = _Clock(len(runs))
    for one in runs:
        one.clock = clock
    try:
        train_together([one.member for one in runs])
    except Exception as error:  # whatever TensorFlow cannot do for many nets, it does for one
        log.debug("Fits are trained alone: %s", error)
        return []
    return [(one.unit.number, one.fits()) for one in runs]


class _Clock:
    """Time that nets spend in training together, of which each has its share."""

    def __init__(self, count: int) -> None:
        self._count, self._seconds, self._resumed = count, 0.0, time.time()

    def stop(self) -> float:
        """Let it stand still, and return the share of one net."""
        self._seconds += time.time() - self._resumed
        return self._seconds / self._count

    def go(self) -> None:
        """Let it go on."""
        self._resumed = time.time()


class _StackedRun(Run):
    """A training run that others take along."""

    member: Any = None
    clock: _Clock

    def __init__(self, unit: Unit, task: Task, X: object, y: object, rows: dict[int, Any]) -> None:
        started = time.time()
        super().__init__(unit, task, X, y, rows)
        with self.named():
            self.prepared: Prepared = self.prepare()
        self._before = time.time() - started

    def join(self) -> None:
        """Make it one of the fits that are trained together."""
        # Others transform their rows first.
        takes_them = self.prepared.estimator is self.estimator
        shown = self.prepared.rows_to_show(self.test[0]) if takes_them else None
        self.member = self.prepared.member(shown)

    def _known(self) -> Any:
        return None if self.member is None else self.prepared.shown(self.member)

    def _visit(self, stop: int | None) -> None:
        if self.member is None:
            super()._visit(stop)
            return
        self.seconds = self._before + self.clock.stop()
        try:
            self._arrive(stop)
        except Exception as error:
            self.of_scoring = error
        self.clock.go()

    def _train(self, stops: Sequence[int | None]) -> None:
        """Train it alone after all; or else that is done, and only what a visit raised is left."""
        if self.of_scoring is not None:
            raise self.of_scoring
        if self.member is None:
            self.prepared.train()
