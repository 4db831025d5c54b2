"""The wrappers on datasets: the same bits as on the arrays, in every tool that slices rows."""

import gc
import os
import pickle
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from cleanlab.classification import CleanLearning
from nets import LEARNS, QUICK, classifier, groups, regressor, text_layers, two_inputs
from sklearn.model_selection import (
    GridSearchCV,
    cross_val_predict,
    cross_val_score,
    learning_curve,
)
from sources import IN_ORDER, InBatches, hub, hub_stream, tf_batches, tf_rows

from keraswrap import KerasWrapperModel, KerasWrapperRegressor, KerasWrapperSequential
from keraswrap.data import row_view
from keraswrap.exceptions import InputError

X, INDEX = groups(60, 3)
Y = np.array(["ant", "bee", "cat"])[INDEX]
PAIR = {"left": X[:, :1], "right": X[:, 1:2]}
TEXTS = np.array(["good film", "bad film", "fine", "awful thing"] * 4, dtype=object)
LIKED = np.array([1, 0, 1, 0] * 4)


def model(**changes):
    return KerasWrapperModel(classifier, **QUICK).set_params(**changes)


@pytest.fixture(scope="module")
def by_arrays():
    return model().fit(X, INDEX)


@pytest.mark.parametrize("source", IN_ORDER.values(), ids=IN_ORDER)
def test_a_fit_gives_the_same_bits_as_on_the_arrays(source, by_arrays):
    dataset = source(X, INDEX)
    by_dataset = model().fit(dataset)
    assert (by_dataset.predict_proba(dataset) == by_arrays.predict_proba(X)).all()
    assert by_dataset.n_features_in_ == 4
    assert by_dataset.score(dataset) == by_arrays.score(X, INDEX)


def test_a_fit_from_a_file_gives_the_same_bits(by_arrays, tmp_path):
    view, y, _ = row_view(tf_batches(X, INDEX), folder=tmp_path)
    by_file = model().fit(view, y)
    assert (by_file.predict_proba(view) == by_arrays.predict_proba(X)).all()


def test_an_estimator_holds_nothing_of_the_file_it_was_fitted_from(by_arrays, tmp_path):
    view, y, _ = row_view(tf_batches(X, INDEX), folder=tmp_path)
    fitted = model().fit(view, y)
    del view
    gc.collect()
    assert list(tmp_path.iterdir()) == []
    fitted.save(tmp_path / "net.keraswrap")
    loaded = KerasWrapperModel.load(tmp_path / "net.keraswrap")
    for copy in (loaded, pickle.loads(pickle.dumps(fitted))):
        assert (copy.predict_proba(X) == by_arrays.predict_proba(X)).all()


def test_what_is_passed_wins_over_what_the_dataset_holds(by_arrays):
    weight = np.linspace(0, 1, 60)
    weighted = model().fit(X, INDEX, weight)
    assert (model().fit(tf_rows(X, Y), INDEX).predict(X) == by_arrays.predict(X)).all()
    for fitted in (
        model().fit(tf_rows(X, INDEX), sample_weight=weight),
        model().fit(InBatches(X, INDEX, weight)),
    ):
        assert (fitted.predict_proba(X) == weighted.predict_proba(X)).all()


def test_labels_may_be_a_column_of_a_hugging_face_dataset(by_arrays):
    dataset = hub(X, INDEX)
    fitted = model().fit(dataset["x"], dataset["label"])
    assert (fitted.predict_proba(dataset["x"]) == by_arrays.predict_proba(X)).all()


def test_validation_data_and_partial_fit():
    held = model().fit(X, INDEX, validation_data=(X[:20], INDEX[:20]))
    found = model().fit(X, INDEX, validation_data=tf_rows(X[:20], INDEX[:20]))
    assert found.history_ == held.history_
    on = model().partial_fit(tf_rows(X, INDEX))
    assert (on.predict_proba(X) == model().partial_fit(X, INDEX).predict_proba(X)).all()


def test_regression():
    target = X.sum(axis=1)
    net = KerasWrapperRegressor(regressor, **QUICK)
    expected = net.fit(X, target)
    outputs, score = expected.predict(X), expected.score(X, target)
    for source in (tf_batches, hub):
        net.fit(source(X, target))
        assert (net.predict(source(X, target)) == outputs).all()
        assert net.score(source(X, target)) == pytest.approx(score, abs=1e-12)


@pytest.mark.parametrize("source", [tf_rows, tf_batches, InBatches, hub, hub_stream])
def test_texts(source):
    net = KerasWrapperSequential(text_layers(), **QUICK)
    expected = net.fit(TEXTS, LIKED).predict_proba(TEXTS)
    dataset = source(TEXTS, LIKED)
    assert (net.fit(dataset).predict_proba(dataset) == expected).all()


def test_columns_of_numbers_stand_side_by_side():
    import datasets

    frame = pd.DataFrame(X.astype("float64"), columns=list("abcd"))
    table = datasets.Dataset.from_pandas(frame.assign(label=INDEX))
    by_frame = model().fit(frame, INDEX)
    for dataset in (table, table.to_iterable_dataset()):
        by_table = model().fit(dataset)
        assert by_table.feature_names_in_.tolist() == list("abcd")
        assert (by_table.predict_proba(dataset) == by_frame.predict_proba(frame)).all()


