"""Answers that are kept: exact, bounded, shared by processes, and whole whatever happens."""

import math
import signal
import sqlite3
import subprocess
import sys
import time

import pytest

from keraswrap.exceptions import InputTypeError, ParameterError, SavedFileError, StorageError
from keraswrap.llm._cache import AnswerCache
from keraswrap.llm._protocol import Continuation, Message, Piece, Prompt
from keraswrap.llm._responses import (
    MemoryCache,
    Record,
    answer_key,
    continuation_name,
    prompt_digest,
)


def key(n):
    return n.to_bytes(16, "big")


def records(*numbers):
    return [(key(n), Record({"good": -n / 7})) for n in numbers]


def held(cache, *numbers):
    """Which of these are there; they must be as they were written."""
    found = cache.read([key(n) for n in numbers])
    assert all(found[k].log_probs == {"good": -int.from_bytes(k, "big") / 7} for k in found)
    return sorted(int.from_bytes(k, "big") for k in found)


@pytest.fixture
def cache(tmp_path):
    return AnswerCache(tmp_path / "sub" / "answers.sqlite3")


@pytest.fixture(params=["disk", "memory"])
def store(request, cache):
    return cache if request.param == "disk" else MemoryCache()


def test_records_come_back_exactly(store):
    kept = {
        b"a": Record({"é": -0.1 - 2**-50, "b": -math.inf}),
        b"c": Record({}, "Ünsure.\0\n"),
    }
    store.write(kept.items())
    assert store.read([b"c", b"d", b"a"]) == kept


def test_what_is_new_is_added_to_what_is_known(store):
    store.write([(b"a", Record({"x": -1.0, "y": -2.0}))])
    store.write([(b"a", Record({"y": -3.0, "z": -4.0}))])
    assert store.read([b"a"])[b"a"].log_probs == {"x": -1.0, "y": -3.0, "z": -4.0}


def test_a_record_is_written_over_and_forgotten(store):
    store.write([(key(1), Record({"good": -5.0}))])
    store.write(records(1))
    assert held(store, 1) == [1]
    store.clear()
    assert held(store, 1) == []


def test_thousands_are_read_at_once(store):
    store.write(records(*range(2500)))
    assert held(store, *range(3000)) == list(range(2500))


def test_memory_forgets_what_was_not_used_for_longest():
    store = MemoryCache(size=3)
    store.write(records(1, 2, 3))
    held(store, 1)
    store.write(records(4))
    assert held(store, 1, 2, 3, 4) == [1, 3, 4]


def test_a_file_forgets_what_was_not_used_for_longest(tmp_path):
    cache = AnswerCache(tmp_path / "a", max_bytes=200_000)
    for start in range(0, 5000, 500):
        cache.write(records(*range(start, start + 500)))
        assert held(cache, *range(10)) == list(range(10))
        assert cache.path.stat().st_size <= 220_000
    assert held(cache, *range(4500, 5000)) == list(range(4500, 5000))
    assert held(cache, *range(10, 500)) == []


PROMPT = Prompt(
    (
        Message(
            "user",
            (Piece("a"), Piece("b", False)),
        ),
    )
)
OTHERS = [
    Prompt((Message("user", (Piece("ab"),)),)),
    Prompt((Message("user", (Piece("a"), Piece("b"))),)),
    Prompt((Message("user", (Piece("a", False), Piece("b"))),)),
    Prompt((Message("system", (Piece("a"), Piece("b", False))),)),
    Prompt(PROMPT.messages, chat=True),
]


@pytest.mark.parametrize("other", OTHERS)
def test_keys_tell_prompts_apart(other):
    assert prompt_digest("m", PROMPT) != prompt_digest("m", other)


def test_keys_tell_models_and_continuations_apart():
    assert prompt_digest("m", PROMPT) != prompt_digest("n", PROMPT)
    ones = [Continuation("a"), Continuation("a", True), Continuation("b")]
    assert len({continuation_name(one) for one in ones}) == 3
    lists = [ones, ones[:2], ones[::-1]]
    assert len({answer_key(b"m", some) for some in lists}) == 3


@pytest.mark.parametrize("damage", ["record = '[{}, null]'", "crc = 0", "record = x'00'"])
def test_a_damaged_record_counts_as_none(cache, damage):
    cache.write(records(1, 2))
    with sqlite3.connect(cache.path) as base:
        base.execute(f"UPDATE answers SET {damage} WHERE key = ?", (key(2),))
    base.close()
    assert held(cache, 1, 2) == [1]
    cache.write(records(2))
    assert held(cache, 1, 2) == [1, 2]


# Files that cannot be used


def corrupt(path):
    content = bytearray(path.read_bytes())
    content[100:] = b"\xff" * (len(content) - 100)
    path.write_bytes(content)


def foreign(path):
    path.unlink()
    with sqlite3.connect(path) as base:
        base.execute("CREATE TABLE notes (a)")
    base.close()


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda path: path.write_bytes(b"no database" * 1000), r"answers.sqlite3', got a file.*"),
        (corrupt, "is damaged or of another program .*Move it away, or pass another path"),
        (foreign, r"got another file in .*answers.sqlite3.*it was left as it is"),
    ],
)
def test_a_broken_file_is_refused_and_left_as_it_is(cache, spoil, message):
    cache.write(records(1, 2))
    spoil(cache.path)
    before = cache.path.read_bytes()
    for step in (lambda: cache.read([key(1)]), lambda: cache.write(records(1)), cache.info):
        with pytest.raises(SavedFileError, match=message):
            step()
    assert cache.path.read_bytes() == before


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match=r"written at .*file/sub.*pass another path"):
        AnswerCache(tmp_path / "file" / "sub").info()


@pytest.mark.parametrize("size", [0, -1, 1.5, "1 GB", None, True])
def test_a_size_is_a_number_of_bytes(size, tmp_path):
    with pytest.raises(ParameterError, match="max_bytes as a number of bytes, got"):
        AnswerCache(tmp_path / "a", max_bytes=size)


@pytest.mark.parametrize("path", [3, None, "", True])
def test_a_path_is_a_path(path):
    with pytest.raises(InputTypeError, match="the path of a file for the cache, got"):
        AnswerCache(path)


# Other processes

HEAD = """
from keraswrap.llm._cache import AnswerCache
from keraswrap.llm._responses import Record
cache = AnswerCache({path!r})
def write(numbers):
    cache.write([(n.to_bytes(16, "big"), Record({{"good": -n / 7}})) for n in numbers])
"""


def start(cache, code):
    text = HEAD.format(path=str(cache.path)) + code
    return subprocess.Popen([sys.executable, "-c", text], stderr=subprocess.PIPE, text=True)


def sound(cache):
    with sqlite3.connect(cache.path) as base:
        return base.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_two_processes_share_it(cache):
    code = "for n in range({0}, {0} + 300, 10): write(range(n, n + 20))"
    running = [start(cache, code.format(first)) for first in (0, 150)]
    for process in running:
        assert process.wait(60) == 0, process.stderr.read()
    assert held(cache, *range(500)) == list(range(460))
    assert sound(cache)


def test_a_process_killed_while_writing_leaves_whole_steps(cache):
    process = start(cache, "n = 0\nwhile True: write(range(n, n + 50)); n += 50")
    for _ in range(600):
        if cache.path.exists() and cache.path.stat().st_size > 200_000:
            break
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait(60)
    count = cache.info().n_answers
    assert count >= 50
    assert count % 50 == 0
    assert held(cache, *range(count)) == list(range(count))
    assert sound(cache)
