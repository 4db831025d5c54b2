"""What is sent to workers: once, and mapped from one file where they share a disk."""

import pickle
import sys

import cloudpickle
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from keraswrap.data import row_view
from keraswrap.model_selection._broadcast import Broadcast


def sent(value, folder):
    return pickle.loads(pickle.dumps(Broadcast(value, folder)))


VALUES = {
    "numbers": np.arange(6.0).reshape(2, 3),
    "columns": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "nothing": np.zeros((0, 4)),
    "objects": np.array(["a", None, 3], dtype=object),
    "frame": pd.DataFrame({"n": [1, 2], "t": ["ä", "b"], "c": pd.Categorical(["x", "y"])}),
    "sparse": sparse.random(20, 5, 0.3, format="csr", random_state=0),
    "texts": ["one", "two"],
    "view": row_view({"a": [1, 2], "b": ["x", "y"]}).X,
}


@pytest.mark.parametrize("kind", VALUES)
@pytest.mark.parametrize("by_file", [True, False])
def test_what_arrives_is_what_was_sent(tmp_path, kind, by_file):
    arrived = sent((kind, VALUES[kind]), str(tmp_path) if by_file else None).open()
    assert pickle.dumps(arrived) == pickle.dumps((kind, VALUES[kind]))


def test_arrays_are_mapped_from_one_file_and_opened_once(tmp_path):
    big = np.arange(10**6)
    broadcast = Broadcast({"frame": pd.DataFrame({"n": big}), "f": lambda: 3}, str(tmp_path))
    first, second = (pickle.loads(pickle.dumps(broadcast)) for _ in range(2))
    assert len(pickle.dumps(broadcast)) < 300
    assert [file.name for file in tmp_path.iterdir()] == [broadcast.token]
    assert first.open() is second.open()
    assert not first.open()["frame"]["n"].to_numpy().flags.writeable
    assert first.open()["f"]() == 3


def test_the_last_values_are_kept_and_older_ones_opened_again():
    old = sent({"a": 1}, None)
    value = old.open()
    for number in range(3):
        sent(number, None).open()
    assert old.open() == value
    assert old.open() is not value


def test_what_is_sent_whole_says_how_large_it_is(tmp_path):
    whole, by_file = Broadcast("x" * 5000), Broadcast("x" * 5000, str(tmp_path))
    assert whole.__sizeof__() == len(cloudpickle.dumps("x" * 5000))
    assert by_file.__sizeof__() == object.__sizeof__(by_file)
    assert sys.getsizeof(whole) >= whole.__sizeof__() > 5000 > sys.getsizeof(by_file)
