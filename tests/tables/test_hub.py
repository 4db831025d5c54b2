"""Data sets of Hugging Face's hub as tables."""

import pytest
from hubs import go_offline, store_dataset

from keraswrap._tables import read_table
from keraswrap.exceptions import InputError

datasets = pytest.importorskip("datasets")
NAME = "hf://someone/reviews"


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """A cache with one data set, whose files belong in this folder."""
    go_offline(tmp_path, monkeypatch)
    return store_dataset(tmp_path, "someone/reviews")


def test_classes_that_are_numbers_have_their_names(hub):
    kinds = {"text": datasets.Value("string")}
    kinds["stars"] = datasets.ClassLabel(names=["good", "bad"])
    rows = {"text": ["a", "b", "c"], "stars": [1, 0, 1]}
    table = datasets.Dataset.from_dict(rows, features=datasets.Features(kinds))
    table.to_parquet(str(hub / "train.parquet"))
    found = read_table(NAME)
    assert found.to_dict("list") == {**rows, "stars": ["bad", "good", "bad"]}


@pytest.mark.parametrize(("files", "read"), [(("test", "train"), "train"), (("test",), "test")])
def test_the_train_split_is_read_where_there_is_one(hub, files, read):
    for name in files:
        (hub / f"{name}.csv").write_text(f"text,label\nof {name},1\n")
    assert read_table(NAME)["text"].tolist() == [f"of {read}"]


def test_a_folder_without_a_table_is_refused(hub):
    (hub / "README.md").write_text("Nothing yet.")
    with pytest.raises(InputError, match=f"data set of one configuration in '{NAME}', got .*CSV"):
        read_table(NAME)
