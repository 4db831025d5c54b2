"""Import an optional package, or raise an error that names the extra."""

from __future__ import annotations

import importlib
from types import ModuleType

from keraswrap.exceptions import MissingExtraError


def require(module: str, extra: str) -> ModuleType:
    """Import `module`, or name the extra of keraswrap that installs it.

    Parameters
    ----------
    module : str
        Dotted name of the module to import.
    extra : str
        The extra of keraswrap's setup that brings it.

    Returns
    -------
    module
        The imported module.

    Raises
    ------
    MissingExtraError
        If the module is not installed.

    Examples
    --------
    >>> require("math", "text").sqrt(4.0)
    2.0
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        # A missing dependency of the module is another fault: let it show.
        if error.name is None or error.name.split(".")[0] != module.split(".")[0]:
            raise
        raise MissingExtraError(
            f"Expected the package {module.split('.')[0]!r}, which is not installed. "
            f"Install it with: pip install 'keraswrap[{extra}]'"
        ) from error
