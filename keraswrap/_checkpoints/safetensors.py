"""Read safetensors files: the headers alone, and tensors one at a time."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from keraswrap._checkpoints.files import WEIGHT_FILES, missing, read_bytes, read_json
from keraswrap.exceptions import InputError

_BYTES = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2}
_HEADER_LIMIT = 100_000_000  # the format's own


@dataclass(frozen=True)
class Tensor:
    """The location of a tensor: its file, type, shape, and the range of its bytes."""

    path: str
    dtype: str
    shape: tuple[int, ...]
    start: int
    end: int

    def read(self) -> np.ndarray:
        """Read the tensor as float32, whatever type it is stored in.

        Raises
        ------
        InputError
            If it does not hold floats, or one of them is not finite.
        """
        if self.dtype not in _BYTES:
            raise InputError(
                f"Expected weights stored as one of {', '.join(_BYTES)}, got {self.dtype} in "
                f"{self.path!r}. Choose a checkpoint that is not quantized."
            )
        raw = read_bytes(self.path, self.start, self.end - self.start)
        array = _as_float32(raw, self.dtype).reshape(self.shape)
        if not np.isfinite(array).all():
            raise InputError(
                f"Expected finite weights, got NaN or infinity in {self.path!r}. The checkpoint "
                "is broken: fetch it again, or choose another."
            )
        return array


def read_tensors(folder: str | os.PathLike[str]) -> dict[str, Tensor]:
    """List the tensors of a checkpoint by reading the headers of its files.

    Parameters
    ----------
    folder : str or path
        With model.safetensors, or an index and its shards.

    Returns
    -------
    dict of str to Tensor
        By their names in the files.

    Raises
    ------
    InputError
        If a file is missing, truncated or not a safetensors file.
    """
    found: dict[str, Tensor] = {}
    for path in _weight_files(Path(folder)):
        try:
            found.update(_read_header(path))
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise InputError(
                f"Expected a complete safetensors file in {str(path)!r}, got "
                f"{type(error).__name__}: {error}. Fetch the checkpoint again."
            ) from error
    return found


def _weight_files(folder: Path) -> list[Path]:
    if (folder / WEIGHT_FILES[0]).is_file():
        return [folder / WEIGHT_FILES[0]]
    if not (folder / WEIGHT_FILES[1]).is_file():
        raise InputError(missing(folder, "weights", WEIGHT_FILES))
    shards = read_json(folder / WEIGHT_FILES[1]).get("weight_map")
    if not isinstance(shards, Mapping) or not shards:
        raise InputError(
            f"Expected a weight_map in {str(folder / WEIGHT_FILES[1])!r}, got {shards!r:.60}. "
            "Fetch the checkpoint again."
        )
    # Paths in the index are not trusted: shards are next to it.
    names = sorted({Path(str(name)).name for name in shards.values()})
    for name in names:
        if not (folder / name).is_file():
            raise InputError(missing(folder, "weights", (name,)))
    return [folder / name for name in names]


def _read_header(path: Path) -> dict[str, Tensor]:
    length = int.from_bytes(read_bytes(path, 0, 8), "little")
    if length > _HEADER_LIMIT:
        raise ValueError(f"a header of {length} bytes")
    header = json.loads(read_bytes(path, 8, length))
    header.pop("__metadata__", None)
    size = path.stat().st_size - 8 - length
    return {name: _tensor(path, 8 + length, size, **entry) for name, entry in header.items()}


def _tensor(
    path: Path, base: int, size: int, dtype: str, shape: list[int], data_offsets: list[int]
) -> Tensor:
    start, end = data_offsets
    if not all(type(size) is int and size >= 0 for size in shape):
        raise ValueError(f"a tensor of shape {shape}")
    if not 0 <= start <= end <= size:
        raise ValueError(f"{size} bytes of weights, where at least {end} belong")
    if dtype in _BYTES and end - start != math.prod(shape) * _BYTES[dtype]:
        raise ValueError(f"{end - start} bytes for a {dtype} tensor of shape {shape}")
    return Tensor(str(path), dtype, tuple(shape), base + start, base + end)


def _as_float32(raw: bytes, dtype: str) -> np.ndarray:
    if dtype == "BF16":  # the upper half of a float32
        return (np.frombuffer(raw, "<u2").astype("<u4") << 16).view("<f4")
    return np.frombuffer(raw, {"F64": "<f8", "F32": "<f4", "F16": "<f2"}[dtype]).astype("float32")
