"""Labels of texts are judged by a classifier of held-out rows alone."""

import numpy as np
import pytest
from fake_writers import rows

from keraswrap.synthetic._judge import default_judge
from keraswrap.synthetic._label_noise import dispute, why_no_labels

TEXTS, LABELS = rows(40)
LABELS = np.array(LABELS)
HELD, MADE = slice(None, None, 2), slice(1, None, 2)


@pytest.mark.parametrize("n_wrong", [0, 8])
def test_wrong_labels_are_disputed(n_wrong):
    labels = LABELS[MADE].copy()
    wrong = np.random.default_rng(0).choice(len(labels), n_wrong, replace=False)
    labels[wrong] = np.where(labels[wrong] == "bad", "good", "bad")
    held = TEXTS[HELD], LABELS[HELD]
    is_issue, real = dispute(default_judge(), held, (TEXTS[MADE], labels), 0)
    assert set(np.flatnonzero(is_issue)) == set(wrong)
    assert real == 0


@pytest.mark.parametrize(
    ("labels", "own", "can"),
    [
        (LABELS, LABELS[:5], True),
        (None, LABELS, False),
        (LABELS, None, False),
        (np.array(["bad", "good", "good"]), LABELS[:5], False),
        (np.array(["bad", "bad"]), LABELS[:5], False),
        (np.array([*LABELS, "alone"]), LABELS[:5], True),
    ],
)
def test_it_takes_two_rows_of_each_class(labels, own, can):
    assert (why_no_labels(labels, own) == "") is can


def test_a_class_with_one_held_out_row_is_left_out():
    held = [*TEXTS[HELD], "alone"], np.array([*LABELS[HELD], "other"])
    is_issue, _ = dispute(default_judge(), held, (TEXTS[MADE], LABELS[MADE]), 0)
    assert not is_issue.any()
