"""Features on disk: what is kept, what is dropped, what happens when something breaks."""

import hashlib
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from keraswrap.exceptions import InputTypeError, ParameterError, StorageError
from keraswrap.text._embedding_cache import EmbeddingCache

WIDTH = 64


def rows(*numbers):
    """Keys, and rows that follow from them."""
    keys = [hashlib.sha256(str(n).encode()).digest() for n in numbers]
    return keys, np.array([np.full(WIDTH, n) for n in numbers], dtype="float32")


@pytest.fixture
def cache(tmp_path):
    return EmbeddingCache(tmp_path / "cache")


def held(cache, *numbers):
    """Which of these rows are there; they must be as they were written."""
    keys, vectors = rows(*numbers)
    found = cache.read(keys, WIDTH)
    assert all(np.array_equal(vectors[n], row) for n, row in found.items())
    return [numbers[n] for n in sorted(found)]


def test_rows_come_back_as_they_were(cache):
    cache.write(*rows(1, 2, 3))
    assert held(cache, 3, 4, 1) == [3, 1]
    assert held(EmbeddingCache(cache.path.parent), 1, 2, 3) == [1, 2, 3]


def test_a_row_is_written_over(cache):
    cache.write(rows(1)[0], rows(2)[1])
    cache.write(*rows(1))
    assert held(cache, 1) == [1]
    assert cache.info().n_rows == 1


def test_thousands_of_rows_are_read_at_once(cache):
    cache.write(*rows(*range(2500)))
    assert held(cache, *range(3000)) == list(range(2500))


def test_clearing_gives_the_space_back(cache):
    cache.write(*rows(*range(2000)))
    before = cache.path.stat().st_size
    cache.clear()
    assert cache.info().n_rows == 0
    assert cache.path.stat().st_size < before / 10


def test_the_rows_unused_for_longest_go_first(tmp_path):
    cache = EmbeddingCache(tmp_path, size=200_000)
    for start in range(0, 1000, 100):
        cache.write(*rows(*range(start, start + 100)))
        assert held(cache, *range(10)) == list(range(10))
        assert cache.path.stat().st_size <= 220_000
    assert held(cache, *range(900, 1000)) == list(range(900, 1000))
    assert held(cache, *range(10, 100)) == []


def test_a_cache_too_small_for_anything_holds_nothing(tmp_path):
    cache = EmbeddingCache(tmp_path, size=1)
    cache.write(*rows(1, 2))
    assert held(cache, 1, 2) == []


@pytest.mark.parametrize("damage", ["vector = x'00'", "vector = zeroblob(256)", "crc = 0"])
def test_a_damaged_row_counts_as_none(cache, damage):
    cache.write(*rows(1, 2))
    with sqlite3.connect(cache.path) as base:
        base.execute(f"UPDATE features SET {damage} WHERE key = ?", rows(2)[0])
    assert held(cache, 1, 2) == [1]
    cache.write(*rows(2))
    assert held(cache, 1, 2) == [1, 2]


def corrupt(path):
    content = bytearray(path.read_bytes())
    content[100:] = b"\xff" * (len(content) - 100)
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda path: path.write_bytes(b"no database" * 1000), "not a database.*move it away"),
        (corrupt, "malformed.*move it away, and features are computed again"),
    ],
)
def test_a_broken_file_is_refused_and_left_as_it_is(cache, spoil, message):
    cache.write(*rows(1, 2))
    spoil(cache.path)
    before = cache.path.read_bytes()
    for step in (lambda: cache.read(rows(1)[0], WIDTH), lambda: cache.write(*rows(1))):
        with pytest.raises(StorageError, match=message):
            step()
    assert cache.path.read_bytes() == before


@pytest.mark.parametrize("statement", ["CREATE TABLE notes (a)", "PRAGMA user_version = 7"])
def test_another_programs_file_is_refused(cache, statement):
    cache.path.parent.mkdir()
    with sqlite3.connect(cache.path) as base:
        base.execute("CREATE TABLE other (a)")
        base.execute(statement)
    with pytest.raises(StorageError, match=r"got another file in .*left as it is"):
        cache.check()


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match=r"written at .*file/sub.*another folder, or False"):
        EmbeddingCache(tmp_path / "file" / "sub").check()


@pytest.mark.parametrize("size", [0, -1, 1.5, "1 GB", None, True])
def test_a_size_is_a_number_of_bytes(size):
    with pytest.raises(ParameterError, match="size as a number of bytes, got"):
        EmbeddingCache(size=size)


def test_a_folder_is_a_path():
    with pytest.raises(InputTypeError, match="Expected a folder for the cache, got 3"):
        EmbeddingCache(3)


# Other processes

HEAD = """
import hashlib, sys
sys.path[:0] = {path!r}
from test_embedding_cache import EmbeddingCache, rows
cache = EmbeddingCache({folder!r})
"""


def start(cache, code):
    """Run code beside this process."""
    path = [str(Path(__file__).parent), *sys.path]
    text = HEAD.format(path=path, folder=str(cache.path.parent)) + code
    return subprocess.Popen([sys.executable, "-c", text], stderr=subprocess.PIPE, text=True)


def sound(cache):
    with sqlite3.connect(cache.path) as base:
        return base.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_two_processes_share_it(cache):
    code = "for n in range({0}, {0} + 300, 10): cache.write(*rows(*range(n, n + 20)))"
    running = [start(cache, code.format(first)) for first in (0, 150)]
    for process in running:
        assert process.wait(60) == 0, process.stderr.read()
    assert held(cache, *range(500)) == list(range(460))
    assert sound(cache)


def test_a_process_killed_while_writing_leaves_whole_steps(cache):
    code = "n = 0\nwhile True: cache.write(*rows(*range(n, n + 50))); n += 50"
    process = start(cache, code)
    for _ in range(600):
        if cache.path.exists() and cache.path.stat().st_size > 500_000:
            break
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait(60)
    n_rows = cache.info().n_rows
    assert n_rows >= 50
    assert n_rows % 50 == 0
    assert held(cache, *range(n_rows)) == list(range(n_rows))
    assert sound(cache)


FULL = """
import resource
cache.write(*rows(1, 2))
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
cache.write(*rows(*range(3, 2000)))
"""


def test_a_full_disk_keeps_what_was_there(cache):
    process = start(cache, FULL)
    _, errors = process.communicate(timeout=60)
    assert "StorageError: Expected a cache that can be read and written" in errors
    assert held(cache, *range(2000)) == [1, 2]
    assert sound(cache)


READ_ONLY = """
import os
if os.geteuid() == 0: os.setuid(65534)
cache.check()
"""


def test_a_folder_that_may_only_be_read_is_refused(cache):
    cache.write(*rows(1))
    cache.path.chmod(0o444)
    cache.path.parent.chmod(0o555)
    _, errors = start(cache, READ_ONLY).communicate(timeout=60)
    assert "StorageError: Expected a cache that can be read and written" in errors
    assert cache.path.name in errors
