"""Bytes in a registry's file."""

import hashlib
import sqlite3

import pytest

from keraswrap import _sqlite
from keraswrap.exceptions import InputError, SavedFileError, StorageError
from keraswrap.tracking._layout import opened, read_content, write_content


@pytest.fixture
def path(tmp_path):
    return tmp_path / "folder" / "registry.sqlite"


@pytest.mark.parametrize("size", [0, 1, 2**20 - 1, 2**20, 2**20 + 1, 3 * 2**20])
def test_bytes_come_back_from_as_many_parts_as_they_need(path, size):
    content = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    with opened(path) as base:
        sha256 = write_content(base, content)
        assert write_content(base, content) == sha256 == hashlib.sha256(content).hexdigest()
        assert read_content(base, sha256, "it") == content
        assert _sqlite.one(base, "SELECT COUNT(*) FROM parts") == max(1, -(-size // 2**20))


def test_a_missing_part_is_told(path):
    with opened(path) as base:
        sha256 = write_content(base, b"x" * 2**21)
        base.execute("DROP TRIGGER no_DELETE_of_parts")
        base.execute("DELETE FROM parts WHERE number = 1")
        with pytest.raises(SavedFileError, match="Expected the bytes of it with sha256"):
            read_content(base, sha256, "it")


@pytest.mark.parametrize(
    ("error", "kind", "message"),
    [
        (sqlite3.OperationalError("database or disk is full"), StorageError, "Free some space"),
        (sqlite3.OperationalError("database is locked"), StorageError, "let it end"),
        (sqlite3.DatabaseError("database disk image is malformed"), SavedFileError, "is damaged"),
        (sqlite3.IntegrityError("versions are never changed"), InputError, "refused: versions"),
        (OSError(28, "No space left on device"), StorageError, "No space left on device"),
    ],
)
def test_errors_are_told_in_words(path, error, kind, message):
    with pytest.raises(kind, match=message), opened(path):
        raise error
