"""A finished run as text."""

import dataclasses

import numpy as np
import pytest
from checkpoints import write_checkpoint, write_reviews

from keraswrap.cli._quiet import load_keras
from keraswrap.demo import DemoSettings, format_report, run_demo
from keraswrap.demo._progress import ExampleBar
from keraswrap.demo._result import DemoResult

# A job of four fits on 90 rows.
SMALL = {"rows": 90, "test_rows": 60, "max_length": 8, "batch_sizes": (8,), "epochs": (10,)}


SMALL |= {"folds": 2, "learning_rate": 0.01, "trainable": "all"}


COLUMNS = {"text": "review", "label": "stars"}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    write_reviews(folder / "reviews.csv", n=180)
    write_checkpoint(folder / "tiny")
    return folder


@pytest.fixture(scope="module")
def lines():
    return []


@pytest.fixture(scope="module")
def counted():
    return []


class CountingBar(ExampleBar):
    """A bar that remembers what it was told."""

    def add(self, examples):
        self.told.append(examples)
        super().add(examples)


@pytest.fixture(scope="module")
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


def test_the_report_has_all_that_was_asked_for(result):
    report = format_report(result)
    assert "batch_size=8, epochs=10" in report
    assert f"{result.before:.3f} as given, {result.after:.3f} without" in report
    assert f"first 10: {round(result.precision[10] * 10):2} errors" in report
    assert f"a random order has {result.noise:.1%}" in report
    assert report.count("suggested") == 10
    assert str(result.files[0]) in report


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        (9, 1, "Pruning helped: 9"),
        (1, 9, "Pruning did harm here: 1"),
        (8, 2, "No difference beyond chance: 8"),
        (0, 0, "No difference"),
    ],
)
def test_the_report_says_whether_pruning_helped(result, right, wrong, said):
    changed = dataclasses.replace(result, newly_right=right, newly_wrong=wrong)
    assert said in format_report(changed)


def test_the_report_claims_no_precision_where_the_truth_is_unknown(result):
    unknown = dataclasses.replace(result, issues=result.issues.drop(columns="truth"))
    assert isinstance(unknown, DemoResult)
    assert unknown.noise is None
    assert "Real errors" not in format_report(unknown)


def test_no_text_can_drive_the_terminal(result):
    evil = result.issues.assign(text="a\x1b[2J\x07\r\nb\u202ec\x9b", given="\x1bx")
    report = format_report(dataclasses.replace(result, issues=evil))
    assert not set("\x1b\x07\r\u202e\x9b") & set(report)
    assert "a[2J bc" in report
