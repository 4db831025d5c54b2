"""Cross-validate several views of the same rows, and weigh them together."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.base import clone
from sklearn.utils.validation import has_fit_parameter

from keraswrap.exceptions import ParameterError
from keraswrap.issues import _probabilities as checking
from keraswrap.issues._chunks import of_labels
from keraswrap.issues.labels._copies import count_copies
from keraswrap.issues.labels._folds import Splits, split_rows
from keraswrap.issues.labels._out_of_sample import Evidence, fold_seeds
from keraswrap.issues.labels._settings import LabelIssueSettings
from keraswrap.issues.labels._views._duration import estimate_seconds, say_seconds
from keraswrap.issues.labels._views._pairs import (
    FEWEST,
    assemble_pairs,
    number_folds,
    pair_splits,
)
from keraswrap.issues.labels._views._resolve import Rows, resolve_views
from keraswrap.issues.labels._views._stack import Stacked, stack
from keraswrap.issues.labels._views._view import View
from keraswrap.model_selection._cross_val_predict import hold_out
from keraswrap.model_selection._run_plan import trained_step
from keraswrap.model_selection._run_settings import RunSettings
from keraswrap.model_selection._splits import find_splits

__all__ = ["Passed", "from_views"]

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Passed:
    """What is known of each row besides its features.

    Parameters
    ----------
    labels : ndarray of shape (n,)
    groups : array-like of shape (n,), optional
    copies : ndarray of shape (n,), int, optional
        As returned by `find_copies`, to be kept together.
    sample_weight : array-like of shape (n,), optional
        For the views whose estimator takes it.
    params : mapping
        Further parameters of fit for the passed estimator.
    """

    labels: np.ndarray
    groups: ArrayLike | None
    copies: np.ndarray | None
    sample_weight: object
    params: Mapping[str, object]


def from_views(given: object, X: object, passed: Passed, settings: LabelIssueSettings) -> Evidence:
    """Cross-validate every view, and weigh them together.

    Parameters
    ----------
    given : classifier, probabilities or None
        One more view.
    X : rows
    passed : Passed
    settings : LabelIssueSettings

    Raises
    ------
    InputError
        If a class has too few examples, or a view cannot read the rows.
    ParameterError
        If there are fewer than three folds.
    """
    labels, classes = passed.labels, np.unique(passed.labels)
    splits = _splits(X, passed, settings)
    rows = Rows(X)
    views = resolve_views(settings.views or (), given, rows, labels, settings.random_state)
    work = _Work(rows, passed, classes, settings, given)
    expected = len(splits) * estimate_seconds(views, rows, labels, len(splits[0]))
    if expected:
        # A warning, since logging shows those by default, and this may take minutes.
        log.warning("Views of %d rows: %s with one worker.", len(labels), say_seconds(expected))
    stacks, fits = [], 0
    for part in splits:
        folds = number_folds(part, len(labels))
        said = [work.predict(view, part, folds) for view in views]
        fits += sum(n for _, n in said)
        stacks.append(stack(np.searchsorted(classes, labels), [p for p, _ in said], folds))
    told: dict[str, object] = {
        **{"source": "views", "out_of_sample": True, "folds": len(splits[0]), "fits": fits},
        **{"model": ", ".join(view.name for view in views), "repeats": len(splits)},
        "seed": settings.random_state,
    }
    if passed.copies is not None:
        told["copies"] = count_copies(passed.copies, [split for part in splits for split in part])
    repeats = [found.proba for found in stacks]
    table, scores = _describe(views, stacks, np.searchsorted(classes, labels))
    told["views"] = {str(name): round(float(w), 4) for name, w in table["weight"].items()}
    return Evidence(
        labels,
        classes,
        np.mean(repeats, axis=0),
        repeats if len(repeats) > 1 else (),
        (),
        told,
        table,
        scores,
    )


def _splits(X: object, passed: Passed, settings: LabelIssueSettings) -> list[Splits]:
    """Return the folds of each repetition."""
    labels, n = passed.labels, len(passed.labels)
    if not settings.takes_folds:
        told = {} if passed.groups is None else {"groups": passed.groups}
        cv = settings.cv
        found = find_splits(cv, X, labels, told, fixed=False) if hasattr(cv, "split") else list(cv)  # type: ignore[call-overload]
        rows = np.arange(n)
        return [[(rows[np.asarray(train)], rows[np.asarray(test)]) for train, test in found]]
    folds = int(settings.cv)  # type: ignore[call-overload]
    if folds < FEWEST:
        raise ParameterError(
            f"Expected cv of at least {FEWEST} folds with views, got {folds}: each fit leaves out "
            "two of them."
        )
    checking.check_folds(labels, folds)
    return [
        split_rows(labels, folds, seed, passed.groups, passed.copies)
        for seed in fold_seeds(settings)
    ]


@dataclass
class _Work:
    """What all fits have in common."""

    rows: Rows
    passed: Passed
    classes: np.ndarray
    settings: LabelIssueSettings
    given: object

    def predict(self, view: View, splits: Splits, folds: np.ndarray) -> tuple[np.ndarray, int]:
        """Return the probabilities of a view that each fold may use, and the number of fits."""
        shape = (len(splits), len(folds), len(self.classes))
        if view.proba is not None:
            return np.broadcast_to(self._at_hand(view.proba), shape), 0
        if not view.trained:
            return np.broadcast_to(self._ask(view), shape), 1
        log.info("view %r: %d fits", view.name, len(splits) * (len(splits) - 1) // 2)
        held = hold_out(
            view.estimator,
            self.rows.read(view),
            self.passed.labels,
            self._params(view),
            groups=None,
            cv=pair_splits(splits),
            settings=RunSettings(
                self.settings.n_jobs,
                journal_of(self.settings.journal, view.name),
                self.settings.progress,
            ),
        )
        fits = [held.fits[0, number] for number in range(len(held.splits))]
        return assemble_pairs(fits, held.splits, folds, self.classes), held.n_fits

    def _at_hand(self, proba: object) -> np.ndarray:
        checked = checking.check_proba(proba)
        checking.check_given(self.passed.labels, checked, self.classes)
        return checked

    def _ask(self, view: View) -> np.ndarray:
        """Predict each row once; classes that the estimator does not know get 0."""
        rows = self.rows.read(view)
        asked = clone(view.estimator).fit(rows, self.passed.labels)
        proba = np.zeros((len(self.passed.labels), len(self.classes)))
        proba[:, np.searchsorted(self.classes, asked.classes_)] = asked.predict_proba(rows)
        # A server may have refused a row; the view is then neutral about it.
        return np.where(np.isfinite(proba), proba, 1 / len(self.classes))

    def _params(self, view: View) -> dict[str, object]:
        params = dict(self.passed.params) if view.estimator is self.given else {}
        prefix, last = trained_step(view.estimator)
        if self.passed.sample_weight is not None and has_fit_parameter(last, "sample_weight"):
            params[f"{prefix}sample_weight"] = self.passed.sample_weight
        return params


def journal_of(journal: str | os.PathLike[str] | None, name: str) -> str | os.PathLike[str] | None:
    """Return the path of a view's journal: one file per view, next to the one passed.

    Examples
    --------
    >>> journal_of("fits.journal", "fine-tuned"), journal_of(None, "words")
    ('fits.fine-tuned.journal', None)
    """
    if journal is None:
        return None
    path = Path(journal)
    return str(path.with_name(f"{path.stem}.{re.sub(r'[^-#0-9A-Za-z]+', '_', name)}{path.suffix}"))


def _describe(
    views: Sequence[View], stacks: Sequence[Stacked], codes: np.ndarray
) -> tuple[pd.DataFrame, dict[str, np.ndarray]]:
    """Return a table of the views, and how sure each is of the labels."""
    own = {
        view.name: np.mean([of_labels(codes, found.views[i]) for found in stacks], axis=0)
        for i, view in enumerate(views)
    }
    agreed = [
        np.mean([(found.views[i].argmax(axis=1) == codes).mean() for found in stacks])
        for i in range(len(views))
    ]
    table = pd.DataFrame(
        {
            "weight": np.mean([found.weights for found in stacks], axis=0),
            "log_loss": [float(-np.log(np.maximum(p, 1e-300)).mean()) for p in own.values()],
            "agreement": agreed,
        },
        index=pd.Index(list(own), name="view"),
    )
    return table, {f"view {name}": p for name, p in own.items()}
