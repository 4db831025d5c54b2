"""Train a model again where new rows call for it, and replace it where that is shown to help."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator

from keraswrap._settings import change_settings
from keraswrap.exceptions import ParameterError
from keraswrap.retraining._history import KEPT, REPLACED, TESTED, decision_on, unfinished
from keraswrap.retraining._inputs import Inputs, read_inputs
from keraswrap.retraining._models import check_classifier, new_estimator, sureness
from keraswrap.retraining._questions import write_questions
from keraswrap.retraining._result import Retraining
from keraswrap.retraining._row_parts import RowParts, split_rows
from keraswrap.retraining._settings import RetrainingSettings
from keraswrap.retraining._signs import signs_of
from keraswrap.retraining._wanted import Wanted, too_few, wanted_rows
from keraswrap.retraining._work import Work, attempt_of, conclude, identify
from keraswrap.tracking import Registry, open_registry

if TYPE_CHECKING:
    from keraswrap.drift import DriftMonitor

__all__ = ["retrain_if"]


def retrain_if(
    name: str,
    to: str | os.PathLike[str] | Registry,
    X: object,
    y: ArrayLike,
    X_new: object,
    y_new: object = None,
    *,
    monitor: DriftMonitor | None = None,
    estimator: BaseEstimator | None = None,
    held_out: tuple[object, object] | None = None,
    unclear: ArrayLike | None = None,
    ask_to: str | os.PathLike[str] | None = None,
    settings: RetrainingSettings | None = None,
    **changes: object,
) -> Retraining:
    """Train a registered model again if new rows call for it, and use it if that is shown to help.

    Without a sign of drift, the model is kept. With one, people's labels are asked for first;
    once they are there, a new model is trained on old and new rows, and replaces the old one
    only if it wins an exact paired test on new rows that were drawn at random. Each step is an
    event in the registry: a call that is interrupted goes on where it was, and one that has
    been decided is not decided again.

    Parameters
    ----------
    name : str
        Of the model in the registry.
    to : str, path-like or Registry
        As for `keraswrap.tracking.open_registry`.
    X : list, array, Series or DataFrame of shape (n,) or (n, d)
        The rows that the model was trained on.
    y : array-like of shape (n,)
        Their labels.
    X_new : like X, of shape (m,) or (m, d)
        New rows.
    y_new : array-like of shape (m,), optional
        Their labels, None or NaN where there is none.
    monitor : DriftMonitor, optional
        Fitted for the model in use. Needed unless ``when="always"``.
    estimator : classifier, optional
        To be cloned and trained; by default like the model in use. Needed where its file has
        no build function.
    held_out : tuple of (X, y), optional
        Old rows that are not in X, to see whether accuracy on them falls.
    unclear : array-like of shape (m,), bool, optional
        New rows that people looked at and could give no label.
    ask_to : path, optional
        Folder to write the rows to label into.
    settings : RetrainingSettings, optional
    **changes : object
        Single settings by name, such as ``alpha=0.01``; they take precedence over those of
        `settings`.

    Returns
    -------
    Retraining
        Its action is "kept", "labels_needed" or "replaced".

    Raises
    ------
    InputError, InputTypeError
        If rows or labels cannot be used, or the model is unknown or no classifier.
    ParameterError
        If a setting is unknown or out of range, or the monitor or the estimator is missing.
    SavedFileError, StorageError
        If the registry cannot be read or written.

    See Also
    --------
    roll_back : Put the previous model back into use.

    Notes
    -----
    A row may be tested on or trained on, never both: a hash of its content and of
    `random_state` decides, so that it stays there in every call, and those tested on are a
    random sample of the new rows. They count only up to the first one that nobody has looked
    at, as leaving out hard rows would bias the test. New rows that are (near) copies of old
    ones are in neither part, nor are those to train on that are copies of those to test on.

    The test is McNemar's exact one, one-sided; with classifiers that may abstain, a right
    answer is better than none, which is better than a wrong one, and the new model must not
    break its promise on the test rows. Test number t of a model in use has the level
    ``alpha / (t · (t + 1))``: over all tests together, on the same rows or on others, a model
    that is no better replaces it with a probability of at most alpha.

    Two calls for one model at the same time may both train; whoever is later finds that
    another model has come into use and keeps that.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np, keras
    >>> from keraswrap import KerasWrapperSequential
    >>> from keraswrap.retraining import retrain_if
    >>> from keraswrap.tracking import register
    >>> layers = [keras.layers.Dense(2, activation="softmax")]
    >>> net = KerasWrapperSequential(layers, random_state=0)
    >>> X = np.random.default_rng(0).normal(size=(400, 2))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     to = f"{folder}/registry.sqlite"
    ...     old, new = X[:100], X[100:]
    ...     made = register(net.fit(old, old[:, 0] > 0), "signs", to, alias="champion")
    ...     asked = retrain_if("signs", to, old, old[:, 0] > 0, new, when="always", estimator=net)
    >>> asked.action, len(asked.wanted) == len(set(asked.wanted.names))
    ('labels_needed', True)
    """
    changed = change_settings(settings, changes, RetrainingSettings, "retrain_if")
    rows = read_inputs(X, y, X_new, y_new, unclear, held_out)
    if monitor is None and changed.when == "drift":
        raise ParameterError(
            "Expected a fitted DriftMonitor as monitor, got None. Pass one, or when='always'."
        )
    registry = open_registry(to) if isinstance(to, str | os.PathLike) else to
    finish(registry, name, changed.alias)
    champion = registry.get(name, changed.alias)
    inputs = identify(rows, changed, estimator)
    known = decision_on(registry.events(name), inputs, champion.version)
    if known is not None:
        return _again(name, *known, champion.version)
    model = registry.load(name, champion.version)
    check_classifier(model, name)
    new_estimator(model, estimator, changed.random_state)  # fails before any work
    work = Work(registry, attempt_of(inputs, champion), champion, model, rows, changed)
    return _go(work, monitor, estimator, ask_to)


def finish(registry: Registry, name: str, alias: str) -> None:
    """Do what the last test decided, if a process was killed before it did."""
    left = unfinished(registry.events(name))
    if left is not None:
        conclude(registry, name, alias, left)


def _again(name: str, kind: str, facts: Mapping[str, object], champion: int) -> Retraining:
    back = kind == REPLACED and champion != facts["challenger"]
    note = " The model was put back into use since." if back else ""
    return Retraining(
        name,
        "kept" if back or kind == KEPT else "replaced",
        f"Decided before, on the same rows and labels.{note} {facts['reason']}",
        champion=int(str(facts["champion"])),
        challenger=int(str(facts["challenger"])),
        facts=dict(facts),
    )


def _go(
    work: Work,
    monitor: DriftMonitor | None,
    estimator: BaseEstimator | None,
    ask_to: str | os.PathLike[str] | None,
) -> Retraining:
    rows, settings = work.rows, work.settings
    parts = split_rows(rows.X_new, rows.X, settings.test_share, settings.random_state)
    report = None if monitor is None else monitor.check(rows.X_new, _random_labels(rows, parts))
    signs = [] if report is None else signs_of(report)
    work.log_check(report, signs)
    so_far = Retraining(
        work.name, "kept", "", work.champion.version, drift=report, facts=work.attempt.facts()
    )
    if not signs and settings.when == "drift":
        return _kept(work, so_far, "The new rows give no sign of drift.")
    why = " ".join(signs) if signs else "There is no sign of drift, but training was asked for."
    if few := too_few(parts, work.level()):
        return _kept(work, so_far, f"{why} {few}")
    wanted = _wanted(work, parts)
    if wanted is not None:
        files = _ask(work, wanted, ask_to)
        reason = f"{why} {wanted.describe()}"
        return replace(so_far, action="labels_needed", reason=reason, wanted=wanted, files=files)
    if not np.isin(parts.pool, rows.labeled).any():
        return _kept(work, so_far, f"{why} None of the new rows to train on has a label.")
    return _train_and_test(work, parts, estimator, so_far)


def _random_labels(rows: Inputs, parts: RowParts) -> np.ndarray | None:
    """Return the labels of rows drawn at random: others would bias the accuracy."""
    drawn = np.full(len(rows.labels), None, dtype=object)
    random = parts.test_rows(rows.told)
    drawn[random] = rows.labels[random]
    return drawn if len(np.intersect1d(random, rows.labeled)) else None


def _kept(work: Work, so_far: Retraining, reason: str) -> Retraining:
    work.log(KEPT, {"challenger": None, "reason": reason})
    return replace(so_far, reason=reason)


def _wanted(work: Work, parts: RowParts) -> Wanted | None:
    rows, settings = work.rows, work.settings
    sure = sureness(work.model, rows.X_new) if settings.ask_by == "unsure" else None
    return wanted_rows(parts, rows.told, sure, work.level(), settings)


def _ask(work: Work, wanted: Wanted, ask_to: str | os.PathLike[str] | None) -> tuple[str, ...]:
    files: tuple[str, ...] = ()
    if ask_to is not None:
        made = write_questions(wanted, work.rows.X_new, work.model.classes_, ask_to)
        files = tuple(str(path) for path in made)
    work.log_wanted(wanted, files)
    return files


def _train_and_test(
    work: Work, parts: RowParts, estimator: BaseEstimator | None, so_far: Retraining
) -> Retraining:
    challenger, model = work.train(parts, estimator)
    so_far = replace(so_far, challenger=challenger.version)
    if challenger.sha256 == work.champion.sha256:
        return _kept(work, so_far, "Training gave the very model that is in use.")
    test, old_rows = work.test(parts, challenger, model)
    tested = work.seen(TESTED) or {}
    action, reason = conclude(work.registry, work.name, work.settings.alias, tested)
    return replace(so_far, action=action, reason=reason, test=test, old_rows=old_rows)
