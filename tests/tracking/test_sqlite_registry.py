"""A registry in one SQLite file: what it keeps, and what it does when something goes wrong."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time

import pytest
from model_stubs import stub, stub_bytes

from keraswrap.exceptions import InputError, SavedFileError, StorageError
from keraswrap.tracking import open_registry, register
from keraswrap.tracking._layout import HEADER


@pytest.fixture
def path(tmp_path):
    return tmp_path / "registry.sqlite"


@pytest.fixture
def registry(path):
    return open_registry(path)


def add(registry, folder, *numbers, name="reviews", **kwargs):
    for number in numbers:
        made = register(stub(folder, number), name, registry, **kwargs)
    return made


def test_versions_count_from_one_for_each_name(registry, tmp_path):
    add(registry, tmp_path, 0, 1, metrics={"accuracy": 0.5}, tags={"by": "me"}, description="new")
    add(registry, tmp_path, 0, name="letters")
    assert registry.names() == ["letters", "reviews"]
    first, second = registry.versions("reviews")
    assert (first.version, second.version, registry.get("letters").version) == (1, 2, 1)
    assert (first.metrics, first.tags, first.description) == (
        {"accuracy": 0.5},
        {"by": "me"},
        "new",
    )
    assert first.file.class_name == "KerasWrapperModel"
    assert first.file.n_bytes == len(stub_bytes(0))


def test_bytes_come_back(registry, tmp_path):
    register(stub(tmp_path, 7, size=3 * 2**20), "reviews", registry)
    assert registry.read("reviews") == stub_bytes(7, 3 * 2**20)


def test_the_same_bytes_are_the_same_version_unless_asked_otherwise(registry, tmp_path):
    add(registry, tmp_path, 0, 1, metrics={"accuracy": 0.5})
    same = add(registry, tmp_path, 0, alias="champion", metrics={"accuracy": 0.9})
    assert (same.version, same.metrics, same.aliases) == (1, {"accuracy": 0.5}, ("champion",))
    assert add(registry, tmp_path, 0, again=True).version == 3
    parts = sqlite3.connect(registry.path).execute("SELECT COUNT(*) FROM parts").fetchone()
    assert parts == (2,)


def test_a_version_is_found_by_number_alias_and_address(registry, tmp_path):
    add(registry, tmp_path, 0, 1, 2)
    registry.set_alias("reviews", "champion", 2)
    found = [
        *(registry.get("reviews", "champion"), registry.get("reviews@champion")),
        *(registry.get("reviews", 2), registry.get("reviews:2"), registry.get("reviews", "2")),
    ]
    assert [one.version for one in found] == [2] * 5
    assert registry.get("reviews").version == 3


def test_an_alias_moves_and_goes(registry, tmp_path):
    add(registry, tmp_path, 0, 1, alias="champion")
    assert [one.aliases for one in registry.versions("reviews")] == [(), ("champion",)]
    registry.set_alias("reviews", "champion", 1)
    registry.set_alias("reviews", "challenger")
    assert [one.aliases for one in registry.versions("reviews")] == [("champion",), ("challenger",)]
    registry.delete_alias("reviews", "champion")
    with pytest.raises(InputError, match=r"got 'reviews@champion'. There are 2 versions and the"):
        registry.get("reviews", "champion")


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (lambda r: r.get("letters"), "got 'letters', which is not there"),
        (lambda r: r.get("reviews", 2), "got 'reviews:2'. There are 1 version and the aliases"),
        (lambda r: r.read("reviews", "best"), "got 'reviews@best'"),
        (lambda r: r.set_alias("reviews", "best", 2), "got 'reviews:2'"),
        (lambda r: r.delete_alias("reviews", "best"), "got 'reviews@best'"),
        (lambda r: r.read_run_file("no", "report.html"), "Expected a file of a run"),
    ],
)
def test_what_is_unknown_is_named(registry, tmp_path, step, message):
    add(registry, tmp_path, 0)
    with pytest.raises(InputError, match=message):
        step(registry)


def test_a_registry_that_is_not_there_is_empty_and_is_not_made(registry, path):
    assert (registry.names(), registry.versions("a"), registry.events("a")) == ([], [], [])
    assert registry.runs() == []
    for step in (registry.get, registry.read, lambda name: registry.set_alias(name, "best")):
        with pytest.raises(InputError, match="no file at"):
            step("reviews")
    assert not path.exists()


def test_odd_names_are_only_names(registry, tmp_path):
    for name in ("'; DROP TABLE versions; --", '"quoted" 100%', "Öl & <b>", "a b?#c"):
        add(registry, tmp_path, 0, name=name, alias="champion")
        assert registry.get(f"{name}@champion").name == name
    assert len(registry.names()) == 4


# Events


def test_events_are_in_order_and_of_one_model(registry):
    registry.log_event("reviews", "labeled", {"rows": 200, "by": ["a", None]})
    registry.log_event("letters", "labeled", {})
    registry.log_event("reviews", "kept", {"reason": "the test was not won"})
    first, second = registry.events("reviews")
    assert (first.kind, first.facts) == ("labeled", {"rows": 200, "by": ["a", None]})
    assert (second.kind, second.created >= first.created) == ("kept", True)


@pytest.mark.parametrize("table", ["versions", "events", "parts"])
@pytest.mark.parametrize("step", ["DELETE FROM {}", "UPDATE {} SET rowid = 99"])
def test_nothing_is_changed_or_deleted_by_other_programs_either(registry, tmp_path, table, step):
    add(registry, tmp_path, 0)
    registry.log_event("reviews", "labeled", {})
    base = sqlite3.connect(registry.path)
    with pytest.raises(sqlite3.IntegrityError, match=f"{table} are never changed or deleted"):
        base.execute(step.format(table))


# Files that are damaged, foreign, new or full


def damage(path, statement, *values):
    base = sqlite3.connect(path)
    base.execute("DROP TRIGGER no_UPDATE_of_parts")
    base.execute(statement, values)
    base.commit()
    base.close()


def test_bytes_that_changed_are_not_loaded(registry, tmp_path, path):
    add(registry, tmp_path, 0, 1)
    damage(
        path,
        "UPDATE parts SET content = ? WHERE sha256 = ?",
        b"x",
        registry.get("reviews", 1).sha256,
    )
    with pytest.raises(SavedFileError, match=r"Expected the bytes of reviews:1 in .* with sha256"):
        registry.load("reviews", 1)
    assert registry.read("reviews", 2) == stub_bytes(1)


def test_pages_that_were_overwritten_are_told(registry, tmp_path, path):
    register(stub(tmp_path, 0, 2**20), "reviews", registry)
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (size - 2 * 4096))
    with pytest.raises(SavedFileError, match=r"registry.sqlite' is damaged: .*Restore it"):
        registry.load("reviews")


def test_another_programs_database_is_left_alone(path, tmp_path):
    base = sqlite3.connect(path)
    base.execute("CREATE TABLE mine (a)")
    base.close()
    before = path.read_bytes()
    with pytest.raises(SavedFileError, match="another program's database"):
        open_registry(path)
    assert path.read_bytes() == before


def test_another_file_is_left_alone(path):
    path.write_text("my notes " * 100)
    with pytest.raises(SavedFileError, match="a file of another kind"):
        open_registry(path)
    assert path.read_text() == "my notes " * 100


def test_a_later_layout_is_left_alone(registry, tmp_path, path):
    add(registry, tmp_path, 0)
    base = sqlite3.connect(path)
    base.execute(f"PRAGMA user_version = {HEADER[1] + 1}")
    base.close()
    with pytest.raises(SavedFileError, match=r"has layout 2, .* reads up to 1. Upgrade keraswrap"):
        open_registry(path)


def test_a_folder_is_no_registry(tmp_path):
    with pytest.raises(StorageError, match="Is it a folder"):
        open_registry(tmp_path)


def run_python(code, *arguments, **kwargs):
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **kwargs
    )


FULL = """
import resource, sys
from keraswrap.exceptions import StorageError
from keraswrap.tracking import open_registry, register
registry = open_registry(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, 2**20))
try:
    register(sys.argv[2], "reviews", registry, alias="champion")
