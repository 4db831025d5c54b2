"""Make a separate environment for each peer, once with pip, and keep it.

``peers/<name>.txt`` pins the packages of an environment, which is in ``.peers/<name>``
of the project's root. It is made again if the list changes. What an interrupted or failed
installation leaves behind is not used.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
LISTS, MADE = HERE / "peers", HERE.parent / ".peers"
STAMP = "installed.txt"


def interpreter(name, lists=LISTS, made=MADE):
    """Return the Python of a peer's environment, which is made if it does not exist."""
    wanted, folder = (lists / f"{name}.txt").read_text("utf-8"), made / name
    stamp = folder / STAMP
    if not stamp.exists() or stamp.read_text("utf-8") != wanted:
        make(name, lists / f"{name}.txt", folder)
        stamp.write_text(wanted, "utf-8")
    return python_of(folder)


def python_of(folder):
    return folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"


def make(name, wanted, folder):
    """Make an environment, and install the pinned packages into it."""
    print(f"Making the environment {name!r} in {folder} (gigabytes, once)", flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    # Our own pip installs into it, since an environment without pip is made at once.
    venv = [sys.executable, "-m", "venv", "--without-pip", folder]
    pip = [sys.executable, "-m", "pip", "--python", python_of(folder), "install", "--quiet"]
    run = subprocess.run(venv, capture_output=True, text=True)
    if not run.returncode:
        run = subprocess.run([*pip, "-r", wanted], capture_output=True, text=True)
    if run.returncode:
        said = "\n".join((run.stderr or run.stdout).strip().splitlines()[-5:])
        raise SystemExit(
            f"Expected pip to install {wanted.name} for the peers, got exit status "
            f"{run.returncode}:\n{said}\nSee that pip reaches a package index, or leave these "
            "peers out: --sides ours."
        )
