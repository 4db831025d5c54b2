"""Build what the job trains: the estimator, the search over its parameters, the cleaning."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.model_selection import StratifiedKFold

from keraswrap.demo import _folder
from keraswrap.demo._folder import OutputFolder
from keraswrap.demo._settings import DemoSettings
from keraswrap.exceptions import JournalError
from keraswrap.model_selection import GridSearchCV
from keraswrap.text import build_text_classifier
from keraswrap.wrappers import KerasWrapperModel


def make_estimator(
    settings: DemoSettings, encoder: str, n_classes: int, callback: object = None
) -> KerasWrapperModel:
    """Wrap the build function as a scikit-learn classifier.

    Parameters
    ----------
    encoder : str
        A directory returned by :func:`keraswrap.text.resolve_encoder`.
    callback : keras.callbacks.Callback, optional
        Passed to every fit.
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
    estimator: BaseEstimator,
    settings: DemoSettings,
    X: np.ndarray,
    y: np.ndarray,
    folder: OutputFolder,
) -> GridSearchCV:
    """Search the grid, and fit the best parameters on all rows.

    An interrupted search resumes from its journal; a journal of another search is
    deleted.
    """
    grid = {"batch_size": list(settings.batch_sizes), "epochs": list(settings.epochs)}
    folds = StratifiedKFold(settings.folds, shuffle=True, random_state=settings.seed)
    journal = folder.file(_folder.JOURNAL)
    # error_score: if one fit fails, all of them would.
    search = GridSearchCV(
        estimator, grid, cv=folds, error_score="raise", journal=journal, progress=False
    )
    try:
        return search.fit(X, y)
    except JournalError:
        journal.unlink()
        return search.fit(X, y)


def tabulate_fits(search: GridSearchCV, settings: DemoSettings) -> pd.DataFrame:
    """List every fit of a search.

    Returns
    -------
    DataFrame
        The parameters, fold, accuracy, seconds of training up to there, and seed.
    """
    results, rows = search.cv_results_, []
    for k, params in enumerate(results["params"]):
        for fold in range(settings.folds):
            line = {**params, "fold": fold, "accuracy": results[f"split{fold}_test_score"][k]}
            seconds = round(float(results["mean_fit_time"][k]), 2)
            rows.append({**line, "mean_seconds": seconds, "seed": settings.seed})
    return pd.DataFrame(rows)


def count_search(settings: DemoSettings, n: int) -> int:
    """Count the training examples of the search, each once an epoch.

    Parameters
    ----------
    n : int
        Training rows.

    Examples
    --------
    >>> count_search(DemoSettings(epochs=(1, 2)), n=600)
    4800
    """
    return max(settings.epochs) * len(settings.batch_sizes) * (settings.folds - 1) * n