except StorageError as error:
    print(error)
resource.setrlimit(resource.RLIMIT_FSIZE, (2**30, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
"""


def test_a_full_disk_leaves_what_was_there(registry, tmp_path, path):
    add(registry, tmp_path, 0, alias="champion")
    big = stub(tmp_path, 1, size=8 * 2**20)
    done = run_python(FULL, path, big)
    told, problem = done.communicate(timeout=300)
    assert "Expected a registry that can be read and written" in told, problem
    assert "Nothing was half-written" in told
    assert registry.get("reviews", "champion").version == 1
    assert registry.read("reviews") == stub_bytes(0)
    assert register(big, "reviews", registry).version == 2


READER = """
import os, sys
from keraswrap.exceptions import StorageError
from keraswrap.tracking import open_registry, register
if os.getuid() == 0:
    os.setuid(65534)
registry = open_registry(sys.argv[1])
print(registry.get("reviews@champion").version, len(registry.read("reviews")))
try:
    registry.log_event("reviews", "kept", {})
except StorageError as error:
    print(error)
"""


def test_who_may_only_read_reads(registry, tmp_path, path):
    add(registry, tmp_path, 0, alias="champion")
    path.chmod(0o444)
    for folder in (tmp_path, *tmp_path.parents[:3]):
        os.chmod(folder, 0o755)
    told, problem = run_python(READER, path).communicate(timeout=300)
    assert told.splitlines()[0] == f"1 {len(stub_bytes(0))}", problem
    assert "It may only be read" in told


WRITER = """
import sys
sys.path.insert(0, sys.argv[3])
from model_stubs import stub_bytes
from pathlib import Path
from keraswrap.tracking import register
folder = Path(sys.argv[2])
for number in range(20):
    file = folder / f"{number}.keraswrap"
    file.write_bytes(stub_bytes(sys.argv[4] + str(number), 10_000))
    print(register(file, "reviews", sys.argv[1]).version, flush=True)
"""


def writer(path, folder, mark):
    folder.mkdir()
    return run_python(WRITER, path, folder, os.path.dirname(__file__), mark)


def test_two_processes_register_at_once(registry, tmp_path, path):
    both = [writer(path, tmp_path / mark, mark) for mark in "ab"]
    told = [process.communicate(timeout=300) for process in both]
    made = [int(line) for out, _ in told for line in out.split()]
    assert sorted(made) == list(range(1, 41)), told
    assert [one.version for one in registry.versions("reviews")] == list(range(1, 41))


KILLED = """
import sys
from keraswrap.tracking import register
from keraswrap.tracking import _sqlite_registry as module
print("ready", flush=True)
module._point = lambda *_: (print("in", flush=True), sys.stdin.read())
register(sys.argv[2], "reviews", sys.argv[1], alias="champion")
"""


def test_a_registration_that_is_killed_leaves_nothing_and_does_not_block(registry, tmp_path, path):
    add(registry, tmp_path, 0, alias="champion")
    big = stub(tmp_path, 1, size=20 * 2**20)
    process = run_python(KILLED, path, big, stdin=subprocess.PIPE)
    assert [process.stdout.readline().strip() for _ in range(2)] == ["ready", "in"]
    assert path.stat().st_size > 10 * 2**20  # most of it is written, and not there yet
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=60)
    start = time.monotonic()
    assert [one.version for one in registry.versions("reviews")] == [1]
    assert registry.get("reviews@champion").version == 1
    assert register(big, "reviews", registry).version == 2
    assert time.monotonic() - start < 30
    assert registry.read("reviews") == stub_bytes(1, 20 * 2**20)
    check = sqlite3.connect(path).execute("PRAGMA integrity_check").fetchone()
    assert check == ("ok",)


def test_the_file_can_be_copied(registry, tmp_path, path):
    add(registry, tmp_path, 0)
    copy = tmp_path / "copy.sqlite"
    copy.write_bytes(path.read_bytes())
    assert sorted(each.name for each in tmp_path.glob("registry*")) == ["registry.sqlite"]
    assert open_registry(copy).versions("reviews") == registry.versions("reviews")
    assert json.dumps(registry.get("reviews").file.versions) == '{"keras": "3.15"}'
