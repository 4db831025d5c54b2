"""Environments of their own for the peers, made once by pip and kept.

``peers/<name>.txt`` pins what an environment holds; it lies in ``.peers/<name>`` of
the project's root. A changed list makes it anew. What a broken-off or failed
installation leaves is not taken for an environment.
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
    """Give the Python of a peer's environment, which is made if it is not there."""
    wanted, folder = (lists / f"{name}.txt").read_text("utf-8"), made / name
    stamp = folder / STAMP
    if not stamp.exists() or stamp.read_text("utf-8") != wanted:
        make(name, lists / f"{name}.txt", folder)
        stamp.write_text(wanted, "utf-8")
    return python_of(folder)


def python_of(folder):
    return folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"


def make(name, wanted, folder):
    """Make an environment and install into it what is wanted."""
    print(f"Making the environment {name!r} in {folder} (gigabytes, once)", flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    # Our own pip installs for it: an environment without one is there at once.
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
