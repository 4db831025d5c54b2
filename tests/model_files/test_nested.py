"""A file of files: the same bytes for the same content, one error for whatever is wrong."""

import pytest

from keraswrap.exceptions import SavedFileError
from keraswrap.model_files._nested import open_nested, pack_nested


def test_what_is_packed_is_read():
    packed = pack_nested("set.json", 1.5, {"size": 1}, {"a": b"content"})
    assert packed == pack_nested("set.json", 1.5, {"size": 1}, {"a": b"content"})
    with open_nested(packed, "here", "set.json") as (told, archive):
        assert (told["class"], told["size"], archive.read("a")) == ("float", 1, b"content")


@pytest.mark.parametrize("content", [b"no zip", pack_nested("other.json", 1, {}, {})])
def test_another_file_is_refused(content):
    with (
        pytest.raises(SavedFileError, match="The file here is corrupt"),
        open_nested(content, "here", "set.json"),
    ):
        pass


def test_what_fails_inside_is_told_of_the_file():
    packed = pack_nested("set.json", 1, {}, {})
    with (
        pytest.raises(SavedFileError, match="The file here is corrupt: KeyError"),
        open_nested(packed, "here", "set.json") as (told, _),
    ):
        told["size"]
