"""Versions of installed packages, whatever distribution a module was installed by."""

from __future__ import annotations

import sys
from functools import lru_cache
from importlib import metadata

# Modules that are not named after their distribution.
_MODULES = {"scikit-learn": "sklearn"}


def find_version(package: str) -> str | None:
    """Return the version of a package, or None if it is not installed; nothing is imported.

    The same module comes in distributions of several names, such as ``tensorflow`` and
    ``tensorflow-cpu``, or ``keras`` and ``keras-nightly``, or from a checkout, without any.

    Parameters
    ----------
    package : str
        Name of its usual distribution.

    Returns
    -------
    str or None

    Examples
    --------
    >>> import numpy
    >>> find_version("numpy") == numpy.__version__, find_version("no-such-package")
    (True, None)
    """
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        pass
    module = _MODULES.get(package, package.replace("-", "_"))
    others = _distributions().get(module)
    if others:
        return metadata.version(sorted(others)[0])
    return getattr(sys.modules.get(module), "__version__", None)


@lru_cache(maxsize=1)
def _distributions() -> dict[str, list[str]]:
    # Reads the file list of every distribution, so only where the usual name is not found.
    return {name: list(found) for name, found in metadata.packages_distributions().items()}