@pytest.mark.parametrize(
    ("X", "match"),
    [
        (tf_rows(X[:, 0], INDEX), "view of single numbers. Make each row an array"),
        (tf_rows(PAIR, INDEX), r"each input of the net, \['.*'\], got \['left', 'right'\]"),
    ],
)
def test_rows_that_the_net_cannot_take(X, match):
    with pytest.raises(InputError, match=match):
        model().fit(X)


@pytest.mark.parametrize(
    ("ask", "match"),
    [
        (lambda e: e.predict(tf_rows(X[:, :3], INDEX)), "X has 3 features, but"),
        (lambda e: e.score(tf_rows(X, INDEX + 1)), r"unseen \[3\]"),
        (lambda e: model().fit(tf_rows(X, INDEX), INDEX[:-1]), "X has 60 rows, y has 59"),
        (lambda e: model().fit(InBatches(X)), "requires y to be passed"),
        (lambda e: e.predict(row_view(X).X[[]]), "0 sample"),
    ],
)
def test_after_a_fit(by_arrays, ask, match):
    with pytest.raises(ValueError, match=match):
        ask(by_arrays)


# Tools that slice rows


@pytest.fixture(params=["dict", "file"])
def pair(request, tmp_path):
    """A view of two inputs, which no tool could slice as a dict."""
    if request.param == "dict":
        return row_view(PAIR).X
    return row_view(tf_rows(PAIR, INDEX), folder=tmp_path).X


def two(**changes):
    return KerasWrapperModel(two_inputs, **LEARNS).set_params(**changes)


def folds_by_hand(estimator, k=3):
    found = np.empty((60, 3))
    for fold in range(k):
        test = np.arange(60) // 20 == fold
        parts = [{name: a[rows] for name, a in PAIR.items()} for rows in (~test, test)]
        found[test] = estimator.fit(parts[0], INDEX[~test]).predict_proba(parts[1])
    return found


def test_cross_validation_of_two_inputs(pair):
    folds = [(np.flatnonzero(np.arange(60) // 20 != f), np.arange(20) + 20 * f) for f in range(3)]
    found = cross_val_predict(two(epochs=2), pair, INDEX, cv=folds, method="predict_proba")
    assert (found == folds_by_hand(two(epochs=2))).all()


def test_a_search_over_two_inputs():
    view = row_view(PAIR).X
    search = GridSearchCV(two(), {"epochs": [1, 15]}, cv=2, error_score="raise").fit(view, INDEX)
    assert search.best_params_ == {"epochs": 15}
    assert search.score(view, INDEX) > 0.8


def test_a_learning_curve_of_two_inputs(pair):
    _, _, scores = learning_curve(two(epochs=1), pair, INDEX, train_sizes=[0.5, 1.0], cv=2)
    assert scores.shape == (2, 2)


@pytest.mark.thorough
@pytest.mark.slow
def test_processes_share_a_view_over_a_file(tmp_path):
    view, y, _ = row_view(tf_rows(X, INDEX), folder=tmp_path)
    scores = [cross_val_score(model(), view, y, cv=2, n_jobs=jobs) for jobs in (1, 2)]
    np.testing.assert_array_equal(*scores)


def test_label_issues_of_two_inputs():
    given = INDEX.copy()
    given[:3] = (given[:3] + 1) % 3
    issues = CleanLearning(two(epochs=4), seed=0, cv_n_folds=3).find_label_issues(
        row_view(PAIR).X, given
    )
    assert set(issues["label_quality"].nsmallest(8).index) >= {0, 1, 2}


# Memory

BOUNDED = """
import resource, sys, numpy as np, tensorflow as tf
from keraswrap import KerasWrapperModel
from keraswrap.data import row_view
import keras

def build(meta):
    inputs = keras.Input((meta["n_features_in_"],))
    scaled = keras.layers.Normalization()(inputs)  # which learns from all rows first
    return keras.Model(inputs, keras.layers.Dense(2)(scaled))

def batches(n):
    for i in range(n):
        x = np.random.default_rng(i).normal(size=(1000, 2000)).astype("float32")
        yield x, (x[:, 0] > 0).astype("int64")

def dataset(n):
    spec = (tf.TensorSpec((None, 2000)), tf.TensorSpec((None,), tf.int64))
    return tf.data.Dataset.from_generator(lambda: batches(n), output_signature=spec)

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

net = KerasWrapperModel(build, params={"epochs": 1, "batch_size": 256}, random_state=0)
net.fit(dataset(3)).predict(dataset(3))
before = peak()
view, y, _ = row_view(dataset(50))  # 400 MB
kept = peak()
net.fit(view, y).predict(view)
print(before, kept - before, peak() - before)
"""


@pytest.mark.thorough
@pytest.mark.slow
def test_a_stream_is_kept_and_fitted_in_less_memory_than_it_holds():
    tests = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(
        [sys.executable, "-c", BOUNDED], capture_output=True, text=True, check=True, env=tests
    )
    _, kept, fitted = map(float, done.stdout.split())
    assert kept < 150, done.stdout
    assert fitted < 250, done.stdout
