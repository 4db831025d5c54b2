"""Files of checkpoints: sizes first, and whole folders."""

import pytest

from keraswrap._checkpoints import files
from keraswrap.exceptions import InputError


@pytest.fixture
def path(tmp_path):
    (tmp_path / "config.json").write_text('{"a": 1}')
    return tmp_path / "config.json"


def test_a_part_of_a_file_is_read(path):
    assert files.read_bytes(path) == b'{"a": 1}'
    assert files.read_bytes(path, 1, 3) == b'"a"'


@pytest.mark.parametrize(("start", "length"), [(0, 9), (8, 1), (0, 1 << 60)])
def test_more_than_there_is_is_refused_before_it_is_read(path, start, length):
    with pytest.raises(ValueError, match=f"where {length} belong"):
        files.read_bytes(path, start, length)


def test_a_file_too_large_for_json_is_refused_by_its_size(path):
    with path.open("r+b") as file:
        file.truncate(1 << 40)  # a hole, which takes no place on the disk
    with pytest.raises(InputError, match=r"JSON object in .*got 1099511627776 bytes, of at most"):
        files.read_json(path)


def test_the_copy_of_a_process_that_was_first_is_kept(tmp_path):
    for name in ("first", "late", "half"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a").write_text(name)
    (tmp_path / "first" / "b").touch()
    files.settle(tmp_path / "late", tmp_path / "first", ("a", "b"))
    assert (tmp_path / "first" / "a").read_text() == "first"
    files.settle(tmp_path / "late", tmp_path / "half", ("a", "b"))
    assert (tmp_path / "half" / "a").read_text() == "late"
