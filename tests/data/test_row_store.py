"""Batches gathered into rows: in memory while they are few, and nothing left where they break."""

import numpy as np
import pytest
from sources import COLUMNS, stream

from keraswrap._data import LazyColumn, row_store
from keraswrap.data import row_view
from keraswrap.exceptions import InputError


@pytest.fixture
def many_blocks(monkeypatch):
    monkeypatch.setattr(row_store, "BLOCK", 20_000)


@pytest.fixture
def view(tmp_path, many_blocks):
    return row_view(stream(), batched=True, folder=tmp_path).X


def test_there_are_several_blocks_in_one_file(view, tmp_path):
    assert len(list(tmp_path.iterdir())) == 1
    assert len(view.rows.arrays["vectors"].file.starts) > 4


def test_a_short_stream_needs_no_file():
    arrays = row_view(stream(), batched=True).X.rows.arrays
    assert not any(isinstance(array, LazyColumn) for array in arrays.values())


def breaking():
    yield from stream()
    yield {name: array[:1, None] for name, array in COLUMNS.items()}


@pytest.mark.parametrize(
    ("parts", "match"), [(breaking(), "in every batch or in none"), (iter([3.0]), "batched=")]
)
def test_a_stream_that_breaks_leaves_nothing(parts, match, tmp_path, many_blocks):
    with pytest.raises(InputError, match=match):
        row_view(parts, batched=True, folder=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_half_a_character_cannot_be_kept(tmp_path):
    with pytest.raises(InputError, match=r"valid Unicode in X, got '.*' in row 1"):
        row_view(iter([["good", "ba\ud800"]]), batched=True, folder=tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("folder", [None, "file"])
@pytest.mark.parametrize(
    ("first", "later", "told"),
    [
        (np.int8([1, 2]), np.array([3, 300]), "fit into int8, .* got 300 in row 3"),
        (np.uint8([1, 2]), np.int64([-1, 3]), None),
        (np.uint8([1, 2]), np.uint16([3, 256]), "fit into uint8, .* got 256 in row 3"),
        (np.float32([1, 2]), np.array([1e300, 0]), r"fit into float32, .* got 1e\+300 in row 2"),
        (np.int8([1, 2]), np.array([-128, 127]), [1, 2, -128, 127]),
        (np.float32([1, 2]), np.array([0.1, 3]), [1, 2, np.float32(0.1), 3]),
    ],
)
def test_a_later_batch_of_a_wider_kind_comes_whole_or_is_refused(
    first, later, told, folder, tmp_path
):
    folder = folder and tmp_path
    parts = iter([first[:, None], later[:, None]])
    if isinstance(told, list):
        view = row_view(parts, batched=True, folder=folder).X
        np.testing.assert_array_equal(np.ravel(view), told)
        return
    with pytest.raises(InputError, match=told or "rows of one kind"):
        row_view(parts, batched=True, folder=folder)
    assert list(tmp_path.iterdir()) == []
