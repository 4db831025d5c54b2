"""Import one package in a fresh process, and report what was loaded with it."""

from __future__ import annotations

import importlib
import sys

from job import main, timed

HEAVY = ("tensorflow", "keras", "torch", "sklearn", "pandas", "cleanlab")


def run(side, module):
    seconds = {}
    with timed(seconds, "import"):
        importlib.import_module(module)
    loaded = [name for name in HEAVY if name in sys.modules]
    return {"seconds": seconds, "modules": len(sys.modules), "loaded": loaded}


if __name__ == "__main__":
    main(run)
