"""Put a fitted estimator into a registry."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from pathlib import Path

from sklearn.base import BaseEstimator

from keraswrap.exceptions import InputError, InputTypeError, SavedFileError
from keraswrap.model_files import read_file_info
from keraswrap.model_files._save import pack_estimator
from keraswrap.tracking._names import check_alias, check_name
from keraswrap.tracking._open import open_registry
from keraswrap.tracking._plain import check_metrics, check_tags
from keraswrap.tracking._records import NewVersion, RegisteredModel, TrackedRun
from keraswrap.tracking._registry import Registry

__all__ = ["register"]


def register(
    estimator: BaseEstimator | str | os.PathLike[str],
    name: str,
    to: str | os.PathLike[str] | Registry,
    *,
    metrics: Mapping[str, float] | None = None,
    tags: Mapping[str, str] | None = None,
    run: str | TrackedRun | None = None,
    alias: str | None = None,
    description: str = "",
    again: bool = False,
) -> RegisteredModel:
    r"""Add a fitted estimator to a registry as a new version of a model.

    Parameters
    ----------
    estimator : estimator, str or path-like
        A fitted estimator that `keraswrap.model_files.save_estimator` takes, or a file
        that it wrote.
    name : str
        At most 200 characters, without ``/ \ : @``.
    to : str, path-like or Registry
        As for `open_registry`.
    metrics, tags : dict, optional
        Finite numbers, and texts, by name.
    run : str or TrackedRun, optional
        What `track_search` returned, or its id. It must be in the same registry.
    alias : str, optional
        Alias to point to this version, such as ``"champion"``.
    description : str, default=""
    again : bool, default=False
        Whether a file that the model already has becomes a new version. By default that
        version is returned, with the metrics, tags, run and description that it has; `alias`
        points to it.

    Returns
    -------
    RegisteredModel

    Raises
    ------
    InputTypeError
        If it is another estimator.
    InputError
        If a name, alias, metric, tag or run cannot be used.
    SavedFileError
        If the file is none of a model, or a pickle; or the registry is none.
    StorageError
        If the registry cannot be written. Nothing is half-written.

    Examples
    --------
    >>> import tempfile
    >>> import keras, numpy as np
    >>> from keraswrap import KerasWrapperSequential
    >>> from keraswrap.tracking import open_registry, register
    >>> clf = KerasWrapperSequential([keras.layers.Dense(2, activation="softmax")], random_state=0)
    >>> clf = clf.fit(np.eye(4), ["no", "yes", "no", "yes"])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     made = register(clf, "answers", f"{folder}/registry.sqlite", alias="champion")
    ...     loaded = open_registry(f"{folder}/registry.sqlite").load("answers", "champion")
    >>> made.version, made.aliases, (loaded.predict(np.eye(4)) == clf.predict(np.eye(4))).all()
    (1, ('champion',), np.True_)
    """
    check_name(name)
    if alias is not None:
        check_alias(alias)
    if not isinstance(description, str):
        raise InputTypeError(f"Expected a description as a string, got {description!r:.60}.")
    measured, tagged = check_metrics(metrics), check_tags(tags)
    registry = open_registry(to) if isinstance(to, str | os.PathLike) else to
    content = _bytes_of(estimator)
    info = read_file_info(io.BytesIO(content))
    if info.is_pickle:
        raise SavedFileError(
            f"Expected a file without code, got a pickle: {estimator}. A registry holds none. "
            "Save the estimator with save_estimator."
        )
    return registry.add_version(
        NewVersion(
            name=name,
            content=content,
            info=info,
            metrics=measured,
            tags=tagged,
            run=_id_of(run),
            alias=alias,
            description=description,
            again=again,
        )
    )


def _bytes_of(estimator: BaseEstimator | str | os.PathLike[str]) -> bytes:
    if not isinstance(estimator, str | os.PathLike):
        return pack_estimator(estimator)
    try:
        return Path(estimator).read_bytes()
    except OSError as error:
        raise InputError(
            f"Expected the file of a model, got {os.fspath(estimator)!r}: {error.strerror}."
        ) from error


def _id_of(run: object) -> str | None:
    if run is None or isinstance(run, str):
        return run
    if isinstance(run, TrackedRun):
        return run.id
    raise InputTypeError(f"Expected a run as track_search returns it, or its id, got {run!r:.60}.")
