"""Frozen encoders that OpenVINO runs, each converted once and kept on disk."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np

from keraswrap._download import cache_home
from keraswrap._drafts import draft_folder
from keraswrap._optional import require
from keraswrap._runtimes import CompiledModel
from keraswrap._versions import find_version

_log = logging.getLogger("keraswrap")

# Increase it when encoders are converted in another way.
_FORMAT = 1

# From ids of shape (n, max_length) and a batch size to vectors of shape (n, hidden), float32.
Encode = Callable[[np.ndarray, int], np.ndarray]


class CompiledEncoder:
    """Compute a vector for each row of ids by OpenVINO, on the CPU.

    Parameters
    ----------
    model : openvino.Model
    precision : {"float32", "bfloat16"}
        In which it computes; vectors are float32.
    pad_id : int
        What fills rows up.
    """

    def __init__(self, model: Any, precision: str, pad_id: int) -> None:
        self._run, self._pad_id = CompiledModel(model, precision), pad_id
        self._width = int(model.output(0).partial_shape[1].get_length())

    def __call__(self, ids: np.ndarray, batch_size: int) -> np.ndarray:
        """Compute the vectors of rows, those of similar length together."""
        lengths = np.maximum((ids != self._pad_id).sum(axis=1), 1)
        order = np.argsort(lengths, kind="stable")
        vectors = np.empty((len(ids), self._width), dtype="float32")
        for start in range(0, len(ids), batch_size):
            some = order[start : start + batch_size]
            (vectors[some],) = self._run(ids[some, : lengths[some].max()])
        return vectors


class KeptModel:
    """An encoder as OpenVINO's model in the cache folder.

    Parameters
    ----------
    name : str
        What tells this encoder from any other.
    """

    def __init__(self, name: str) -> None:
        self._openvino = require("openvino", "openvino")
        version = find_version("openvino") or "none"
        self._folder = cache_home() / "openvino" / f"{name}-{_FORMAT}-{version}"

    def read(self) -> Any:
        """Return the model; None if it was not converted yet, or cannot be read."""
        path = self._folder / "encoder.xml"
        try:
            return self._openvino.Core().read_model(path) if path.exists() else None
        except RuntimeError as error:
            _log.warning("Converted again: %s cannot be read (%s).", path, error)
            shutil.rmtree(self._folder, ignore_errors=True)
            return None

    def keep(self, model: Any) -> None:
        """Write a model for later processes, if there is room for it."""
        home = self._folder.parent
        try:
            home.mkdir(parents=True, exist_ok=True)
            with draft_folder(home, ".draft-") as draft:
                self._openvino.save_model(model, draft / "encoder.xml", compress_to_fp16=False)
                with suppress(OSError):  # another process was first
                    draft.rename(self._folder)
        except (OSError, RuntimeError) as error:
            _log.warning("Converted again in each process: %s cannot be written (%s).", home, error)
