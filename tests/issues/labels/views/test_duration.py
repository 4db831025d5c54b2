"""How long slow views take is said beforehand."""

import logging
import time

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from keraswrap.issues import View, find_label_issues
from keraswrap.issues.labels._views._duration import estimate_seconds
from keraswrap.issues.labels._views._resolve import Rows
from keraswrap.llm import FakeLM, ZeroShotClassifier

TEXTS = np.array([f"it is {word} in case {n}" for n, word in enumerate(["good", "bad"] * 60)], "O")
LABELS = np.array(["good", "bad"] * 60)
MODEL = FakeLM({"good": ["good"], "bad": ["bad"]})


class Slow(ZeroShotClassifier):
    """A language model that takes its time."""

    def predict_proba(self, X):
        time.sleep(0.002 * len(X))
        return super().predict_proba(X)


def test_asking_is_timed_on_a_few_rows():
    view = View("asked", Slow(model=MODEL), reads="texts", trained=False)
    seconds = estimate_seconds([view], Rows(TEXTS), LABELS, 5)
    assert 0.2 < seconds < 2  # 120 texts of 2 milliseconds and some


def test_quick_views_are_not_timed():
    assert estimate_seconds([View("quick", LogisticRegression())], Rows(TEXTS), LABELS, 5) == 0


def test_the_time_is_said_before_the_fits(caplog):
    asked = View("asked", ZeroShotClassifier(model=MODEL), reads="texts", trained=False)
    given = LABELS.copy()
    given[7] = "good"
    with caplog.at_level(logging.WARNING, "keraswrap"):
        found = find_label_issues(X=TEXTS, y=given, views=["words", asked])
    assert "less than a minute" in caplog.text
    assert found.ranking()[0] == 7
    assert found.views.loc["asked", "agreement"] == pytest.approx(119 / 120)
    assert found.provenance["fits"] == 11


@pytest.mark.thorough
@pytest.mark.slow
@pytest.mark.network
def test_training_is_foreseen_to_an_order_of_magnitude():
    from keraswrap.text import TransformerClassifier

    net = TransformerClassifier(epochs=4, max_length=32, random_state=0)
    view = View("fine-tuned", net, reads="texts")
    rows = Rows(np.concatenate([TEXTS, TEXTS + " again"]))
    labels = np.concatenate([LABELS, LABELS])
    expected = estimate_seconds([view], rows, labels, 3)
    started = time.perf_counter()
    find_label_issues(X=rows.X, y=labels, views=[view], cv=3, copies="apart")
    # The order of magnitude is what a user needs, and a busy machine keeps to it.
    assert expected / 20 < time.perf_counter() - started < 20 * expected + 120
