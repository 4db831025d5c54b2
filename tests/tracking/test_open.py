"""Which registry is opened."""

import pytest

from keraswrap.exceptions import InputTypeError, ParameterError
from keraswrap.tracking import open_registry


def test_a_path_is_a_file(tmp_path):
    assert open_registry(tmp_path / "a.sqlite").where == str(tmp_path / "a.sqlite")


@pytest.mark.parametrize("to", [None, "", 3, b"a"])
def test_what_is_no_path_is_refused(to):
    with pytest.raises(InputTypeError, match="Expected the path of a registry"):
        open_registry(to)


def test_unknown_schemes_are_refused_without_what_follows():
    with pytest.raises(ParameterError, match=r"got ftp://…"):
        open_registry("ftp://me:secret@host")
