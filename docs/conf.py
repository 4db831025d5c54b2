"""Sphinx settings: Markdown guides, an API reference from docstrings, the notebooks as they are."""

from __future__ import annotations

import importlib
import inspect
import shutil
import sys
import textwrap
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parent
sys.path.insert(0, str(ROOT))

import keraswrap  # noqa: E402

project = "keraswrap"
author = "the keraswrap authors"
copyright = f"2026, {author}"
release = keraswrap.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "myst_nb",
    "sphinx_copybutton",
]
exclude_patterns = ["_build"]
templates_path = ["_templates"]
html_theme = "pydata_sphinx_theme"
html_title = "keraswrap"
html_theme_options = {
    "show_prev_next": False,
    "secondary_sidebar_items": ["page-toc"],
    "navbar_end": ["theme-switcher"],
    "header_links_before_dropdown": 5,
}
html_sidebars = {"index": [], "install": [], "migrating": []}
html_copy_source = False

# The notebooks hold the outputs of a whole run: `make tutorials` writes them, CI runs them small.
nb_execution_mode = "off"
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
# Notebooks hold shell lines, which are no Python.
suppress_warnings = ["misc.highlighting_failure"]

autosummary_generate = True
autodoc_typehints = "none"  # the docstrings say the types, with shapes and defaults
autodoc_member_order = "bysource"
numpydoc_class_members_toctree = False
numpydoc_show_class_members = False
# Built offline, so names of other projects are not linked.
nitpick_ignore_regex = [(r"py:.*", r"(sklearn|keras|cleanlab|numpy|pandas)\..*")]
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
copybutton_only_copy_prompt_lines = True

# Rooms whose public names make up the reference, in the order of its pages.
PUBLIC = ("", "text", "model_selection", "ensembles", "selective", "issues", "report", "llm")
PUBLIC += ("routing", "serving", "model_files", "tracking", "drift", "retraining")
PUBLIC += ("labeling", "synthetic", "codegen", "data", "datasets", "layers", "exceptions")


def setup(app: Any) -> None:
    """Lay the notebooks and the lists of public names beside the guides before reading."""
    app.connect("config-inited", lambda *_: (copy_tutorials(), write_reference()))
    app.connect("autodoc-skip-member", skip_inherited)
    app.connect("source-read", link_tutorials)


def skip_inherited(app: Any, what: str, name: str, member: Any, skip: bool, options: Any) -> bool:
    """Leave out what scikit-learn and Keras document: it is in their own references."""
    code = getattr(member, "fget", None) or member
    return skip or str(getattr(code, "__module__", "")).startswith(("sklearn.", "keras."))


def copy_tutorials() -> None:
    """Copy the notebooks in, since Sphinx reads nothing outside its own folder."""
    target = HERE / "tutorials"
    target.mkdir(exist_ok=True)
    for notebook in (ROOT / "tutorials").glob("*.ipynb"):
        shutil.copy(notebook, target)


def link_tutorials(app: Any, name: str, source: list[str]) -> None:
    """Have links to the notebooks, which hold in the repository, lead to their pages here."""
    source[0] = source[0].replace("](../../tutorials/", "](../tutorials/")


def public_names(room: str) -> list[str]:
    """Return the public names of a room, as its ``__all__`` has them, or as it defines them."""
    module = importlib.import_module(f"keraswrap.{room}".rstrip("."))
    listed = getattr(module, "__all__", None)
    if listed is None:
        own = [n for n, value in vars(module).items() if _is_own(value, module.__name__)]
        listed = [name for name in own if not name.startswith("_")]
    return sorted(name for name in listed if not name.startswith("__"))


def _is_own(value: Any, module: str) -> bool:
    return (inspect.isclass(value) or inspect.isfunction(value)) and value.__module__ == module


def write_reference() -> None:
    """Write one page a room, with a table of its public names and a page for each."""
    shutil.rmtree(HERE / "api" / "generated", ignore_errors=True)  # of names that are gone
    for room in PUBLIC:
        name = f"keraswrap.{room}".rstrip(".")
        path, page = HERE / "api" / f"{name}.rst", reference_page(name, room)
        if not path.exists() or path.read_text("utf-8") != page:
            path.write_text(page, "utf-8")


def reference_page(name: str, room: str) -> str:
    """Return a room's page: what it is for, its classes and functions, its constants."""
    module = importlib.import_module(name)
    members = {each: getattr(module, each) for each in public_names(room)}
    coded = [each for each, value in members.items() if inspect.isroutine(value)]
    coded += [each for each, value in members.items() if inspect.isclass(value)]
    page = f"{name}\n{'=' * len(name)}\n\n{inspect.getdoc(module) or ''}\n\n"
    page += f".. currentmodule:: {name}\n\n.. autosummary::\n   :toctree: generated\n"
    page += "   :nosignatures:\n\n" + "".join(f"   {each}\n" for each in sorted(coded))
    for each in sorted(members.keys() - set(coded)):
        value = textwrap.indent(str(members[each]), "      ")
        page += f"\n.. py:data:: {each}\n\n   ::\n\n{value}\n"
    return page
