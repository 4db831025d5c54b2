"""Optional packages: imported, or named with the extra that brings them."""

import sys

import pytest

from keraswrap._optional import require
from keraswrap.exceptions import MissingExtraError


def test_a_module_inside_a_package_is_returned_itself():
    assert require("xml.etree.ElementTree", "text") is sys.modules["xml.etree.ElementTree"]


@pytest.mark.parametrize("module", ["no_such_package", "no_such_package.inside"])
def test_a_missing_package_is_named_with_its_extra(module):
    expected = r"'no_such_package', .*pip install 'keraswrap\[llm\]'"
    with pytest.raises(MissingExtraError, match=expected):
        require(module, "llm")


@pytest.mark.parametrize(
    ("content", "error"),
    [("import no_such_package", ModuleNotFoundError), ("from os import nothing", ImportError)],
)
def test_what_fails_inside_a_package_is_not_said_to_be_missing(
    tmp_path, monkeypatch, content, error
):
    (tmp_path / "broken_package.py").write_text(content)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(error, match=r"no_such_package|nothing") as caught:
        require("broken_package", "llm")
    assert not isinstance(caught.value, MissingExtraError)
