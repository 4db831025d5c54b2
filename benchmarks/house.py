"""Measure the layout: how large files are, what is public, and how many files a call passes.

Run it with ``make house``. The sizes are read from the source; the paths of calls are
found by running four small jobs and recording each file of keraswrap in which a
function ran. The numbers describe the layout; nothing fails because of them. With
``ARGS=--sizes`` no job is run, and ``ARGS=--names`` names what some of them count.
"""

from __future__ import annotations

import ast
import inspect
import re
import statistics
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "keraswrap"
Function = ast.FunctionDef | ast.AsyncFunctionDef


def share(numbers: list[int], part: float) -> int:
    """Return the smallest number that `part` of them do not exceed."""
    return sorted(numbers)[min(int(part * len(numbers)), len(numbers) - 1)]


def functions(trees: dict[Path, ast.Module]) -> Iterator[Function]:
    for tree in trees.values():
        yield from (node for node in ast.walk(tree) if isinstance(node, Function))


def body_lines(node: Function) -> int:
    documented = ast.get_docstring(node) is not None
    body = node.body[1:] if documented else node.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def count_arguments(node: Function) -> int:
    given = node.args
    named = [*given.posonlyargs, *given.args, *given.kwonlyargs]
    return len([one for one in named if one.arg not in ("self", "cls")])


def is_private(path: Path) -> bool:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return any(part.startswith("_") and part != "__init__" for part in parts)


def room_edges(trees: dict[Path, ast.Module]) -> set[tuple[str, str]]:
    edges = set()
    for path, tree in trees.items():
        room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        text = ast.unparse(tree)
        edges |= {(room, to) for to in re.findall(r"from keraswrap\.(\w+)", text) if to != room}
        for names in re.findall(r"from keraswrap import (.+)", text):
            edges |= {(room, to.split(" as ")[0]) for to in names.split(", ") if to != room}
    return edges


def count_any(tree: ast.Module) -> int:
    return sum(isinstance(node, ast.Name) and node.id == "Any" for node in ast.walk(tree))


def untested(trees: dict[Path, ast.Module]) -> list[Path]:
    """Return the modules without a test of the same name in the matching folder of tests.

    Modules that define neither a function nor a class are left out.
    """
    found = {path.relative_to(ROOT / "tests") for path in (ROOT / "tests").rglob("test_*.py")}
    missing = []
    for path, tree in trees.items():
        inside = path.relative_to(PACKAGE)
        rooms = [part.lstrip("_") for part in inside.parent.parts]
        name = inside.stem.lstrip("_")
        if not any(isinstance(node, Function | ast.ClassDef) for node in ast.walk(tree)):
            continue
        if name != "init__" and Path(*rooms, f"test_{name}.py") not in found:
            missing.append(inside)
    return missing


def parse() -> dict[Path, ast.Module]:
    return {p: ast.parse(p.read_text(encoding="utf-8")) for p in sorted(PACKAGE.rglob("*.py"))}


def many_arguments(trees: dict[Path, ast.Module]) -> list[str]:
    """Name the functions of more than 8 arguments, and say how many they have."""
    found = [
        (path.relative_to(PACKAGE), node.name, count_arguments(node))
        for path, tree in trees.items()
        for node in functions({path: tree})
        if node.name != "__init__"
    ]
    return [f"{path}: {name}, {count}" for path, name, count in found if count > 8]


def names() -> dict[str, list[str]]:
    """Name what the sizes count."""
    trees = parse()
    return {
        "functions of more than 8 arguments": many_arguments(trees),
        "modules without a test of their name": list(map(str, untested(trees))),
    }


def sizes() -> dict[str, Any]:
    trees = parse()
    files, texts = list(trees), {path: path.read_text(encoding="utf-8") for path in trees}
    lines = [len(text.splitlines()) for text in texts.values()]
    bodies = [body_lines(node) for node in functions(trees)]
    private = sum(map(is_private, files))
    levels = [int(n) for text in texts.values() for n in re.findall(r"stacklevel=(\d+)", text)]
    return {
        "files": len(files),
        "lines": sum(lines),
        "file, median and p90": f"{statistics.median(lines):.0f}, {share(lines, 0.9)}",
        "function body, median and p90": f"{statistics.median(bodies):.0f}, {share(bodies, 0.9)}",
        "files over 300 lines": sum(n > 300 for n in lines),
        "modules, private and public": f"{private}, {len(files) - private}",
        "Any": sum(map(count_any, trees.values())),
        "functions of more than 8 arguments": len(many_arguments(trees)),
        "imports between rooms": len(room_edges(trees)),
        "highest stacklevel": max(levels, default=0),
        "modules without a test of their name": len(untested(trees)),
    }


# The four ways


def build(meta: dict[str, Any]) -> Any:
    import keras

    hidden = [keras.Input((meta["n_features_in_"],)), keras.layers.Dense(4, "relu")]
    return keras.Sequential([*hidden, keras.layers.Dense(meta["n_classes_"])])


def wrapper_fit() -> None:
    import numpy as np

    from keraswrap import KerasWrapperModel

    X = np.random.default_rng(0).normal(size=(40, 3)).astype("float32")
    KerasWrapperModel(build, {}, {"optimizer": "adam"}).fit(X, X[:, 0] > 0).predict(X)


TEXTS = ["a fine film", "a dull film", "good and warm", "bad and cold"] * 5


def text_fit() -> None:
    from keraswrap.text import TransformerClassifier

    TransformerClassifier(trainable="head").fit(TEXTS, [1, 0, 1, 0] * 5).predict(TEXTS)


def issues_page() -> None:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    from keraswrap.issues import find_label_issues
    from keraswrap.report import make_report

    classifier = make_pipeline(TfidfVectorizer(), LogisticRegression())
    found = find_label_issues(classifier, TEXTS, [1, 0, 1, 0] * 5, cv=2)
    with tempfile.TemporaryDirectory() as folder:
        make_report(found, TEXTS).save(Path(folder) / "report.html")


def language_model() -> None:
    from keraswrap.llm import FakeLM, ZeroShotClassifier

    ZeroShotClassifier(model=FakeLM()).fit(None, ["good", "bad"]).predict(TEXTS[:2])


WAYS = {
    "fit of a wrapper": wrapper_fit,
    "fit of a text classifier": text_fit,
    "label issues to a page": issues_page,
    "a text through a language model": language_model,
}


def walk(job: Callable[[], None]) -> int:
    """Return the number of files of keraswrap in which a function ran during the job."""
    seen: set[str] = set()

    def note(frame: Any, event: str, argument: Any) -> None:
        # The bodies of modules and classes run on import, and are not functions.
        if event == "call" and frame.f_code.co_flags & inspect.CO_OPTIMIZED:
            seen.add(frame.f_code.co_filename)

    threading.setprofile(note)
    sys.setprofile(note)
    try:
        job()
    finally:
        sys.setprofile(None)
        threading.setprofile(None)  # type: ignore[arg-type]
    return len([name for name in seen if name.startswith(str(PACKAGE))])


def main() -> None:
    if "--names" in sys.argv:
        for name, found in names().items():
            print(f"{name}:", *found, sep="\n  ")
        return
    rows = sizes()
    if "--sizes" not in sys.argv:
        rows |= {f"files on the way: {name}": walk(job) for name, job in WAYS.items()}
    for name, value in rows.items():
        print(f"{name:48} {value}")


if __name__ == "__main__":
    main()
