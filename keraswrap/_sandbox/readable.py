"""What an isolated Python may read: itself, its packages and the system's shared libraries."""

from __future__ import annotations

import os
import sys
import sysconfig
from importlib.util import find_spec

__all__ = ["environment", "flags", "python_paths"]

# What a program computes with, and what carries its columns.
_PACKAGES = ("numpy", "pandas", "pyarrow")
_SYSTEM = ("/lib", "/lib32", "/lib64", "/usr/lib", "/usr/lib32", "/usr/lib64", "/etc/ld.so.cache")


def python_paths() -> list[str]:
    """Return the files and folders that Python needs to start and to import its packages."""
    install = sysconfig.get_paths()
    found = {install[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    found |= {sys.executable, os.path.realpath(sys.executable), *_SYSTEM, *_package_folders()}
    found |= {os.path.join(sys.prefix, "pyvenv.cfg"), *_shared_library()}
    return sorted(path for path in found if os.path.exists(path))


def _shared_library() -> list[str]:
    folder, name = sysconfig.get_config_var("LIBDIR"), sysconfig.get_config_var("INSTSONAME")
    return [os.path.join(folder, name)] if folder and name else []


def _package_folders() -> list[str]:
    """Return the folders that hold the packages: usually one, Python's own."""
    specs = [find_spec(name) for name in _PACKAGES]
    origins = [spec.origin for spec in specs if spec is not None and spec.origin is not None]
    return sorted({os.path.dirname(os.path.dirname(origin)) for origin in origins})


def flags() -> list[str]:
    """Return Python's flags: neither the program's folder nor the user's is imported from."""
    return ["-P", "-s", "-B"]


def environment() -> dict[str, str]:
    """Return all environment variables of an isolated process.

    One thread, and the same hashes in each process: the same bits each time. The allocators
    reserve no more memory than they use, as what is reserved counts.
    """
    threads = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "ARROW_IO_THREADS")
    paths = os.pathsep.join(_package_folders())
    return {
        **dict.fromkeys(threads, "1"),
        "ARROW_DEFAULT_MEMORY_POOL": "system",
        "MALLOC_ARENA_MAX": "1",
        "PYTHONPATH": paths,
        "PYTHONHASHSEED": "0",
        "LANG": "C.UTF-8",
        "TZ": "UTC",
    }
