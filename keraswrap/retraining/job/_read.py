"""Read a job file: TOML, of which every key is known."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from keraswrap._settings import near
from keraswrap.exceptions import InputError, KeraswrapError, ParameterError
from keraswrap.retraining.job._sections import (
    SECTIONS,
    Abstain,
    Data,
    Issues,
    Model,
    Monitor,
    Register,
    Retrain,
    Search,
    Serve,
    Top,
)

__all__ = ["Job", "read_job"]


@dataclass(frozen=True)
class Job:
    """A job file that was read and checked. Its paths are relative to its folder.

    Parameters
    ----------
    folder : Path
        Of the file.
    job, data, issues, model, search, abstain, register, monitor, serve, retrain
        Its sections.
    """

    folder: Path
    job: Top
    data: Data
    issues: Issues
    model: Model
    search: Search
    abstain: Abstain
    register: Register
    monitor: Monitor
    serve: Serve
    retrain: Retrain

    def path(self, given: str) -> Path:
        """Return a path that the file names.

        Parameters
        ----------
        given : str
            Relative to the folder of the file.

        Returns
        -------
        Path
        """
        return self.folder / given

    @property
    def state(self) -> Path:
        """The folder of what steps write."""
        return self.path(self.job.state)

    @property
    def registry(self) -> str:
        """Where models are registered: a path, or an address as it is."""
        given = self.job.registry
        return given if "://" in given else str(self.path(given))


def read_job(path: str | os.PathLike[str]) -> Job:
    r"""Read a job file.

    Parameters
    ----------
    path : path

    Returns
    -------
    Job

    Raises
    ------
    InputError
        If it cannot be read or is no TOML.
    ParameterError
        If a section or key is unknown or missing, or a value is out of range.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from keraswrap.retraining import read_job
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "job.toml")
    ...     text = "[job]\nname = 'reviews'\n[data]\ntrain = 'train.csv'\ntext = 'text'\n"
    ...     _ = file.write_text(text)
    ...     read_job(file).data.held_out
    0.2
    """
    told = _load(Path(path))
    unknown = [name for name in told if name not in SECTIONS]
    if unknown:
        raise ParameterError(
            f"Expected sections that are known in {str(path)!r}, got [{unknown[0]}]. "
            f"{near(unknown[0], SECTIONS)}"
        )
    try:
        made = {name: _section(name, kind, told.get(name, {})) for name, kind in SECTIONS.items()}
    except KeraswrapError as error:
        raise ParameterError(f"{error} In {str(path)!r}.") from error
    return Job(Path(path).absolute().parent, **made)  # type: ignore[arg-type]


def _load(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"Expected a job file, got {str(path)!r}: {error.strerror}.") from error
    except ValueError as error:  # of TOML, or of UTF-8
        raise InputError(f"Expected a job file in TOML, got {str(path)!r}: {error}.") from error


def _section(name: str, kind: type, told: object) -> object:
    if not isinstance(told, Mapping):
        raise ParameterError(f"Expected [{name}] to be a section, got {told!r:.60}.")
    if kind is Model:
        rest = {key: value for key, value in told.items() if key != "kind"}
        return Model(**{key: told[key] for key in told if key == "kind"}, params=rest)
    known = [field.name for field in fields(kind)]
    unknown = [key for key in told if key not in known]
    if unknown:
        raise ParameterError(
            f"Expected keys that are known in [{name}], got {unknown[0]!r}. "
            f"{near(unknown[0], known)}"
        )
    return kind(**told)
