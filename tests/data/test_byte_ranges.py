"""Many short reads at once are those of the files' bytes."""

import pickle
from pathlib import Path

import numpy as np
import pytest

from keraswrap._data.byte_ranges import Files
from keraswrap.exceptions import InputError, StorageError


@pytest.fixture
def paths(tmp_path):
    rng = np.random.default_rng(0)
    for name in "ab":
        (tmp_path / name).write_bytes(rng.bytes(1000))
    return [str(tmp_path / name) for name in "ab"]


@pytest.mark.parametrize("seed", range(5))
def test_pieces_come_one_after_another(paths, seed):
    rng = np.random.default_rng(seed)
    which, at, sizes = (
        rng.integers(2, size=30),
        rng.integers(900, size=30),
        rng.integers(100, size=30),
    )
    whole = [Path(path).read_bytes() for path in paths]
    wanted = b"".join(whole[w][a : a + s] for w, a, s in zip(which, at, sizes, strict=True))
    files = pickle.loads(pickle.dumps(Files(paths)))
    assert files.read(which, at, sizes).tobytes() == wanted


def test_neighbours_are_read_as_one(paths, monkeypatch):
    files, reads = Files(paths), []
    fill = files._fill
    monkeypatch.setattr(files, "_fill", lambda *where: (reads.append(where[1:]), fill(*where)))
    files.read(0, np.array([0, 10, 20, 500]), 10)
    assert reads == [(0, 0), (0, 500)]


def test_a_file_that_is_cut_or_gone_is_told(paths, tmp_path):
    with pytest.raises(StorageError, match="to be complete, got an early end"):
        Files(paths).read(0, np.array([995]), 10)
    with pytest.raises(InputError, match="which is gone"):
        Files([str(tmp_path / "none")])
