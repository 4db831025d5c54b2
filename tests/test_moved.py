"""Modules that have moved: pickles that name them still load."""

import importlib
import pickle

import pytest

from keraswrap._moved import MOVED


@pytest.mark.parametrize(("old", "new"), MOVED.items())
def test_a_module_is_found_by_its_earlier_name(old, new):
    assert importlib.import_module(old) is importlib.import_module(new)


def test_a_pickle_that_names_a_moved_module_loads():
    from keraswrap.llm import Piece

    named_so = pickle.dumps(Piece("a"), protocol=0).replace(
        b"keraswrap.llm._protocol", b"keraswrap.llm.protocol"
    )
    assert pickle.loads(named_so) == Piece("a")


def test_a_module_that_never_was_is_still_missing():
    with pytest.raises(ModuleNotFoundError, match=r"keraswrap\.llm\.nothing"):
        importlib.import_module("keraswrap.llm.nothing")
