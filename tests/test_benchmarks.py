"""Benchmarks, which run by hand: what they import from the package is there."""

import ast
import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SCRIPTS = sorted(
    path
    for folder in ("benchmarks", "tutorials", "docs")
    for path in ROOT.glob(f"{folder}/**/*.py")
    if not any(part.startswith((".", "_")) for part in path.relative_to(ROOT).parts)
)


def imported(path):
    """Yield each name that a script takes from the package, with its module."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "keraswrap":
            yield from ((node.module, alias.name) for alias in node.names)


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_what_a_script_imports_is_there(path):
    for module, name in imported(path):
        found = importlib.import_module(module)
        assert hasattr(found, name) or importlib.import_module(f"{module}.{name}")


def test_imports_are_found():
    common = ROOT / "benchmarks" / "common.py"
    assert ("keraswrap._paired", "paired_interval") in set(imported(common))
