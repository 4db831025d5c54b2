"""Zips of texts and arrays: written without a time, unpacked without believing declared sizes.

A file of a few kB may declare, or unpack to, any number of bytes. So each
member is held against the room that it takes in the file, and each array's
header against the bytes that follow it, before memory is taken for either.
"""

from __future__ import annotations

import io
import math
import zipfile
from collections.abc import Collection, Mapping
from typing import IO

import numpy as np

from keraswrap.exceptions import SavedFileError

# Bytes that a member may always unpack to, and how often its packed size beyond that. JSON shrinks
# to a tenth; a run of zeros to a thousandth.
ROOM = 64 * 2**20
RATIO = 30


def write_zip(members: Mapping[str, str | bytes], stored: Collection[str] = ()) -> bytes:
    """Return a zip of some members; equal members give equal bytes.

    Parameters
    ----------
    members : mapping of str to str or bytes
    stored : collection of str
        Names of those that are packed already, and stored as they are.

    Examples
    --------
    >>> write_zip({"notes.txt": "some notes"}) == write_zip({"notes.txt": b"some notes"})
    True
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name)  # of 1980: the time of writing would differ
            info.external_attr = 0o600 << 16
            kind = zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED
            archive.writestr(info, content, kind)
    return buffer.getvalue()


def read_member(archive: zipfile.ZipFile, name: str) -> bytes:
    """Unpack a member that takes no more room than one of its size may.

    Raises
    ------
    KeyError
        If it is not there.
    SavedFileError
        If it unpacks to more.
    """
    info = archive.getinfo(name)
    room = room_for(info)
    with archive.open(info) as file:
        # The actual size counts, whatever was declared.
        content = b"" if info.file_size > room else file.read(room + 1)
    if max(len(content), info.file_size) > room:
        raise SavedFileError(
            f"Expected {name} to unpack to at most {room} bytes, as {info.compress_size} are "
            f"stored, got {max(len(content), info.file_size)}. No save wrote this file."
        )
    return content


def room_for(info: zipfile.ZipInfo) -> int:
    """Return how many bytes a member may unpack to."""
    return max(ROOM, RATIO * info.compress_size)


def read_arrays(content: bytes) -> dict[str, np.ndarray]:
    """Read the arrays of an .npz file.

    Raises
    ------
    SavedFileError
        If a header describes another number of bytes than are stored.
    ValueError
        If it is no such file, or holds objects.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {
            info.filename.removesuffix(".npy"): _read_array(archive, info)
            for info in archive.infolist()
        }


def _read_array(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> np.ndarray:
    if info.file_size > room_for(info):
        raise SavedFileError(
            f"Expected {info.filename} to unpack to at most {room_for(info)} bytes, got "
            f"{info.file_size}. No save wrote this file."
        )
    with archive.open(info) as file:
        _check_header(file, info)
    with archive.open(info) as file:
        return np.lib.format.read_array(file, allow_pickle=False)


def _check_header(file: IO[bytes], info: zipfile.ZipInfo) -> None:
    version = np.lib.format.read_magic(file)
    read = np.lib.format.read_array_header_1_0
    if version != (1, 0):
        read = np.lib.format.read_array_header_2_0
    shape, _, dtype = read(file)
    if dtype.hasobject:
        return  # reading refuses it
    check_size(info.filename, shape, dtype, info.file_size - file.tell())


def check_size(name: str, shape: tuple[int, ...], dtype: np.dtype, room: int) -> None:
    """Check that an array of a shape and dtype takes exactly the bytes that are there for it."""
    size = math.prod(shape) * dtype.itemsize
    if size != room or min(shape, default=0) < 0:
        raise SavedFileError(
            f"Expected {name} to hold an array of shape {shape!r:.60} and {size} bytes, as its "
            f"header says, got {room} bytes. The file is corrupt."
        )
