"""How MLflow loads and asks a registered model: labels and probabilities, without a pickle.

The name of this module is recorded with every model in MLflow, so it stays. It needs no
MLflow itself.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from keraswrap.model_files import load_estimator

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator

__all__ = ["Predictor"]


class Predictor:
    """A model as MLflow's pyfunc wants it.

    Parameters
    ----------
    estimator : estimator
        Fitted.

    Examples
    --------
    >>> from sklearn.dummy import DummyClassifier
    >>> fitted = DummyClassifier().fit([[0.0]] * 4, ["no", "yes", "no", "no"])
    >>> Predictor(fitted).predict(pd.DataFrame({"a": [1.0]})).to_dict("records")
    [{'label': 'no', 'no': 0.75, 'yes': 0.25}]
    """

    def __init__(self, estimator: BaseEstimator) -> None:
        self.estimator = estimator

    def predict(self, data: object, params: Mapping[str, object] | None = None) -> pd.DataFrame:
        """Predict rows.

        Parameters
        ----------
        data : DataFrame, ndarray, list, or dict of lists
            Of a classifier of texts, one column of texts.
        params : dict, optional
            Ignored: MLflow passes it.

        Returns
        -------
        DataFrame
            Of a classifier, ``label``, which is None where a `SelectiveClassifier`
            abstains, and a column for each class with its probability, named as the class
            (a class called ``label`` is ``probability of label``). Of several outputs,
            such as those of a regression, ``prediction_0`` and so on; of one,
            ``prediction``.
        """
        rows = _rows(data, named=hasattr(self.estimator, "feature_names_in_"))
        found = self.estimator.predict(rows)
        classes = getattr(self.estimator, "classes_", None)
        if isinstance(found, Mapping):  # several heads
            return pd.DataFrame({str(name): list(np.asarray(v)) for name, v in found.items()})
        if not isinstance(classes, np.ndarray) or not hasattr(self.estimator, "predict_proba"):
            return _predictions(np.asarray(found))
        proba = np.asarray(self.estimator.predict_proba(rows))
        if np.ndim(found) != 1 or proba.shape != (len(found), len(classes)):
            return _predictions(np.asarray(found))
        names = [_column(label) for label in classes]
        table = pd.DataFrame(proba.astype(float), columns=names)
        # As objects: in pandas 3, a column of texts holds NaN for None. Of Python, not of NumPy.
        table.insert(0, "label", pd.Series(np.asarray(found).tolist(), dtype=object))
        return table


def _column(label: object) -> str:
    return "probability of label" if str(label) == "label" else str(label)


def _predictions(found: np.ndarray) -> pd.DataFrame:
    if found.ndim == 1:
        return pd.DataFrame({"prediction": list(found)})
    return pd.DataFrame({f"prediction_{n}": list(column) for n, column in enumerate(found.T)})


def _rows(data: object, named: bool) -> object:
    """Return rows as the estimator knows them: MLflow makes a table of everything."""
    if not isinstance(data, pd.DataFrame):
        return data
    column = data.iloc[:, 0] if data.shape[1] == 1 else []
    if len(column) and all(isinstance(value, str) for value in column):
        return list(column)
    # A row after another, as in an array of its own: else the last bits differ.
    return data if named else np.ascontiguousarray(data.to_numpy())


def _load_pyfunc(path: str | os.PathLike[str]) -> Predictor:
    """Load what MLflow has put at `path`; its name and signature are MLflow's."""
    file = Path(path)
    return Predictor(load_estimator(next(file.iterdir()) if file.is_dir() else file))
