"""Make an estimator from a file, by the class that the file names."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

import joblib
from sklearn.base import BaseEstimator

from keraswrap._saving import unpack
from keraswrap.exceptions import ParameterError, SavedFileError
from keraswrap.model_files._ensembles import unpack_ensemble
from keraswrap.model_files._info import Source, describe, read_source
from keraswrap.model_files._kinds import ENSEMBLES, PLAIN, SELECTIVE, TEXTS, held_by, one_of
from keraswrap.model_files._selective import unpack_selective
from keraswrap.text._model_files import unpack_texts

__all__ = ["load_estimator"]


def load_estimator(
    source: Source,
    *,
    trust_pickle: bool = False,
    custom_objects: Mapping[str, object] | None = None,
    **params: object,
) -> BaseEstimator:
    """Load a saved estimator, whatever its class, without running code from the file.

    Parameters
    ----------
    source : str, path-like or binary file
        Written by `save_estimator` or an estimator's ``save``; with `trust_pickle` also by
        ``joblib.dump``.
    trust_pickle : bool, default=False
        Whether a pickle may be loaded. It runs any code that whoever wrote it put there,
        so only pass True for files of your own.
    custom_objects : dict, optional
        Custom layer classes and functions by name, for a file of a wrapper, alone or in a
        `SelectiveClassifier`.
    **params
        Constructor parameters that replace the saved ones, such as ``encoder`` if a
        checkpoint has moved. For a `SelectiveClassifier` or an ensemble, those of its
        estimators.

    Returns
    -------
    estimator
        Its predictions equal the saved estimator's, bit for bit. A `SelectiveClassifier`
        has ``cv="prefit"``: fitting it again finds a threshold and does not train.

    Raises
    ------
    SavedFileError
        If the file is corrupt, none of these, from a later version, or a pickle without
        `trust_pickle`.
    ParameterError
        If a parameter is none of the estimator's.
    OSError
        If the file cannot be read.

    Examples
    --------
    >>> import io, joblib
    >>> from sklearn.dummy import DummyClassifier
    >>> file = io.BytesIO()
    >>> _ = joblib.dump(DummyClassifier().fit([[0.0]], ["yes"]), file)
    >>> load_estimator(io.BytesIO(file.getvalue()), trust_pickle=True).predict([[1.0]])
    array(['yes'], dtype='<U3')
    """
    content, origin = read_source(source)
    about = describe(content, origin)
    if not about:
        if not trust_pickle:
            raise _untrusted(origin)
        return _from_pickle(content, origin, {**params, "custom_objects": custom_objects})
    offered = (*PLAIN, *ENSEMBLES, *SELECTIVE)
    return _rebuild(content, origin, offered, custom_objects, params)


def _rebuild(
    content: bytes,
    origin: str,
    offered: Sequence[type],
    custom_objects: Mapping[str, object] | None,
    params: dict[str, object],
) -> BaseEstimator:
    name = str(describe(content, origin).get("class", ""))
    kind = {one.__name__: one for one in offered}.get(name)
    if inside := held_by(kind):
        load = lambda inner: _rebuild(inner, origin, inside, custom_objects, params)  # noqa: E731
        unpack_nested = unpack_selective if kind in SELECTIVE else unpack_ensemble
        return unpack_nested(content, origin, load)
    if kind is None:
        raise SavedFileError(
            f"Expected a file of {one_of(offered)}, got one of {name!r:.60}: {origin}. Load a "
            "class of your own with its load, or upgrade keraswrap."
        )
    if kind not in TEXTS:
        return unpack(kind, content, origin, custom_objects or {}, params)
    if custom_objects:
        raise ParameterError(
            f"Expected custom_objects for a file of a wrapper only, got {sorted(custom_objects)} "
            f"for one of {name}. Leave it out."
        )
    return unpack_texts(kind, content, origin, params)


def _untrusted(origin: str) -> SavedFileError:
    return SavedFileError(
        f"Expected a file without code, got a pickle: {origin}. Loading it runs whatever its "
        "writer put there. Pass trust_pickle=True if the file is your own, or save the estimator "
        "with save_estimator."
    )


def _from_pickle(content: bytes, origin: str, params: Mapping[str, object]) -> BaseEstimator:
    if given := sorted(name for name, value in params.items() if value is not None):
        raise ParameterError(
            f"Expected no parameters for a pickle, which holds its own, got {given}. Leave them "
            "out."
        )
    try:
        estimator = joblib.load(io.BytesIO(content))
    except Exception as error:  # whatever the pickled objects raise
        raise SavedFileError(
            f"The pickle {origin} cannot be loaded: {error!r:.200}. It may need the versions of "
            "the packages that it was written with."
        ) from error
    if not hasattr(estimator, "predict"):
        raise SavedFileError(
            f"Expected a pickle of an estimator with predict, got {estimator!r:.60}: {origin}."
        )
    return estimator
