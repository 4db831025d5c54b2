"""One run of the demo, that its tests look at."""

import numpy as np
import pytest
from checkpoints import write_checkpoint, write_reviews

from keraswrap.cli._quiet import load_keras
from keraswrap.demo import DemoSettings, run_demo
from keraswrap.demo._progress import ExampleBar

# A job of four fits on 90 rows.
SMALL = {"rows": 90, "test_rows": 60, "max_length": 8, "batch_sizes": (8,), "epochs": (10,)}
SMALL |= {"folds": 2, "learning_rate": 0.01, "trainable": "all"}


COLUMNS = {"text": "review", "label": "stars"}


@pytest.fixture(scope="session")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    write_reviews(folder / "reviews.csv", n=180)
    write_checkpoint(folder / "tiny")
    return folder


@pytest.fixture(scope="session")
def lines():
    return []


@pytest.fixture(scope="session")
def counted():
    return []


class CountingBar(ExampleBar):
    """A bar that remembers what it was told."""

    def add(self, examples):
        self.told.append(examples)
        super().add(examples)


@pytest.fixture(scope="session")
def result(home, lines, counted):
    load_keras()  # draws from numpy's global generator, once, on being imported
    before = np.random.get_state()[1].copy()
    settings = DemoSettings(
        data=str(home / "reviews.csv"),
        encoder=str(home / "tiny"),
        out=str(home / "out"),
        flip=0.1,
        **COLUMNS,
        **SMALL,
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(CountingBar, "told", counted, raising=False)
        patch.setattr("keraswrap.demo._job.ExampleBar", CountingBar)
        done = run_demo(settings, lines.append)
    assert np.array_equal(np.random.get_state()[1], before)  # whoever calls keeps the generator
    return done
