"""Write a fitted estimator into a file without code."""

from __future__ import annotations

import os
from collections.abc import Sequence

from sklearn.base import BaseEstimator
from sklearn.frozen import FrozenEstimator
from sklearn.utils.validation import check_is_fitted

from keraswrap._saving import pack, write_whole
from keraswrap.exceptions import InputTypeError
from keraswrap.model_files._ensembles import pack_ensemble
from keraswrap.model_files._kinds import ENSEMBLES, PLAIN, SELECTIVE, TEXTS, held_by, one_of
from keraswrap.model_files._selective import pack_selective
from keraswrap.text._model_files import pack_texts

__all__ = ["pack_estimator", "save_estimator"]


def save_estimator(estimator: BaseEstimator, path: str | os.PathLike[str]) -> None:
    """Save a fitted estimator to one file, which contains no code.

    The file is the one that the estimator's own ``save`` writes, if it has one.

    Parameters
    ----------
    estimator : estimator
        `KerasWrapperModel`, `KerasWrapperSequential`, `KerasWrapperRegressor`,
        `TransformerClassifier`, `TransformerRegressor`, an ensemble of one of these, such as
        `DeepEnsembleClassifier`, or a `SelectiveClassifier` around any of them.
    path : str or path-like
        Conventionally ending in ``.keraswrap``. An older file there stays until the new one
        is complete.

    Raises
    ------
    InputTypeError
        If it is another estimator. One of scikit-learn's has no such file; ``joblib.dump``
        writes a pickle, which runs code when it is loaded.
    NotFittedError
        If it is not fitted.
    OSError
        If the file cannot be written.

    Examples
    --------
    >>> import os, tempfile
    >>> import keras, numpy as np
    >>> from keraswrap import KerasWrapperSequential
    >>> from keraswrap.model_files import load_estimator, save_estimator
    >>> clf = KerasWrapperSequential([keras.layers.Dense(2, activation="softmax")], random_state=0)
    >>> X, y = np.eye(4), ["no", "yes", "no", "yes"]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "clf.keraswrap")
    ...     save_estimator(clf.fit(X, y), path)
    ...     (load_estimator(path).predict(X) == clf.predict(X)).all()
    np.True_
    """
    write_whole(path, pack_estimator(estimator))


def pack_estimator(estimator: BaseEstimator) -> bytes:
    """Return what `save_estimator` writes."""
    return _pack(estimator, (*PLAIN, *ENSEMBLES, *SELECTIVE))


def _pack(estimator: BaseEstimator, offered: Sequence[type]) -> bytes:
    if isinstance(estimator, FrozenEstimator):
        return _pack(estimator.estimator, offered)
    kind = type(estimator)
    if kind in offered and (inside := held_by(kind)):
        check_is_fitted(estimator)
        if kind in SELECTIVE:
            return pack_selective(estimator, _pack(estimator.estimator_, inside))
        return pack_ensemble(estimator, [_pack(one, inside) for one in estimator.estimators_])
    # A subclass would come back as another class, without what it adds.
    if kind not in PLAIN:
        raise InputTypeError(
            f"Expected a fitted estimator of keraswrap, {one_of(offered)}, got {estimator!r:.80}. "
            "Others have no file without code; joblib.dump writes a pickle, which "
            "load_estimator(path, trust_pickle=True) reads."
        )
    check_is_fitted(estimator)
    return pack_texts(estimator) if kind in TEXTS else pack(estimator)
