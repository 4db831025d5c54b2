"""Make a separate environment for each peer, once with pip, and keep it.

``peers/<name>.txt`` pins the packages of an environment, which is in ``.peers/<name>``
of the project's root. It is made again if the list changes. What an interrupted or failed
installation leaves behind is not used.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

HERE = Path(__file__).parent
LISTS, MADE = HERE / "peers", HERE.parent / ".peers"
STAMP = "installed.txt"


def interpreter(name, lists=LISTS, made=MADE, on_ours=False):
    """Return the Python of a peer's environment, which is made if it does not exist.

    `on_ours` lays it over the environment of this process: only what differs is installed.
    """
    wanted, folder = (lists / f"{name}.txt").read_text("utf-8"), made / name
    stamp = folder / STAMP
    if not stamp.exists() or stamp.read_text("utf-8") != wanted:
        make(name, lists / f"{name}.txt", folder, on_ours)
        stamp.write_text(wanted, "utf-8")
    return python_of(folder)


def python_of(folder):
    return folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"


def lay_over(folder):
    """Let an environment see the packages of this process after its own."""
    asked = [python_of(folder), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    packages = Path(subprocess.check_output(asked, text=True).strip())
    (packages / "ours.pth").write_text(sysconfig.get_path("purelib") + "\n", "utf-8")


def make(name, wanted, folder, on_ours=False):
    """Make an environment, and install the pinned packages into it."""
    print(f"Making the environment {name!r} in {folder} (gigabytes, once)", flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    # Our own pip installs into it, since an environment without pip is made at once.
    venv = [sys.executable, "-m", "venv", "--without-pip", folder]
    pip = [sys.executable, "-m", "pip", "--python", python_of(folder), "install", "--quiet"]
    run = subprocess.run(venv, capture_output=True, text=True)
    if not run.returncode:
        if on_ours:
            lay_over(folder)
        run = subprocess.run([*pip, "-r", wanted], capture_output=True, text=True)
    if run.returncode:
        said = "\n".join((run.stderr or run.stdout).strip().splitlines()[-5:])
        raise SystemExit(
            f"Expected pip to install {wanted.name} for the peers, got exit status "
            f"{run.returncode}:\n{said}\nSee that pip reaches a package index, or leave these "
            "peers out: --sides ours."
        )
