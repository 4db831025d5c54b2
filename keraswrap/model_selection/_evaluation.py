"""All fits of a search: planned, recalled or made, recorded, counted, and gathered."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace

import numpy as np

from keraswrap.model_selection._candidate_fit import Fit, Task
from keraswrap.model_selection._journal import Journal
from keraswrap.model_selection._journal_keys import params_key
from keraswrap.model_selection._out_of_fold import OutOfFold
from keraswrap.model_selection._progress_bar import Bar
from keraswrap.model_selection._run_plan import Unit, epochs_of, make_units, plan_groups
from keraswrap.model_selection._workers import run_units

log = logging.getLogger(__name__)


@dataclass
class Evaluation:
    """Every fit of a search, and what there is to tell of it.

    Parameters
    ----------
    candidates : sequence of dict
        Parameters.
    folds : OutOfFold
        Keeps the probabilities that are still of use.
    share : bool
        Whether candidates that differ only in epochs share a training run.

    Attributes
    ----------
    fits : dict of (candidate, split) to Fit
    n_fits : int
        Training runs that were made.
    told : str
        What was shared, or why nothing was.
    """

    task: Task
    candidates: Sequence[Mapping[str, object]]
    folds: OutOfFold
    share: bool = True
    journal: Journal | None = None
    fits: dict[tuple[int, int], Fit] = field(default_factory=dict)
    n_fits: int = 0
    told: str = ""

    def make(
        self,
        X: object,
        y: object,
        *,
        n_jobs: int | None,
        pre_dispatch: int | str,
        progress: bool | None,
    ) -> None:
        """Make the fits that are not recorded yet.

        Parameters
        ----------
        X, y : rows and targets
        n_jobs, pre_dispatch
            As in scikit-learn.
        progress : bool, optional
            As for `Bar`.
        """
        groups, self.told = plan_groups(
            self.task.estimator, self.candidates, self.task.fit_params, share=self.share
        )
        log.info("%s", self.told)
        keys = self._keys()
        self._recall(keys)
        units = list(self._missing(make_units(groups, self.candidates, len(self.task.splits))))
        weights = epochs_of(self.task.estimator, self.candidates)
        costs = {u.number: max(weights[c] for c in u.group.candidates) for u in units}
        unit_name = " epochs" if max(weights) > 1 else " fits"
        made = run_units(units, self.task, X, y, n_jobs=n_jobs, pre_dispatch=pre_dispatch)
        # Close at once: if a fit cannot be recorded, workers would continue for a lost search.
        with Bar(sum(costs.values()), progress, unit_name) as bar, closing(made):
            for unit, fits in made:
                self.n_fits += 1
                self._gather(unit, self._record(unit, fits, keys))
                bar.add(costs[unit.number])

    def rows(self) -> list[dict[str, object]]:
        """Return all fits, candidate by candidate, in scikit-learn's format."""
        splits = range(len(self.task.splits))
        return [self.fits[c, s].as_row() for c in range(len(self.candidates)) for s in splits]

    def _gather(self, unit: Unit, fits: Sequence[Fit]) -> None:
        for candidate, fit in zip(unit.group.candidates, fits, strict=True):
            self._keep(candidate, unit.split, fit)

    def _keep(self, candidate: int, split: int, fit: Fit) -> None:
        self.fits[candidate, split] = fit
        self.folds.add(candidate, split, fit)

    # -- the journal -------------------------------------------------------

    def _keys(self) -> dict[tuple[int, int], str]:
        if self.journal is None:
            return {}
        keys = [params_key(params) for params in self.candidates]
        splits = range(len(self.task.splits))
        return {(c, s): f"{key} {s}" for c, key in enumerate(keys) for s in splits}

    def _recall(self, keys: Mapping[tuple[int, int], str]) -> None:
        if self.journal is None:
            return
        of_key: dict[str, list[tuple[int, int]]] = {}
        for place, key in keys.items():
            of_key.setdefault(key, []).append(place)
        for key, fit in self.journal.recall(of_key):
            for candidate, split in of_key[key]:
                self._keep(candidate, split, replace(fit))

    def _missing(self, units: Sequence[Unit]) -> Iterator[Unit]:
        for unit in units:
            wanted = {c for c in unit.group.candidates if (c, unit.split) not in self.fits}
            group = unit.group.only(wanted)
            if group is not None:
                params = self.candidates[group.candidates[-1]]
                yield replace(unit, group=group, params=params)

    def _record(
        self, unit: Unit, fits: list[Fit], keys: Mapping[tuple[int, int], str]
    ) -> list[Fit]:
        if self.journal is None:
            return fits
        places = [(candidate, unit.split) for candidate in unit.group.candidates]
        # Failed fits are not recorded, so a resumed search tries them again.
        good = [i for i, fit in enumerate(fits) if fit.fit_error is None and _is_finite(fit)]
        entries = [
            (keys[places[i]], self.candidates[places[i][0]], unit.split, fits[i]) for i in good
        ]
        recorded = dict(zip(good, self.journal.record(entries), strict=True))
        return [recorded.get(i, fit) for i, fit in enumerate(fits)]


def _is_finite(fit: Fit) -> bool:
    scores = [fit.test_scores, fit.train_scores]
    flat = [v for s in scores for v in (s.values() if isinstance(s, dict) else [s])]
    return bool(np.isfinite([float(v) for v in flat if v is not None]).all())
