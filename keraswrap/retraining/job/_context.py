"""What every step of a job may use: its settings, its state, and the registry."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from sklearn.base import BaseEstimator

from keraswrap._versions import find_version
from keraswrap.exceptions import InputError
from keraswrap.retraining._history import REPLACED, TESTED, find_event
from keraswrap.retraining._roll_back import find_alias
from keraswrap.retraining.job._models import make_estimator, with_abstention
from keraswrap.retraining.job._read import Job
from keraswrap.retraining.job._rows import Table, files_of, read_rows
from keraswrap.retraining.job._state import State, hash_file, hash_json
from keraswrap.tracking import RegisteredModel, Registry, open_registry

__all__ = ["Context", "Outcome", "Step"]

_PACKAGES = ("keraswrap", "keras", "tensorflow", "scikit-learn", "numpy", "pandas", "cleanlab")


@dataclass(frozen=True)
class Outcome:
    """What a step did.

    Parameters
    ----------
    facts : dict
        Values that JSON holds.
    files : list of Path
        What it wrote into the state folder.
    status : {"done", "nothing", "labels_needed"}
    """

    facts: Mapping[str, object]
    files: list[Path] = field(default_factory=list)
    status: str = "done"


@dataclass(frozen=True)
class Context:
    """A job at work.

    Parameters
    ----------
    job : Job
    state : State
    wait_ready : str, optional
        Address of a server that the step ``serve`` waits for.
    """

    job: Job
    state: State
    wait_ready: str | None = None

    @cached_property
    def registry(self) -> Registry:
        """The registry of the job."""
        return open_registry(self.job.registry)

    def champion(self) -> RegisteredModel | None:
        """Return the model in use; None if there is none."""
        return find_alias(self.registry, self.job.job.name, self.job.job.alias)

    def need_champion(self) -> RegisteredModel:
        """Return the model in use.

        Raises
        ------
        InputError
            If there is none.
        """
        found = self.champion()
        if found is None:
            raise InputError(
                f"Expected a model {self.job.job.name}@{self.job.job.alias} in the registry, got "
                "none. Run the step register first."
            )
        return found

    def rows(self, name: str) -> Table:
        """Return rows that an earlier step wrote."""
        return read_rows(self.state.folder / name, self.job.data)

    def facts(self, step: str) -> Mapping[str, object]:
        """Return the facts of an earlier step."""
        record = self.state.read(step)
        return {} if record is None else record.facts

    def new_files(self) -> list[Path]:
        """Return the tables of new rows that are there."""
        given = self.job.data.new
        return files_of(self.job.path(given)) if given else []

    def answer_files(self) -> list[Path]:
        """Return the files of people's labels that are there."""
        paths = [self.job.path(one) for one in self.job.data.answers]
        return [path for path in paths if path.is_file()]

    def estimator(self) -> BaseEstimator:
        """Return the unfitted estimator that the search chose."""
        job = self.job
        told = self.facts("search").get("params", {})
        assert isinstance(told, Mapping)
        made = make_estimator(job.model, job.job.seed, job.folder, told)
        return with_abstention(made, job.abstain)

    def lineage(self, version: int) -> list[Mapping[str, object]]:
        """Return what put a model into use, and the ones before it: the latest first."""
        events = self.registry.events(self.job.job.name)
        by_challenger = {e.facts.get("challenger"): e.facts for e in events if e.kind == REPLACED}
        found: list[Mapping[str, object]] = []
        now: object = version
        while (facts := by_challenger.pop(now, None)) is not None:
            found.append(facts)
            now = facts.get("champion")
        return found

    def labeled_file(self, inputs: object) -> Path:
        """Return where the labeled new rows of a retraining are kept."""
        return self.state.folder / "retrain" / f"labeled-{inputs}.jsonl"

    def test_names(self, facts: Mapping[str, object]) -> list[str]:
        """Return the names of the rows that a retraining tested on."""
        events = self.registry.events(self.job.job.name)
        tested = find_event(events, TESTED, facts.get("retraining")) or {}
        names = tested.get("test_rows", [])
        return [str(one) for one in names] if isinstance(names, list) else []


@dataclass(frozen=True)
class Step:
    """A step of a job.

    Parameters
    ----------
    name : str
    run : callable
    needs : tuple of str
        Steps that must be done before.
    reads : tuple of str
        Their files that it depends on, or how their paths begin.
    sections : tuple of str
        Sections of the job file that it depends on.
    inputs : callable, optional
        Returns what else it depends on, as values that JSON holds.
    intact : callable, optional
        Returns whether what the step did outside of the state folder is still there.
    """

    name: str
    run: Callable[[Context], Outcome]
    needs: tuple[str, ...]
    reads: tuple[str, ...]
    sections: tuple[str, ...]
    inputs: Callable[[Context], object] | None = None
    intact: Callable[[Context], bool] | None = None

    def fingerprint(self, context: Context) -> str:
        """Return the sha256 of all that the step depends on."""
        job = context.job
        settings = {name: asdict(getattr(job, name)) for name in self.sections}
        records = {name: context.state.read(name) for name in self.needs}
        files = {k: v for r in records.values() if r is not None for k, v in r.files.items()}
        before = {name: told for name, told in files.items() if name.startswith(self.reads)}
        return hash_json(
            {
                "step": self.name,
                "settings": settings,
                "name": [job.job.name, job.job.alias, job.job.seed, job.registry],
                "before": before,
                "inputs": None if self.inputs is None else self.inputs(context),
                "versions": {name: find_version(name) for name in _PACKAGES},
            }
        )


def hashes(paths: list[Path]) -> dict[str, str | None]:
    """Return the sha256 of files by their names."""
    return {path.name: hash_file(path) for path in paths}


def shares(labels: np.ndarray) -> dict[str, int]:
    """Return how many rows are of each class."""
    names, counts = np.unique(labels, return_counts=True)
    return {str(name): int(count) for name, count in zip(names, counts, strict=True)}


def read_json(path: Path) -> dict[str, object]:
    """Return what a JSON file holds."""
    return dict(json.loads(path.read_text(encoding="utf-8")))
