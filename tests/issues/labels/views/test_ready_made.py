"""Ready-made views, and what they can read."""

import numpy as np
import pandas as pd
import pytest

from keraswrap.exceptions import InputError, ParameterError
from keraswrap.issues import find_label_issues, make_views
from keraswrap.issues.labels._views._neighbors import NeighborShares
from keraswrap.issues.labels._views._resolve import Rows

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


@pytest.mark.parametrize(
    ("rows", "kind"),
    [
        (TEXTS, "texts"),
        (pd.Series(TEXTS), "texts"),
        (pd.DataFrame({"text": TEXTS, "stars": Y}), "texts"),
        (NUMBERS, "numbers"),
        (pd.DataFrame({"a": NUMBERS[:, 0], "color": ["red", "blue"] * 20}), "numbers"),
    ],
    ids=["list", "series", "frame of texts", "array", "frame of numbers and names"],
)
def test_rows_are_read_for_what_they_are(rows, kind):
    assert Rows(rows).kind() == kind


def test_names_become_indicators():
    frame = pd.DataFrame({"size": np.arange(60.0), "color": ["red", "blue"] * 30})
    frame["id"] = [f"row {n}" for n in range(60)]
    (view,) = [view for view in make_views("auto", reads="numbers") if view.name == "trees"]
    assert np.shape(Rows(frame).read(view)) == (60, 3)  # size, blue, red; ids say nothing


def test_images_need_views_of_their_own():
    with pytest.raises(InputError, match="Pass a list of your own estimators"):
        Rows(np.zeros((4, 8, 8))).kind()


@pytest.mark.parametrize("rows", [TEXTS, NUMBERS], ids=["texts", "numbers"])
def test_fast_views_find_what_is_wrong(rows):
    given = Y.copy()
    given[[3, 20]] = 1 - given[[3, 20]]
    found = find_label_issues(X=rows, y=given, views="fast")
    assert sorted(found.worst(2).index) == [3, 20]


def test_neighbors_are_at_most_half_of_the_rows():
    near = NeighborShares(50).fit(NUMBERS[:8], Y[:8])
    assert near.search_.n_neighbors == 4
    np.testing.assert_allclose(near.predict_proba(NUMBERS).sum(axis=1), 1)


@pytest.mark.network
def test_the_language_model_needs_labels_that_are_words():
    with pytest.warns(UserWarning, match="'language model' is left out"):
        names = [view.name for view in make_views("thorough", labels=[0, 1])]
    assert names == ["words", "characters", "vectors", "neighbors", "fine-tuned"]
    names = [view.name for view in make_views("thorough", labels=["good", "bad"])]
    assert names[-1] == "language model"
