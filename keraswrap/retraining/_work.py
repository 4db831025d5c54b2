"""The steps of one retraining. Each is an event; a step that is recorded is not done again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import _safe_indexing

from keraswrap._fingerprint import fingerprint
from keraswrap._versions import find_version
from keraswrap.retraining._decision import decide
from keraswrap.retraining._history import (
    ASKED,
    CHECKED,
    KEPT,
    REPLACED,
    TESTED,
    TRAINED,
    Attempt,
    count_tests,
    find_event,
)
from keraswrap.retraining._inputs import Inputs, Rows, join_rows
from keraswrap.retraining._models import new_estimator, outcomes
from keraswrap.retraining._paired_test import PairedTest, level_of, paired_test
from keraswrap.retraining._result import figures, numbers_wanted
from keraswrap.retraining._roll_back import move_alias
from keraswrap.retraining._row_parts import RowParts
from keraswrap.retraining._settings import RetrainingSettings
from keraswrap.retraining._wanted import Wanted
from keraswrap.tracking import Event, RegisteredModel, Registry, register

if TYPE_CHECKING:
    from keraswrap.drift import DriftReport

__all__ = ["Work", "attempt_of", "compare", "conclude", "identify", "next_level"]

_PACKAGES = ("keraswrap", "keras", "tensorflow", "scikit-learn", "numpy")


def identify(rows: Inputs, settings: RetrainingSettings, estimator: BaseEstimator | None) -> str:
    """Return a text that changes with rows, labels, settings and the estimator."""
    model = "" if estimator is None else fingerprint(estimator) or repr(estimator)
    told = json.dumps([rows.hash(), asdict(settings), model], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def attempt_of(inputs: str, champion: RegisteredModel) -> Attempt:
    """Return what this retraining of a model is known by."""
    told = f"{inputs} {champion.name} {champion.version} {champion.sha256}"
    return Attempt(hashlib.sha256(told.encode()).hexdigest()[:16], inputs, champion.version)


def next_level(events: Sequence[Event], attempt: Attempt, alpha: float) -> float:
    """Return the level of a test, lower the more the model in use has stood."""
    return level_of(alpha, 1 + count_tests(events, attempt.champion, attempt.key))


def compare(
    old: BaseEstimator, new: BaseEstimator, X: Rows, y: np.ndarray, level: float
) -> PairedTest:
    """Test whether a new model is right more often than an old one, on the same rows."""
    return paired_test(outcomes(old, X, y), outcomes(new, X, y), level)


@dataclass(frozen=True, eq=False)
class Work:
    """One retraining: its rows, its settings, the model in use, and where all is recorded."""

    registry: Registry
    attempt: Attempt
    champion: RegisteredModel
    model: BaseEstimator
    rows: Inputs
    settings: RetrainingSettings

    @property
    def name(self) -> str:
        """Name of the model."""
        return self.champion.name

    def level(self) -> float:
        """Return the level of the next test, lower the more the model in use has stood."""
        return next_level(self.registry.events(self.name), self.attempt, self.settings.alpha)

    def seen(self, kind: str) -> Mapping[str, object] | None:
        """Return the facts of a step that is done; None if it is not."""
        return find_event(self.registry.events(self.name), kind, self.attempt.key)

    def log(self, kind: str, facts: Mapping[str, object]) -> None:
        """Record a step, once."""
        if self.seen(kind) is None:
            self.registry.log_event(self.name, kind, {**self.attempt.facts(), **facts})

    def log_check(self, report: DriftReport | None, signs: Sequence[str]) -> None:
        """Record what the monitor found."""
        facts = {
            "signs": list(signs),
            "monitored": report is not None,
            "rows_new": len(self.rows.told),
            "champion_sha256": self.champion.sha256,
            "settings": asdict(self.settings),
            "versions": {name: find_version(name) for name in _PACKAGES},
        }
        self.log(CHECKED, facts)

    def log_wanted(self, wanted: Wanted, files: Sequence[str]) -> None:
        """Record which labels are asked for."""
        self.log(ASKED, {**numbers_wanted(wanted), "files": list(files)})

    def train(
        self, parts: RowParts, estimator: BaseEstimator | None
    ) -> tuple[RegisteredModel, BaseEstimator]:
        """Train on old and new rows and register the model, unless that is done already."""
        if (found := self._trained()) is not None:
            self._log_trained(found, parts)
            return found, self.registry.load(found.name, found.version)
        new = parts.pool[np.isin(parts.pool, self.rows.labeled)]
        new = np.sort(new)
        X = join_rows(self.rows.X, _safe_indexing(self.rows.X_new, new))
        y = np.concatenate([self.rows.y, np.array(self.rows.labels[new].tolist())])
        model = new_estimator(self.model, estimator, self.settings.random_state).fit(X, y)
        found = register(
            model,
            self.name,
            self.registry,
            tags={
                "retraining": self.attempt.key,
                "rows_old": str(len(self.rows.y)),
                "rows_new": str(len(new)),
            },
            description=f"Trained again after version {self.champion.version}.",
        )
        self._log_trained(found, parts)
        return found, model

    def _trained(self) -> RegisteredModel | None:
        known = self.seen(TRAINED)
        for one in self.registry.versions(self.name):
            if one.version == (known or {}).get("version"):
                return one
            if one.tags.get("retraining") == self.attempt.key:
                return one
        return None

    def _log_trained(self, found: RegisteredModel, parts: RowParts) -> None:
        facts = {
            "version": found.version,
            "sha256": found.sha256,
            "rows_old": len(self.rows.y),
            "rows_new": int(np.isin(parts.pool, self.rows.labeled).sum()),
            "seed": self.settings.random_state,
            "copies_of_old_rows": parts.known,
            "copies_of_test_rows": parts.near_test,
        }
        self.log(TRAINED, facts)

    def test(
        self, parts: RowParts, challenger: RegisteredModel, model: BaseEstimator
    ) -> tuple[PairedTest, PairedTest | None]:
        """Compare the models on new rows and on held-out old ones, and record what follows."""
        drawn = parts.test_rows(self.rows.told)
        rows = drawn[np.isin(drawn, self.rows.labeled)]
        level = self.level()
        X, y = _safe_indexing(self.rows.X_new, rows), np.array(self.rows.labels[rows].tolist())
        found = compare(self.model, model, X, y, level)
        old_rows = None
        if self.rows.held_out is not None:
            X, y = self.rows.held_out
            old_rows = compare(self.model, model, X, y, level)
        target = getattr(model, "target_error", None)
        replace, reason = decide(found, old_rows, self.settings, target)
        facts = {
            "challenger": challenger.version,
            "replace": replace,
            "reason": reason,
            "test": figures(found),
            "old_rows": figures(old_rows),
            "unclear": len(drawn) - len(rows),
            "test_rows": [parts.names[row] for row in rows],
        }
        self.log(TESTED, facts)
        return found, old_rows


def conclude(
    registry: Registry, name: str, alias: str, tested: Mapping[str, object]
) -> tuple[str, str]:
    """Do what a test decided, and record it. Killed between, it may be called again.

    Returns
    -------
    action : {"kept", "replaced"}
    reason : str
    """
    facts = {key: tested[key] for key in ("retraining", "inputs", "champion", "challenger")}
    reason = str(tested["reason"])
    now = registry.get(name, alias)
    if not tested["replace"]:
        registry.log_event(name, KEPT, {**facts, "reason": reason})
        return "kept", reason
    if now.version not in (tested["champion"], tested["challenger"]):
        reason = (
            f"Version {tested['challenger']} won against version {tested['champion']}, but "
            f"version {now.version} has come into use meanwhile, which it was not tested against."
        )
        registry.log_event(name, KEPT, {**facts, "reason": reason})
        return "kept", reason
    if now.version == tested["champion"]:
        move_alias(registry, alias, now, registry.get(name, int(str(tested["challenger"]))))
    registry.log_event(name, REPLACED, {**facts, "reason": reason})
    return "replaced", reason
