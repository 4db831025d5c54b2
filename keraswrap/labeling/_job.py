"""All that a table of labels is computed from, kept so that labels by people can be added."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace

import numpy as np
import pandas as pd
from scipy.stats import ks_2samp

from keraswrap._versions import find_version
from keraswrap._wording import counted
from keraswrap.exceptions import warn_user
from keraswrap.labeling._alt_test import why_not
from keraswrap.labeling._annotators import TRAINED, Annotator
from keraswrap.labeling._asking import Answers, Round, train
from keraswrap.labeling._families import find_families, shared_errors
from keraswrap.labeling._judge import BUDGET, FAILED, Said, Verdict, assign_folds, judge, weigh
from keraswrap.labeling._measures import accuracy_of, measure_annotators
from keraswrap.labeling._people import People
from keraswrap.labeling._rows import Texts
from keraswrap.labeling._settings import LabelingSettings
from keraswrap.labeling._table import LabelTable

__all__ = ["Job"]

# A sample that differs this much from the rest is not a random one.
_RARE = 1e-5


@dataclass(frozen=True, eq=False)
class Job:
    """What is labeled, by whom, and how.

    Parameters
    ----------
    rows : Texts
    classes : ndarray of shape (k,)
    annotators : list of Annotator
    people : People
    answers : Answers
        Of all annotators but those that are fitted on people's labels.
    asked : (float, float)
        Target error and confidence.
    settings : LabelingSettings
    max_cost : float or None
    """

    rows: Texts
    classes: np.ndarray
    annotators: list[Annotator]
    people: People
    answers: Answers
    asked: tuple[float, float]
    settings: LabelingSettings
    max_cost: float | None

    def finish(self) -> LabelTable:
        """Fit classifiers on people's labels, weight the annotators, and accept labels."""
        started = time.perf_counter()
        said, answers = self._listen()
        verdict = judge(said, weigh(said), self.asked, self.settings.promise)
        codes = _likeliest(answers.proba)
        frame = self._describe(codes, answers, said, verdict)
        notes = tuple(self._notes(answers, said, frame, verdict))
        table = LabelTable(
            row_ids=self.rows.row_ids,
            texts=self.rows.texts,
            classes=self.classes,
            codes=verdict.codes,
            class_proba=verdict.class_proba,
            source=verdict.source,
            why=verdict.why,
            answers=self._answer_frame(codes),
            people=self.people.labels.set_index(pd.Index(self.rows.row_ids, name="row_id")),
            audit=self.people.audit,
            cost=answers.cost.sum(axis=1) + self.people_cost(),
            annotators=frame,
            acceptance=verdict.acceptance,
            notes=notes,
            provenance=self._provenance(time.perf_counter() - started),
            _job=self,
        )
        for array in (table.codes, table.class_proba, table.source, table.why, table.cost):
            array.flags.writeable = False
        return table

    def accuracy_of(self, class_proba: np.ndarray) -> tuple[float, float, float]:
        """Return the accuracy of the likeliest classes on the audit rows, and its interval."""
        return accuracy_of(_likeliest(class_proba), self._audit_truth(), self.asked[1])

    def _audit_truth(self) -> np.ndarray:
        return np.where(self.people.audit, self.people.truth(self.classes), -1)

    def people_cost(self) -> np.ndarray:
        """Return what people's labels of each row cost, of shape (n,)."""
        price = (self.settings.prices or {}).get("people", 0.0)
        return price * self.people.labels.notna().to_numpy(dtype=bool).sum(axis=1)

    def _listen(self) -> tuple[Said, Answers]:
        """Fit classifiers on people's labels, and gather what is known of each row."""
        given = self.answers
        answers = replace(
            given,
            proba=given.proba.copy(),
            asked=given.asked.copy(),
            cost=given.cost.copy(),
            problems=dict(given.problems),
        )
        truth = self.people.truth(self.classes)
        folds = assign_folds(truth, self.rows.texts, self.settings.cv, self.settings.random_state)
        what = Round(self.rows, self.classes, self.settings.prices or {}, self.max_cost, answers)
        for number, who in enumerate(self.annotators):
            if who.kind == TRAINED:
                train(what, number, who, truth, folds)
        missing = BUDGET if answers.over_budget else FAILED
        told = (self.people.audit, self.rows.there, folds, missing)
        used, families = self._used(answers), self._families(answers, truth)
        return Said(answers.proba, answers.asked, used, families, truth, *told), answers

    def _used(self, answers: Answers) -> np.ndarray:
        """Return whose answers count: those who answer and did not fail, or else all who answer."""
        speaks = ~np.isnan(answers.proba).any(axis=2).all(axis=0)
        failed = np.array([who.name in answers.problems for who in self.annotators])
        return speaks & ~failed if (speaks & ~failed).any() else speaks

    def _families(self, answers: Answers, truth: np.ndarray) -> np.ndarray:
        given = self.settings.families
        if given is not None:
            known = [given.get(who.name, ("alone", who.name)) for who in self.annotators]
            return find_families(known, None)
        judged = self.people.audit & (truth >= 0)
        shares = shared_errors(_likeliest(answers.proba)[judged], truth[judged])
        return find_families([who.model for who in self.annotators], shares)

    def _answer_frame(self, codes: np.ndarray) -> pd.DataFrame:
        labels = np.array([*self.classes.tolist(), None], dtype=object)[codes]
        names = [who.name for who in self.annotators]
        index = pd.Index(self.rows.row_ids, name="row_id")
        return pd.DataFrame(labels, index=index, columns=names, dtype=object)

    def _describe(
        self, codes: np.ndarray, answers: Answers, said: Said, verdict: Verdict
    ) -> pd.DataFrame:
        told = self._audit_truth(), self.people.codes(self.classes)[self.people.audit]
        measured = measure_annotators(codes, answers, told, self.asked[1], self.people.audit)
        measured.insert(0, "kind", [who.kind for who in self.annotators])
        measured.insert(1, "family", said.families)
        measured.insert(2, "weight", verdict.weights)
        return measured.set_axis(
            pd.Index([who.name for who in self.annotators], name="annotator"), axis=0
        )

    def _notes(
        self, answers: Answers, said: Said, frame: pd.DataFrame, verdict: Verdict
    ) -> Iterator[str]:
        if verdict.acceptance.reason:
            yield verdict.acceptance.reason
        for name, problem in answers.problems.items():
            yield f"Annotator {name!r} failed: {problem:.300}"
        for name, n in answers.outside.items():
            yield f"Annotator {name!r} gave {counted(n, 'label')} outside the classes."
        if answers.over_budget:
            n = int((said.there & ~said.complete).sum())
            left = counted(n, "row")
            yield f"max_cost={self.max_cost:g} was reached before all were asked about {left}."
        silent = frame.index[frame["n_answers"] == 0].tolist()
        if silent:
            yield f"Annotators without an answer: {silent}."
        idle = self.people.labels.columns[self.people.labels.isna().all()].tolist()
        if idle:
            yield f"People without a label: {idle}."
        untested = why_not(self.people.codes(self.classes)[self.people.audit])
        if untested:
            yield untested
        yield from self._oddities(answers)

    def _oddities(self, answers: Answers) -> Iterator[str]:
        """Yield, and warn of, signs that the audit is no random sample or was trained on."""
        audit, rest = self.people.audit, self.rows.there & ~self.people.audit
        for number, who in enumerate(self.annotators):
            top = answers.proba[:, number].max(axis=1)
            one, other = (top[part & ~np.isnan(top)] for part in (audit, rest))
            if who.kind == TRAINED or min(len(one), len(other)) < 2:
                continue
            if ks_2samp(one, other).pvalue < _RARE / len(self.annotators):
                told = (
                    f"Annotator {who.name!r} has another confidence on the audit rows than on the "
                    "others: they are no random sample of the rows, or it was fitted on them. "
                    "Either way, the promise does not hold."
                )
                warn_user(told)
                yield told

    def _provenance(self, seconds: float) -> dict[str, object]:
        settings = asdict(replace(self.settings, classes=None))
        settings |= {"classes": self.classes.tolist(), "max_cost": self.max_cost}
        settings |= dict(zip(("target_error", "confidence"), self.asked, strict=True))
        names = ("keraswrap", "scikit-learn", "numpy", "scipy", "pandas")
        return {
            "seed": self.settings.random_state,
            "versions": {name: find_version(name) for name in names},
            "settings": settings,
            "seconds": round(seconds, 3),
        }


def _likeliest(proba: np.ndarray) -> np.ndarray:
    """Return the likeliest class along the last axis; -1 where there is no answer."""
    there = ~np.isnan(proba).any(axis=-1)
    return np.where(there, np.nan_to_num(proba).argmax(axis=-1), -1)
