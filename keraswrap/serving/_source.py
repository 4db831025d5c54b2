"""Where a model comes from, and whether there is a newer one."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, runtime_checkable

from keraswrap.exceptions import InputError, InputTypeError
from keraswrap.model_files import load_estimator, read_file_info
from keraswrap.serving._found_inputs import innermost
from keraswrap.serving._model import ServedModel

if TYPE_CHECKING:
    from keraswrap.tracking import RegisteredModel, Registry

__all__ = ["FileSource", "FixedSource", "ModelSource", "RegistrySource", "as_source"]

Load: TypeAlias = Callable[[], ServedModel]


@runtime_checkable
class ModelSource(Protocol):
    """Where a model comes from: a file, a registry."""

    def current(self) -> tuple[str, Load]:
        """Return a key of the model that is there now, and a call that loads it.

        The key is cheap to get, and another one for another model.
        """
        ...


class FileSource:
    """A file of `save_estimator`, or with `trust_pickle` a pickle.

    Parameters
    ----------
    path : str or path-like
    trust_pickle : bool, default=False
        Whether a pickle may be loaded, which runs code.
    params : mapping, optional
        Parameters for `load_estimator`, such as ``encoder``.

    Raises
    ------
    InputError
        If there is no such file.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        trust_pickle: bool = False,
        params: Mapping[str, Any] | None = None,
    ) -> None:
        self.path, self.trust_pickle, self.params = Path(path), trust_pickle, dict(params or {})
        if not self.path.is_file():
            what = "which is a folder" if self.path.is_dir() else "which is not there"
            raise InputError(f"Expected the file of a model, got {os.fspath(path)!r}, {what}.")

    def current(self) -> tuple[str, Load]:
        """Return the state of the file, and a call that reads it.

        Returns
        -------
        tuple of (str, callable)
        """
        found = self.path.stat()
        return f"{found.st_mtime_ns}-{found.st_size}-{found.st_ino}", self.load

    def check(self) -> None:
        """Raise SavedFileError unless the file can be loaded, as far as it says; loads nothing."""
        info = read_file_info(self.path)
        if info.is_pickle and not self.trust_pickle:
            load_estimator(self.path)  # which refuses it, in its words

    def load(self) -> ServedModel:
        """Load the model.

        Returns
        -------
        ServedModel

        Raises
        ------
        SavedFileError, OSError
            If it cannot be loaded.
        """
        content = self.path.read_bytes()  # once, so that the hash is of what is loaded
        info = read_file_info(_named(content, self.path))
        given: dict[str, Any] = dict(self.params)
        estimator = load_estimator(
            _named(content, self.path), trust_pickle=self.trust_pickle, **given
        )
        facts = {"file": self.path.name, "sha256": info.sha256, "versions": info.versions}
        return ServedModel.of(_uncached(estimator), info.sha256[:12], facts)


def _uncached(estimator: Any) -> Any:
    """Keep nothing of requests on disk: an embedder caches the vectors of its texts."""
    embedder: Any = getattr(innermost(estimator), "vectorizer_", None)
    if hasattr(embedder, "cache"):
        embedder.cache = False
    return estimator


class _Named(io.BytesIO):
    name = ""


def _named(content: bytes, path: Path) -> io.BytesIO:
    file = _Named(content)
    file.name = os.fspath(path)
    return file


class RegistrySource:
    """A model in a registry, by a name that may be given to a newer version.

    Parameters
    ----------
    registry : Registry
        Of `open_registry`.
    name : str
        ``NAME@ALIAS``, ``NAME:VERSION``, or ``NAME`` for the newest version.
    params : mapping, optional
        Parameters for `load_estimator`, such as ``encoder``.

    Raises
    ------
    InputError
        If there is no such model.

    Examples
    --------
    >>> import tempfile
    >>> from keraswrap.serving import RegistrySource
    >>> from keraswrap.tracking import open_registry
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     RegistrySource(open_registry(f"{folder}/registry.sqlite"), "reviews@champion")
    Traceback (most recent call last):
    keraswrap.exceptions.InputError: Expected ...
    """

    def __init__(
        self, registry: Registry, name: str, *, params: Mapping[str, Any] | None = None
    ) -> None:
        self.registry, self.name, self.params = registry, name, dict(params or {})
        self.current()

    def current(self) -> tuple[str, Load]:
        """Return the version that the name means now, and a call that reads it.

        Returns
        -------
        tuple of (str, callable)
        """
        found = self.registry.get(self.name)
        return f"{found.name}:{found.version}-{found.sha256}", lambda: self._load(found)

    def _load(self, found: RegisteredModel) -> ServedModel:
        given: dict[str, Any] = dict(self.params)
        estimator = self.registry.load(found.name, found.version, **given)
        facts = {"name": found.name, "sha256": found.sha256, "versions": dict(found.file.versions)}
        return ServedModel.of(_uncached(estimator), f"{found.name}:{found.version}", facts)


class FixedSource:
    """An estimator that is there already.

    Parameters
    ----------
    estimator : estimator
    version : str, default="1"
    """

    def __init__(self, estimator: Any, version: str = "1") -> None:
        self.model = ServedModel.of(estimator, version)

    def current(self) -> tuple[str, Load]:
        """Return always the same."""
        return self.model.version, lambda: self.model


def as_source(model: Any, *, trust_pickle: bool = False) -> ModelSource:
    """Return where a model comes from.

    Parameters
    ----------
    model : str, path-like, estimator or ModelSource

    Raises
    ------
    InputTypeError, InputError, SavedFileError
        If it is none of these.
    """
    if isinstance(model, ModelSource):
        return model
    if isinstance(model, str | os.PathLike):
        source = FileSource(model, trust_pickle=trust_pickle)
        source.check()
        return source
    if not hasattr(model, "predict"):
        raise InputTypeError(
            f"Expected the file of a model, a fitted estimator or a ModelSource, got {model!r:.60}."
        )
    return FixedSource(model)
