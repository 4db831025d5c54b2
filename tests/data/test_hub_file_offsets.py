"""Where a dataset's rows are in its files, however they were selected."""

import pickle

import datasets
import numpy as np
import pytest
from sources import hub

from keraswrap._data import hub_dataset, hub_file_offsets
from keraswrap.data import row_view
from keraswrap.exceptions import InputError

X = np.arange(3000, dtype="float32").reshape(1500, 2)
Y = np.arange(1500) % 2


def saved(table, folder):
    table.save_to_disk(folder / "table", num_shards=2)
    return datasets.load_from_disk(folder / "table")


@pytest.fixture
def never_whole(monkeypatch):
    """Leave all columns where they are, however few rows they have."""
    monkeypatch.setattr(hub_dataset, "BLOCK", 0)


@pytest.fixture
def on_disk(tmp_path):
    return saved(hub(X, Y), tmp_path)


def shuffled(table):
    return table.shuffle(seed=0)


def part_of_two(table):
    joined = datasets.concatenate_datasets([table.select(range(700, 1500)), table])
    return joined.select(range(100, 1600))


@pytest.mark.parametrize("made", [shuffled, part_of_two])
@pytest.mark.parametrize("held", [None, 0, 2**30])
def test_rows_that_were_selected(on_disk, made, held, never_whole, tmp_path, monkeypatch):
    if held is not None:  # opened anew at each row, or never
        monkeypatch.setattr(hub_file_offsets, "_MAPS", tmp_path / "none")
        monkeypatch.setattr(hub_dataset, "_HELD", held)
    table = made(on_disk)
    view, y, _ = row_view(table)
    for key in (slice(None), slice(1490, None), [1400, 3, 3], -1):
        np.testing.assert_array_equal(np.asarray(view[key]), np.array(table["x"])[key])
    np.testing.assert_array_equal(y, table["label"])
    copy = pickle.loads(pickle.dumps(view[[1400, 3]]))
    np.testing.assert_array_equal(np.asarray(copy), np.array(table["x"])[[1400, 3]])


@pytest.mark.parametrize("change", ["removed", "rewritten"])
def test_a_pickle_knows_the_files_it_was_made_of(on_disk, change, never_whole, tmp_path):
    packed = pickle.dumps(row_view(on_disk).X)
    for file in (tmp_path / "table").glob("*.arrow"):
        content = file.read_bytes()
        file.unlink()
        if change == "rewritten":
            file.write_bytes(content + b" ")
    match = "which is gone" if change == "removed" else "Expected the files of a dataset as they"
    with pytest.raises(InputError, match=match):
        pickle.loads(packed)
