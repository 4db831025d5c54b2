"""What the job trains: the estimator, the search over its parameters, the cleaning."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pandas as pd
from sklearn.model_selection import GridSearchCV, StratifiedKFold

from keraswrap.demo import output
from keraswrap.demo.output import OutputFolder
from keraswrap.demo.settings import DemoSettings
from keraswrap.text import build_text_classifier
from keraswrap.wrappers import KerasWrapperModel


def make_estimator(
    settings: DemoSettings, encoder: str, n_classes: int, callback: Any = None
) -> KerasWrapperModel:
    """Wrap the build function as a scikit-learn classifier.

    Parameters
    ----------
    settings : DemoSettings
    encoder : str
        A directory that :func:`keraswrap.text.resolve_encoder` gave.
    n_classes : int
    callback : keras.callbacks.Callback, optional
        Sees every fit.

    Returns
    -------
    KerasWrapperModel
    """
    return KerasWrapperModel(
        model=build_text_classifier,
        model_kwargs={
            "encoder": encoder,
            "n_classes": n_classes,
            "trainable": settings.trainable,
        },
        compile_kwargs={
            "optimizer": "adam",
            "optimizer__learning_rate": settings.learning_rate,
            "metrics": ["accuracy"],
        },
        params={"callbacks": [callback] if callback else None},
        random_state=settings.seed,
    )


def tune(
    estimator: Any, settings: DemoSettings, X: np.ndarray, y: np.ndarray, folder: OutputFolder
) -> GridSearchCV:
    """Search the grid, and fit the best parameters on all rows."""
    grid = {"batch_size": list(settings.batch_sizes), "epochs": list(settings.epochs)}
    folds = StratifiedKFold(settings.folds, shuffle=True, random_state=settings.seed)
    scoring = FitLog(folder, list(grid), settings.folds)
    # error_score: what cannot be fitted once cannot be fitted twelve times.
    search = GridSearchCV(estimator, grid, scoring=scoring, cv=folds, error_score="raise")
    return search.fit(X, y)


class FitLog:
    """Score a fit of the grid by its accuracy, and write it down at once.

    A scoring callable is the one place that sees each fit as soon as it is
    done, so what a search has found survives its being broken off.

    Parameters
    ----------
    folder : OutputFolder
    names : list of str
        The parameters searched over.
    folds : int
        Folds that each candidate is fitted on.
    """

    def __init__(self, folder: OutputFolder, names: list[str], folds: int) -> None:
        self.folder, self.names, self.folds = folder, names, folds
        self.done = 0
        self.started = time.perf_counter()

    def __call__(self, estimator: Any, X: Any, y: Any) -> float:
        """Score an estimator on held-out rows."""
        accuracy = float(np.mean(estimator.predict(X) == y))
        params, now = estimator.get_params(), time.perf_counter()
        line = {name: params[name] for name in self.names}
        line |= {"fold": self.done % self.folds, "accuracy": accuracy}
        line |= {"seconds": round(now - self.started, 2), "seed": estimator.seed_}
        self.folder.append_csv(output.FITS, line)
        self.done, self.started = self.done + 1, now
        return accuracy


def clean(
    estimator: Any, settings: DemoSettings, X: np.ndarray, y: np.ndarray
) -> tuple[Any, pd.DataFrame]:
    """Find label issues by cross-validation of an unfitted estimator.

    Returns
    -------
    cleaner : cleanlab.classification.CleanLearning
        To be fitted with the issues found: without them it would search again.
    found : DataFrame of shape (n, 4)
        One row for each label.
    """
    from cleanlab.classification import CleanLearning

    with _numpy_random_kept():
        cleaner = CleanLearning(estimator, seed=settings.seed, cv_n_folds=settings.cleaning_folds)
        return cleaner, cleaner.find_label_issues(X, y)


@contextmanager
def _numpy_random_kept() -> Iterator[None]:
    # CleanLearning seeds numpy's global generator, which belongs to the caller.
    state = np.random.get_state()
    try:
        yield
    finally:
        np.random.set_state(state)


def count_examples(settings: DemoSettings, n: int, best_epochs: int) -> int:
    """Count the training examples of the whole job, each once an epoch.

    Parameters
    ----------
    settings : DemoSettings
    n : int
        Training rows.
    best_epochs : int
        Epochs of each fit after the search; its greatest while nobody knows.

    Returns
    -------
    int
        Those of the search, the refit, the search for issues and the last fit.

    Examples
    --------
    >>> count_examples(DemoSettings(epochs=(1, 2)), n=600, best_epochs=2)
    14400
    """
    search = sum(settings.epochs) * len(settings.batch_sizes) * (settings.folds - 1) * n
    return search + best_epochs * n * (1 + (settings.cleaning_folds - 1) + 1)
