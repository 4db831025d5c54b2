"""The small parts: what is sent, what is kept, what is shown."""

import io
import pickle
import sys

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from keraswrap.data import row_view
from keraswrap.model_selection import _progress_bar
from keraswrap.model_selection._broadcast import Parcel
from keraswrap.model_selection._candidate_fit import Fit
from keraswrap.model_selection._journal_records import from_record, to_record
from keraswrap.model_selection._out_of_fold import OutOfFold

# Parcels


def sent(value, folder):
    return pickle.loads(pickle.dumps(Parcel(value, folder)))


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
    parcel = Parcel({"frame": pd.DataFrame({"n": big}), "f": lambda: 3}, str(tmp_path))
    first, second = (pickle.loads(pickle.dumps(parcel)) for _ in range(2))
    assert len(pickle.dumps(parcel)) < 300
    assert [file.name for file in tmp_path.iterdir()] == [parcel.token]
    assert first.open() is second.open()
    assert not first.open()["frame"]["n"].to_numpy().flags.writeable
    assert first.open()["f"]() == 3


def test_the_last_parcels_are_kept_and_older_ones_opened_again():
    old = sent({"a": 1}, None)
    value = old.open()
    for number in range(3):
        sent(number, None).open()
    assert old.open() == value
    assert old.open() is not value


def test_what_is_sent_whole_says_how_large_it_is():
    assert sys.getsizeof(Parcel("x" * 5000)) > 5000


# Probabilities


def fit(score, split=0):
    return Fit(test_scores=score, proba=np.full((2, 2), score), classes=np.array([0, 1]))


def test_only_the_candidate_ahead_is_kept():
    folds = OutOfFold(2)
    scores = [[0.5, 0.7], [0.9, 0.3], [0.1, np.nan], [0.9, 0.9]]
    fits = {(c, s): fit(score) for c, both in enumerate(scores) for s, score in enumerate(both)}
    for (candidate, split), each in fits.items():
        folds.add(candidate, split, each)
        assert folds.held() <= 2
    assert folds.of(3) == [fits[3, 0], fits[3, 1]]
    assert [folds.of(candidate) for candidate in range(3)] == [None] * 3
    assert [each.proba is None for each in fits.values()] == [True] * 6 + [False] * 2


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_of_equal_candidates_the_first_wins(order):
    folds = OutOfFold(1)
    for candidate in order:
        folds.add(candidate, 0, fit(0.5))
    assert folds.of(0) is not None
    assert folds.of(1) is None


def test_all_are_kept_where_a_function_decides():
    folds = OutOfFold(1, keep_all=True)
    for candidate in range(3):
        folds.add(candidate, 0, fit(candidate))
    assert folds.held() == 3


# Records


@pytest.mark.parametrize(
    "made",
    [
        Fit(test_scores=0.1 + 0.2, n_test_samples=3, fit_time=1.5, score_time=0.5),
        Fit(test_scores={"a": np.inf, "b": 1.0}, train_scores={"a": 0.0, "b": -0.5}),
        Fit(proba=np.random.rand(2, 3), classes=np.array(["a", "b", "ü"]), n_test_samples=2),
        Fit(proba=np.ones((1, 2)), classes=np.array([False, True]), n_test_samples=1),
        Fit(proba=np.ones((1, 2)), classes=np.array(["x", "y"], dtype=object), n_test_samples=1),
    ],
)
def test_a_record_gives_the_fit_back(made):
    again = from_record(*to_record(made))
    assert repr(again) == repr(made)
    if made.proba is not None:
        np.testing.assert_array_equal(again.proba, made.proba)
        assert again.classes.dtype == made.classes.dtype


def test_classes_that_json_cannot_hold_keep_no_probabilities():
    odd = Fit(test_scores=1.0, proba=np.ones((1, 1)), classes=np.array([np.datetime64("2020")]))
    assert "cannot hold classes" in from_record(*to_record(odd)).no_proba


# Bars


@pytest.mark.parametrize(("asked", "shown"), [(True, True), (False, False), (None, False)])
def test_a_bar_is_shown_where_it_is_asked_for(capsys, asked, shown):
    with _progress_bar.Bar(4, asked, " epochs") as bar:
        bar.add(4)
    assert ("4/4" in capsys.readouterr().err) == shown


def test_a_terminal_is_watched(monkeypatch):
    terminal = io.StringIO()
    terminal.isatty = lambda: True
    monkeypatch.setattr(sys, "stderr", terminal)
    assert _progress_bar.is_watched()
    with _progress_bar.inside_a_fit():
        assert not _progress_bar.is_watched()
