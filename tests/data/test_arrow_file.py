"""Streams on disk: read batch by batch, shared between processes, never left behind."""

import gc
import os
import pickle
import subprocess
import sys

import numpy as np
import pytest
from joblib import Parallel, delayed
from sources import COLUMNS, N, stream

from keraswrap._data import LazyColumn, row_store
from keraswrap.data import row_view
from keraswrap.exceptions import InputError, StorageError


@pytest.fixture
def many_blocks(monkeypatch):
    monkeypatch.setattr(row_store, "BLOCK", 20_000)


@pytest.fixture
def view(tmp_path, many_blocks):
    return row_view(stream(), batched=True, folder=tmp_path).X


@pytest.mark.parametrize("name", COLUMNS)
def test_a_column_reads_like_its_array(view, name):
    column, array = view.rows.arrays[name], COLUMNS[name]
    assert isinstance(column, LazyColumn)
    assert (column.shape, column.ndim, column.size) == (array.shape, array.ndim, array.size)
    assert column.dtype == array.dtype
    for key in (slice(None), [499, 0, 250, 0], -1, np.arange(N) > 400, []):
        np.testing.assert_array_equal(column[key], array[key])
    np.testing.assert_array_equal(column.take([7, 3, 400])[1:], array[[3, 400]])
    assert sum(len(chunk) for chunk in column.chunks()) == N


# Who holds the file


def test_the_file_goes_with_the_last_view(view, tmp_path):
    made = row_view(stream(), batched=True, folder=tmp_path).X
    part = made[3:5]
    del made
    gc.collect()
    assert len(list(tmp_path.iterdir())) == 2
    assert part[0]["texts"] == COLUMNS["texts"][3]
    del part
    gc.collect()
    assert len(list(tmp_path.iterdir())) == 1


def test_a_pickle_is_small_and_reads_the_same_file(view):
    packed = pickle.dumps(view[::2])
    assert len(packed) < 20_000
    copy = pickle.loads(packed)
    assert copy[1]["texts"] == COLUMNS["texts"][2]
    del copy
    gc.collect()
    assert view[1]["texts"] == COLUMNS["texts"][1]  # the copy did not own the file


def test_a_pickle_without_its_file_says_so(tmp_path):
    packed = pickle.dumps(row_view(stream(), batched=True, folder=tmp_path).X)
    gc.collect()
    with pytest.raises(InputError, match=r"which is gone: .*as long as the process that made it"):
        pickle.loads(packed)


def read_texts(view):
    return os.getpid(), [row["texts"] for row in view]


@pytest.mark.thorough
def test_other_processes_read_the_file_and_leave_it(view):
    parts = Parallel(n_jobs=2)(delayed(read_texts)(view[i::2]) for i in range(2))
    assert {process for process, _ in parts} - {os.getpid()}
    assert [texts for _, texts in parts] == [COLUMNS["texts"][i::2].tolist() for i in range(2)]
    assert view[5]["texts"] == COLUMNS["texts"][5]


def test_nothing_is_left_when_the_process_ends(tmp_path):
    code = (
        "import sys, numpy as np; from keraswrap.data import row_view\n"
        "view = row_view(iter([np.ones((3, 2))]), batched=True, folder=sys.argv[1]).X\n"
        "import os; print(len(os.listdir(sys.argv[1])))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert (done.stdout.strip(), list(tmp_path.iterdir())) == ("1", [])


HELD = """
import sys, time, numpy as np; from keraswrap.data import row_view
view = row_view(iter([np.ones((3, 2))]), batched=True, folder=sys.argv[1]).X
print("made", flush=True); time.sleep(600)
"""


def test_the_next_file_removes_those_of_killed_processes_alone(view, tmp_path):
    others = [
        subprocess.Popen([sys.executable, "-c", HELD, str(tmp_path)], stdout=subprocess.PIPE)
        for _ in range(2)
    ]
    assert [process.stdout.readline() for process in others] == [b"made\n"] * 2
    (tmp_path / "keraswrap-rows-notes.arrow").touch()  # another's, by its name
    others[0].kill()
    others[0].wait()
    assert len(list(tmp_path.iterdir())) == 4
    made = row_view(stream(), batched=True, folder=tmp_path).X
    assert len(list(tmp_path.iterdir())) == 4  # one less, one more
    assert made[3]["texts"] == view[3]["texts"] == COLUMNS["texts"][3]
    others[1].kill()
    others[1].wait()
    assert len(list(tmp_path.iterdir())) == 4
    del made
    last = row_view(stream(), batched=True, folder=tmp_path).X
    assert len(list(tmp_path.iterdir())) == 3
    assert len(last) == N


def test_a_file_of_rows_is_for_this_user_alone(view, tmp_path):
    (file,) = tmp_path.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600


# What can go wrong


@pytest.mark.parametrize("folder", ["missing", "file"])
def test_a_folder_that_cannot_be_written(folder, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match=f"writable folder .*{folder}.*Pass another as folder="):
        row_view(stream(), batched=True, folder=tmp_path / folder)


FULL = """
import resource, sys, numpy as np
from keraswrap.data import row_view
from keraswrap.exceptions import StorageError
resource.setrlimit(resource.RLIMIT_FSIZE, (30 * 2**20, 30 * 2**20))
parts = (np.ones((1024, 1024)) for _ in range(20))
try:
    row_view(parts, batched=True, folder=sys.argv[1])
except StorageError as error:
    print(error)
"""


def test_a_disk_that_is_full_leaves_nothing(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert "failed: [Errno 27]" in done.stdout
    assert "Nothing is left of them there. Free some space" in done.stdout
    assert list(tmp_path.iterdir()) == []
