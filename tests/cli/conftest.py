"""Reviews with wrong labels, and a model that was trained on some."""

import pandas as pd

# Some tests work on a copy of sys.modules, and what is first imported there is imported again
# later. pandas registers its types of Arrow on import, which works only once in a process.
import pandas.core.arrays.arrow.extension_types
import pytest
from checkpoints import write_checkpoint, write_reviews

from keraswrap.cli import main

FLIPPED = [3, 50, 98]
TINY = ["tiny", "--max-length", "16"]
COLUMNS = ["--text", "review", "--label", "stars"]


@pytest.fixture
def reviews(tmp_path, monkeypatch):
    """Reviews with three wrong labels, in the working folder."""
    monkeypatch.chdir(tmp_path)
    frame = pd.read_csv(write_reviews(tmp_path / "reviews.csv", n=200))
    other = frame["stars"].map({"good": "bad", "bad": "good"})
    frame.loc[FLIPPED, "stars"] = other[FLIPPED]
    frame.insert(0, "id", [f"{number:03}" for number in range(200)])
    frame.to_csv("reviews.csv", index=False)
    return frame


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """A folder with reviews and a model that was trained on them."""
    home = tmp_path_factory.mktemp("model")
    write_reviews(home / "reviews.csv", n=120)
    write_checkpoint(home / "tiny")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(home)
        options = ["--trainable", "all", "--epochs", "8", "--learning-rate", "0.01"]
        options += ["--encoder", *TINY, "--out", "m.kw"]
        assert main(["train", "reviews.csv", *COLUMNS, *options]) == 0
    return home


@pytest.fixture
def home(trained, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("reviews.csv", "m.kw", "tiny"):
        (tmp_path / name).symlink_to(trained / name)
    return tmp_path
