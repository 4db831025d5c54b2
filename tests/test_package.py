"""The package as a whole: how it imports, what it offers, which room uses which."""

import ast
import re
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

import keraswrap

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "keraswrap"
HEAVY = {
    *("keras", "tensorflow", "torch", "jax", "keras_hub", "tensorflow_text"),
    *("transformers", "tokenizers", "huggingface_hub", "datasets"),
    *("httpx2", "jsonschema", "llguidance", "mlflow"),
}

# Run in a fresh interpreter: seconds that the import took, and what it loaded.
FRESH = """
import sys, time
start = time.perf_counter()
import keraswrap
print(time.perf_counter() - start, *{name.split(".")[0] for name in sys.modules})
"""


def fresh_import():
    command = [sys.executable, "-c", FRESH]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    seconds, *loaded = done.stdout.split()
    return float(seconds), set(loaded)


def test_import_is_quick_and_light():
    runs = [fresh_import() for _ in range(5)]
    assert statistics.median(seconds for seconds, _ in runs) <= 0.3
    assert not runs[0][1] & (HEAVY | {"sklearn", "pandas", "scipy", "cleanlab"})


def test_all_is_the_surface():
    public = {name for name in dir(keraswrap) if not name.startswith("_")}
    modules = {name for name in public if isinstance(getattr(keraswrap, name), type(sys))}
    # importlib, typing.Any and the annotations future are what the module itself needs.
    assert public - modules - {"Any", "annotations"} == set(keraswrap.__all__) - {"__version__"}
    for name in keraswrap.__all__:
        assert getattr(keraswrap, name) is not None


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'KerasWrapper'"):
        keraswrap.KerasWrapper  # noqa: B018


# Which room uses which


def room_of(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def read_rooms():
    """The table of ARCHITECTURE.md: room → rooms it uses, heavy package → lazy only."""
    page = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    rooms = {}
    for room, uses, heavy in re.findall(r"^\| `(\w+)` \|.*\|(.*)\|(.*)\|$", page, re.MULTILINE):
        packages = re.findall(r"`(\w+)`( \(lazy\))?", heavy)
        rooms[room] = (set(re.findall(r"`(\w+)`", uses)), {n: bool(lazy) for n, lazy in packages})
    return rooms


def imported_names(node, module):
    """Dotted names that one syntax node imports, `require("x", …)` included."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        base = module.rsplit(".", node.level)[0] + "." if node.level else ""
        source = (base + (node.module or "")).rstrip(".")
        return [source, *(f"{source}.{alias.name}" for alias in node.names)]
    if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in {
        *("require", "import_module", "__import__")
    }:
        return [arg.value for arg in node.args[:1] if isinstance(arg, ast.Constant)]
    return []


def for_typing(node):
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


def find_imports(node, module, lazy=False):
    """Every (dotted name, is it inside a function) that a syntax tree imports."""
    for child in ast.iter_child_nodes(node):
        if for_typing(child):
            continue
        yield from ((name, lazy) for name in imported_names(child, module))
        inside = lazy or isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        yield from find_imports(child, module, inside)


def imports_of(path):
    module = ".".join(("keraswrap", *path.relative_to(PACKAGE).with_suffix("").parts))
    return set(find_imports(ast.parse(path.read_text(encoding="utf-8")), module))


ROOMS = read_rooms()
FILES = sorted(PACKAGE.rglob("*.py"))


def test_every_room_is_in_the_table_and_the_other_way_round():
    assert set(ROOMS) == {room_of(path) for path in FILES}


def test_the_table_goes_down_only():
    order = list(ROOMS)
    for room, (uses, _) in ROOMS.items():
        assert uses <= set(order[: order.index(room)]), f"{room} uses a room below it in the table"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_room_uses_only_what_the_table_allows(path):
    room = room_of(path)
    uses, heavy = ROOMS[room]
    for name, lazy in imports_of(path):
        top, *rest = name.split(".")
        if top == "keraswrap" and rest:
            assert rest[0] in {room, *uses, "__version__"}, f"{path.name} imports {name}"
        elif top in HEAVY:
            assert top in heavy, f"{path.name} imports {name}"
            assert lazy or not heavy[top], f"{path.name} imports {name} outside a function"


@pytest.mark.parametrize(("room", "other"), [("llm", "text"), ("text", "llm")])
def test_texts_and_language_models_know_of_each_other_what_is_public(room, other):
    found = {name for path in FILES if room_of(path) == room for name, _ in imports_of(path)}
    deep = {name for name in found if re.match(rf"keraswrap\.{other}\.[^A-Z]", name)}
    assert deep == set()


def test_the_reader_of_imports_sees_every_form():
    source = """
import keras.ops
from . import _data
from ._params import route
def f():
    from tensorflow import data
    require("keras_hub", "text")
if TYPE_CHECKING:
    import torch
"""
    found = set(find_imports(ast.parse(source), "keraswrap._engine"))
    assert found == {
        ("keras.ops", False),
        ("keraswrap", False),
        ("keraswrap._data", False),
        ("keraswrap._params", False),
        ("keraswrap._params.route", False),
        ("tensorflow", True),
        ("tensorflow.data", True),
        ("keras_hub", True),
    }
