"""Download snapshots of repositories of the Hugging Face hub, or find them in the cache."""

from __future__ import annotations

import re
from pathlib import Path

from keraswrap._download import is_offline
from keraswrap._optional import require
from keraswrap.exceptions import DownloadError, ParameterError

_SCHEME = "hf://"
_NAME = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*(@[\w./-]+)?")


def is_hub_name(name: str) -> bool:
    """Return whether a text has the form ``hf://owner/name`` or ``owner/name``.

    Examples
    --------
    >>> is_hub_name("hf://google-bert/bert-base-uncased"), is_hub_name("reviews.csv")
    (True, False)
    """
    return name.startswith(_SCHEME) or _NAME.fullmatch(name) is not None


def snapshot(name: str, kind: str, patterns: list[str]) -> Path:
    """Return a local folder with the files of a repository of the Hugging Face hub.

    Online, the files of the newest revision that are not in the cache are
    downloaded. Offline, or with ``HF_HUB_OFFLINE=1`` or ``KERASWRAP_OFFLINE=1``,
    the cached copy is returned.

    Parameters
    ----------
    name : str
        ``hf://owner/name`` or ``owner/name``, with ``@revision`` or without.
    kind : {"model", "dataset"}
        What the repository holds.
    patterns : list of str
        Shell patterns of the files to download.

    Returns
    -------
    Path
        A folder in Hugging Face's cache.

    Raises
    ------
    ParameterError
        If the name is not that of a repository.
    DownloadError
        If there is no such repository, or neither a network nor a cached copy.
    """
    bare = name.removeprefix(_SCHEME)
    if _NAME.fullmatch(bare) is None:
        raise ParameterError(
            "Expected a hub name like 'hf://owner/name' or 'hf://owner/name@revision', got "
            f"{name!r}."
        )
    repository, _, revision = bare.partition("@")
    hub = require("huggingface_hub", "text")
    try:
        return Path(
            hub.snapshot_download(
                repository,
                repo_type=kind,
                revision=revision or None,
                allow_patterns=patterns,
                local_files_only=is_offline(None),
            )
        )
    except Exception as error:  # a dozen classes from three packages, all with the same meaning
        raise DownloadError(_explain(name, kind, error)) from error


def _explain(name: str, kind: str, error: Exception) -> str:
    cause = str(error).strip().splitlines()[0] if str(error).strip() else ""
    got = f"{type(error).__name__}: {cause}"
    if is_offline(None):
        got = "nothing complete in the cache, and downloading is disabled (KERASWRAP_OFFLINE)."
    return (
        f"Expected the {kind} {name!r} from Hugging Face's hub or its cache, got {got}\nCheck the "
        "name and the network (HF_HUB_OFFLINE and HF_HOME say whether and where a cached copy is "
        "used), or pass a local path."
    )
