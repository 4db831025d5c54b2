"""Files that hold the files of other estimators, beside a description as JSON."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from keraswrap._archive import read_member, write_zip
from keraswrap._saving import FORMAT, versions
from keraswrap.exceptions import KeraswrapError, SavedFileError

__all__ = ["open_nested", "pack_nested"]


def pack_nested(
    about: str, made: object, told: Mapping[str, object], files: Mapping[str, bytes]
) -> bytes:
    """Return the bytes of a file.

    Parameters
    ----------
    about : str
        Name of the member that describes it.
    made : estimator
        What is kept, of whose class a reader is told.
    told : mapping
        What else is said of it.
    files : mapping of str to bytes
        The files of others by name.

    Examples
    --------
    >>> packed = pack_nested("set.json", {}, {"size": 1}, {"a": b"content"})
    >>> with open_nested(packed, "here", "set.json") as (told, archive):
    ...     told["class"], told["size"], archive.read("a")
    ('dict', 1, b'content')
    """
    whole = {"format": FORMAT, "class": type(made).__name__, "versions": versions(), **told}
    return write_zip({about: json.dumps(whole, indent=1), **files}, stored=list(files))


@contextmanager
def open_nested(
    content: bytes, origin: str, about: str
) -> Iterator[tuple[dict[str, Any], zipfile.ZipFile]]:
    """Open a file to read its description and those of others.

    Raises
    ------
    SavedFileError
        If the file is corrupt, also where that is only found inside the block, or from a
        later version.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            told = json.loads(read_member(archive, about))
            if told["format"] > FORMAT:
                raise SavedFileError(
                    f"The file {origin} has format {told['format']}, this version of keraswrap "
                    f"reads up to {FORMAT}. Upgrade keraswrap."
                )
            yield told, archive
    except (KeraswrapError, OSError):
        raise
    except Exception as error:  # unexpected JSON fails in many ways
        raise SavedFileError(f"The file {origin} is corrupt: {error!r:.200}.") from error
