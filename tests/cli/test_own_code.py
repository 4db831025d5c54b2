"""A router by the name of the user's own code."""

import sys
from pathlib import Path

import pytest

from keraswrap.cli._own_code import load_router
from keraswrap.exceptions import InputError, ParameterError
from keraswrap.routing import MessageRouter

CODE = """
import beside
from keraswrap.routing import MessageRouter
router = MessageRouter(None, {}, beside.FALLBACK)
def make():
    return router
class Shop:
    router = router
number = 3
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "modules", dict(sys.modules))
    Path("beside.py").write_text("FALLBACK = 'Pardon?'")
    Path("own_shop.py").write_text(CODE)
    Path("broken.py").write_text("import nowhere_to_be_found")
    return tmp_path


@pytest.mark.parametrize(
    "named",
    [
        "own_shop.py:router",
        "own_shop:router",
        "own_shop.py:make",
        "own_shop:Shop.router",
        "{folder}/own_shop.py:router",
    ],
)
def test_a_file_or_a_module_is_run(named, folder):
    router = load_router(named.format(folder=folder))
    assert isinstance(router, MessageRouter)
    assert router.fallback == "Pardon?"


def test_a_file_with_the_name_of_a_module_takes_nothing_from_it(folder):
    (folder / "json.py").write_text(CODE)
    before = sys.modules["json"]
    assert load_router("json.py:router").fallback == "Pardon?"
    assert sys.modules["json"] is before


@pytest.mark.parametrize(
    ("named", "error", "said"),
    [
        ("own_shop.py", ParameterError, "FILE:NAME or MODULE:NAME"),
        (":router", ParameterError, "FILE:NAME or MODULE:NAME"),
        ("none.py:router", InputError, "Expected a Python file, got 'none.py'"),
        ("nowhere.shop:router", InputError, "Expected a module, got 'nowhere.shop'"),
        (".shop:router", ParameterError, "Expected the name of a module, got '.shop'"),
        ("own_shop.py:no.router", ParameterError, "Expected 'no.router' in 'own_shop.py'"),
        ("own_shop.py:number", ParameterError, "Expected a MessageRouter, or a function .* got 3"),
        ("own_shop.py:Shop", ParameterError, "got <class"),
    ],
)
def test_what_is_not_there_is_told(named, error, said):
    with pytest.raises(error, match=said):
        load_router(named)


@pytest.mark.parametrize("named", ["broken.py:router", "broken:router"])
def test_faults_of_the_code_itself_are_shown(named):
    with pytest.raises(ModuleNotFoundError, match="nowhere_to_be_found"):
        load_router(named)
