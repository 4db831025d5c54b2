"""Ready-made views, and what they can read."""

import numpy as np
import pytest

from keraswrap.exceptions import ParameterError
from keraswrap.issues import find_label_issues, make_views

Y = np.arange(40) % 2
TEXTS = [f"it is {'good' if label else 'bad'} in case {n}" for n, label in enumerate(Y)]
NUMBERS = np.column_stack([Y + 0.1 * np.arange(40) % 0.7, np.arange(40) % 3])


def test_the_sets_grow():
    names = [[view.name for view in make_views(kind)] for kind in ("fast", "auto")]
    assert names[0] == ["words", "characters"]
    assert names[1] == [*names[0], "vectors", "neighbors"]


def test_vectors_are_shared():
    vectors, neighbors = make_views("auto")[2:]
    assert vectors.features is neighbors.features


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({"kind": "best"}, "one of fast, auto, thorough, got 'best'"),
        ({"kind": "thorough", "reads": "numbers"}, "no encoder to train"),
        ({"reads": "images"}, "'texts' or 'numbers'"),
    ],
)
def test_other_sets_are_refused(told, message):
    with pytest.raises(ParameterError, match=message):
        make_views(**told)


@pytest.mark.parametrize("rows", [TEXTS, NUMBERS], ids=["texts", "numbers"])
def test_fast_views_find_what_is_wrong(rows):
    given = Y.copy()
    given[[3, 20]] = 1 - given[[3, 20]]
    found = find_label_issues(X=rows, y=given, views="fast")
    assert sorted(found.worst(2).index) == [3, 20]


@pytest.mark.network
def test_the_language_model_needs_labels_that_are_words():
    with pytest.warns(UserWarning, match="'language model' is left out"):
        names = [view.name for view in make_views("thorough", labels=[0, 1])]
    assert names == ["words", "characters", "vectors", "neighbors", "fine-tuned"]
    names = [view.name for view in make_views("thorough", labels=["good", "bad"])]
    assert names[-1] == "language model"
