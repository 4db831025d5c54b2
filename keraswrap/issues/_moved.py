"""Where the classes of pickles of version 0.1 are now. May go in version 0.3."""

import importlib
import sys

# Old module → new one, both below keraswrap.issues.
_MOVED = {
    "cleaning": "labels._clean_classifier",
    "estimates": "labels._estimates",
    "findings": "rows._results",
    "pieces": "_chunks",
    "scores": "labels._scores",
    "strategies": "labels._strategies",
    "table": "labels._label_issues",
}


def register() -> None:
    """Register a module under its former name, which old pickles ask for."""
    for old, new in _MOVED.items():
        sys.modules[f"keraswrap.issues.{old}"] = importlib.import_module(f"keraswrap.issues.{new}")
