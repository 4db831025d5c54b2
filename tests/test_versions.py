"""Versions are found under whatever name a module was installed, without importing it."""

import sys

import keras
import pytest
import sklearn

from keraswrap import _versions
from keraswrap._versions import find_version


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Install a module of one name by a distribution of another; it cannot be imported."""

    def install(module, distribution, version):
        (tmp_path / module).mkdir()
        (tmp_path / module / "__init__.py").write_text("raise RuntimeError")
        about = tmp_path / f"{distribution.replace('-', '_')}-{version}.dist-info"
        about.mkdir()
        (about / "METADATA").write_text(f"Name: {distribution}\nVersion: {version}\n")
        (about / "RECORD").write_text(f"{module}/__init__.py,,\n")
        monkeypatch.syspath_prepend(tmp_path)
        _versions._distributions.cache_clear()

    yield install
    _versions._distributions.cache_clear()


@pytest.mark.parametrize(("package", "module"), [("keras", keras), ("scikit-learn", sklearn)])
def test_the_version_is_the_one_that_the_module_says(package, module):
    assert find_version(package) == module.__version__


@pytest.mark.parametrize("distribution", ["flowing", "flowing-cpu", "flowing-nightly"])
def test_a_distribution_of_another_name_is_found(installed, distribution):
    installed("flowing", distribution, "3.4")
    assert find_version("flowing") == "3.4"
    assert "flowing" not in sys.modules


def test_of_a_module_without_a_distribution_its_own_word_counts(monkeypatch):
    checkout = type(sys)("checkout")
    monkeypatch.setitem(sys.modules, "checkout", checkout)
    assert find_version("checkout") is None
    checkout.__version__ = "7.0"
    assert find_version("checkout") == "7.0"
