"""A cache in one SQLite file: whole steps, no other program's file, the oldest rows go first."""

import sqlite3

import pytest

from keraswrap import _sqlite

HEADER = (77, 1)
LAYOUT = ["CREATE TABLE things (key BLOB PRIMARY KEY, value BLOB, used INTEGER)"]


def opened(path):
    return _sqlite.opened(path, HEADER, LAYOUT, lambda: ValueError("another program's"))


def fill(base, keys, size=10):
    for used, key in enumerate(keys):
        base.execute("INSERT INTO things VALUES (?, ?, ?)", (key, b"x" * size, used))


def test_a_step_that_breaks_leaves_the_file_as_it_was(tmp_path):
    with opened(tmp_path / "new" / "cache") as base:
        fill(base, [b"a"])
        with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"), _sqlite.transaction(base):
            fill(base, [b"b", b"a"])
    with opened(tmp_path / "new" / "cache") as base:
        assert _sqlite.one(base, "SELECT COUNT(*) FROM things") == 1


def test_another_programs_file_is_refused_and_kept(tmp_path):
    other = sqlite3.connect(tmp_path / "other")
    other.execute("CREATE TABLE notes (text TEXT)")
    other.close()
    before = (tmp_path / "other").read_bytes()
    with pytest.raises(ValueError, match="another program's"), opened(tmp_path / "other"):
        pass
    assert (tmp_path / "other").read_bytes()[100:] == before[100:]


def test_many_keys_are_found_at_once(tmp_path):
    keys = [b"%d" % number for number in range(2 * _sqlite.AT_ONCE)]
    with opened(tmp_path / "cache") as base:
        fill(base, keys)
        found = {key for (key,) in _sqlite.select(base, "things", "key", [*keys, b"none"])}
        assert found == set(keys)
        assert _sqlite.next_tick(base, "things") == len(keys)


def test_the_rows_unused_for_longest_go_until_the_file_is_small_enough(tmp_path):
    with opened(tmp_path / "cache") as base:
        fill(base, [b"%d" % number for number in range(100)], size=2000)
        _sqlite.drop_oldest(base, "things", 100_000)
        left = [used for (used,) in base.execute("SELECT used FROM things ORDER BY used")]
        assert 0 < len(left) < 60
        assert left == list(range(left[0], 100))
        assert _sqlite.bytes_used(base) <= 100_000
