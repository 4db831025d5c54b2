"""What a file of a model says of itself, read without making the model."""

from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TypeAlias

from keraswrap._archive import read_member
from keraswrap.exceptions import InputTypeError, SavedFileError
from keraswrap.model_files._ensembles import ABOUT as ENSEMBLE
from keraswrap.model_files._selective import ABOUT as SELECTIVE

Source: TypeAlias = str | os.PathLike[str] | IO[bytes]

# The member that describes the model, in the order in which they are looked for.
_ABOUT = (SELECTIVE, ENSEMBLE, "transformer.json", "estimator.json")
# What files begin with that joblib writes: pickles, plain or packed by zlib, gzip, bz2, xz or lz4.
_PICKLED = (
    *(bytes([0x80, protocol]) for protocol in range(2, 6)),
    *(b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda", b"\x1f\x8b", b"BZ", b"\xfd7zXZ"),
    *(b"\x5d\x00\x00", b"\x04\x22\x4d\x18"),
)


@dataclass(frozen=True)
class FileInfo:
    """What is known of a file of a model before it is loaded.

    Parameters
    ----------
    class_name : str
        Class of the estimator; empty for a pickle, which says so only when it is run.
    format : int
        Version of the layout; 0 for a pickle.
    versions : dict of str to str
        Of Python and the packages that the file was written with.
    sha256 : str
        Of the whole file, in hexadecimal digits.
    n_bytes : int
        Size of the file.
    is_pickle : bool
        Whether loading it would run code.
    """

    class_name: str
    format: int
    versions: dict[str, str]
    sha256: str
    n_bytes: int
    is_pickle: bool


def read_file_info(source: Source) -> FileInfo:
    """Return what a file of a model says of itself, without making the model.

    Parameters
    ----------
    source : str, path-like or binary file

    Returns
    -------
    FileInfo

    Raises
    ------
    SavedFileError
        If it is no such file.
    OSError
        If it cannot be read.

    Examples
    --------
    >>> import io, pickle
    >>> info = read_file_info(io.BytesIO(pickle.dumps({"any": "object"})))
    >>> info.is_pickle, info.n_bytes
    (True, 30)
    """
    content, origin = read_source(source)
    return inspect(content, origin)


def read_source(source: Source) -> tuple[bytes, str]:
    """Return what a file holds, and what to call it."""
    if isinstance(source, str | os.PathLike):
        return Path(source).read_bytes(), os.fspath(source)
    read = getattr(source, "read", None)
    content = read() if callable(read) else None
    if not isinstance(content, bytes):
        raise InputTypeError(f"Expected a path or a binary file, got {source!r:.80}.")
    return content, str(getattr(source, "name", "the given file"))


def inspect(content: bytes, origin: str) -> FileInfo:
    """Describe the bytes of a file; `origin` is its name in errors."""
    about = describe(content, origin)
    return FileInfo(
        class_name=str(about.get("class", "")),
        format=int(str(about.get("format", 0))),
        versions=_versions(about.get("versions")),
        sha256=hashlib.sha256(content).hexdigest(),
        n_bytes=len(content),
        is_pickle=not about,
    )


def describe(content: bytes, origin: str) -> Mapping[str, object]:
    """Return what the file says of its model, with ``class`` and ``format``; {} for a pickle."""
    if content.startswith(_PICKLED):
        return {}
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            name = next(name for name in _ABOUT if name in archive.namelist())
            about = json.loads(read_member(archive, name))
        str(about["class"]), int(about["format"])
    except SavedFileError as error:
        raise SavedFileError(f"{error} It is {origin}.") from None
    except Exception as error:  # zip and JSON have errors of their own
        raise SavedFileError(
            f"Expected a file that save_estimator or an estimator's save wrote, got {origin}, "
            "which is corrupt or something else."
        ) from error
    return about


def _versions(told: object) -> dict[str, str]:
    return {str(k): str(v) for k, v in told.items()} if isinstance(told, Mapping) else {}
