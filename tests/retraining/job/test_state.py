"""Records of steps: written last, read whole or not at all; one process at a time."""

import hashlib
import json
import subprocess
import sys

import pytest

from keraswrap.exceptions import BusyError, StorageError
from keraswrap.retraining.job._state import State, exclusive, hash_file, hash_json, write_json


@pytest.fixture
def state(tmp_path):
    return State(tmp_path / "state")


def record(state):
    file = state.of("data") / "train.jsonl"
    file.write_bytes(b"rows")
    return file, state.write("data", "f1", "done", {"rows": 1}, [file])


def test_a_record_comes_back_with_the_hashes_of_its_files(state):
    _, made = record(state)
    assert state.read("data") == made
    assert made.files == {"data/train.jsonl": hashlib.sha256(b"rows").hexdigest()}
    assert state.read("issues") is None


@pytest.mark.parametrize("change", [lambda f: f.unlink(), lambda f: f.write_bytes(b"row")])
def test_a_file_that_is_gone_or_another_is_seen(state, change):
    file, made = record(state)
    assert state.is_whole(made)
    change(file)
    assert not state.is_whole(made)


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"step": "data"}', "\xff"])
def test_a_record_that_cannot_be_read_is_none(state, text):
    record(state)
    (state.folder / "data.json").write_bytes(text.encode("latin-1"))
    assert state.read("data") is None


def test_values_that_json_has_not_leave_what_was_there(tmp_path):
    path = tmp_path / "facts.json"
    write_json({"a": "é"}, path)
    with pytest.raises(ValueError, match="JSON compliant"):
        write_json({"a": float("nan")}, path)
    assert json.loads(path.read_text(encoding="utf-8")) == {"a": "é"}
    assert [one.name for one in tmp_path.iterdir()] == ["facts.json"]


def test_hashes_are_of_content(tmp_path):
    assert hash_file(tmp_path / "none") is None
    assert hash_json([1, 2]) != hash_json([2, 1])
    assert hash_json({"a": tmp_path}) == hash_json({"a": str(tmp_path)})


@pytest.mark.skipif(sys.platform == "win32", reason="nothing is held there")
def test_a_folder_is_held_until_the_end_even_of_a_process(state):
    hold = f"import fcntl; f = open({str(state.folder / 'lock')!r}); fcntl.flock(f, 2); print(1)"
    with exclusive(state.folder), pytest.raises(BusyError, match="another process uses"):
        exclusive(state.folder).__enter__()
    subprocess.run([sys.executable, "-c", hold], check=True, capture_output=True)
    with exclusive(state.folder):
        pass


def test_a_file_in_its_place_is_told(tmp_path):
    (tmp_path / "state").write_text("")
    said = r"for the state that can be written, got .*job\.state"
    with pytest.raises(StorageError, match=said), exclusive(tmp_path / "state"):
        pass
