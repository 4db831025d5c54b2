"""keras-hub before 0.30, the last that Python 3.10 can have, reads BERT by older names."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from keraswrap._optional import require

_RENAMED = (("LayerNorm.weight", "LayerNorm.gamma"), ("LayerNorm.bias", "LayerNorm.beta"))


@contextmanager
def readable_by(hub: Any, directory: str) -> Iterator[str]:
    """Give a directory that this keras-hub can read: `directory`, or a copy for the block.

    Older ones look for the names that BERT's first release used, with
    ``bert.`` before each and gamma and beta for the weights of a layer norm.
    """
    version = tuple(int(part) for part in hub.__version__.split(".")[:2])
    if version >= (0, 30) or '"bert"' not in Path(directory, "config.json").read_text("utf-8"):
        yield directory
        return
    with tempfile.TemporaryDirectory() as copy:
        shutil.copytree(directory, copy, dirs_exist_ok=True)
        _rename(Path(copy, "model.safetensors"))
        yield copy


def _rename(path: Path) -> None:
    files = require("safetensors.numpy", "text")
    if not path.exists():
        return
    weights = {}
    for name, array in files.load_file(path).items():
        for new, old in _RENAMED:
            name = name.replace(new, old)
        weights[name if name.startswith("bert.") else f"bert.{name}"] = array
    files.save_file(weights, path)
