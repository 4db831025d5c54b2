"""The bar over all examples of a job."""

import pytest
from checkpoints import write_checkpoint, write_reviews

from keraswrap.demo import DemoSettings
from keraswrap.demo._models import make_estimator
from keraswrap.demo._progress import _make_callback
from keraswrap.text import encode_texts


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    write_reviews(folder / "reviews.csv", n=180)
    write_checkpoint(folder / "tiny")
    return folder


def test_the_bar_counts_every_example_of_a_fit(home):
    settings = DemoSettings(max_length=8, trainable="all")
    seen = []
    counter = _make_callback(seen.append)
    clf = make_estimator(settings, str(home / "tiny"), 2, counter)
    X = encode_texts(["good", "it broke"] * 10, home / "tiny", 8)
    clf.set_params(batch_size=8, epochs=2).fit(X, [1, 0] * 10)
    assert seen == [8, 8, 4] * 2
