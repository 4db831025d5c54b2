"""Labels and weights beside a dataset: its own, row by row, or refused."""

import numpy as np
import pytest
from nets import LEARNS, QUICK, classifier, groups, regressor
from sources import InBatches, hub, hub_stream, tf_batches, tf_rows, tf_shuffled

from keraswrap import KerasWrapperModel, KerasWrapperRegressor
from keraswrap._data.dataset_labels import agree, is_shuffled
from keraswrap.data import row_view
from keraswrap.exceptions import InputError
from keraswrap.issues import CleanClassifier, apply_corrections, find_label_issues, hash_data
from keraswrap.model_selection import GridSearchCV, cross_val_predict_proba

X, INDEX = groups(60, 3)
NAMES = np.array(["ant", "bee", "cat"])[INDEX]
MIXED = np.random.default_rng(0).permutation(60)
HOT = np.eye(3)[INDEX]


class Shuffled(InBatches):
    """A PyDataset that mixes its rows, as many do, and does not say so."""

    def __init__(self, *arrays):
        super().__init__(*(array[MIXED] for array in arrays))


def model():
    return KerasWrapperModel(classifier, **QUICK)


def hub_shuffled(X, y):
    return hub(X, y).shuffle(seed=0)


MIXING = {"tf": tf_shuffled, "keras": Shuffled, "hub": hub_shuffled}
ASKS = {
    "fit": lambda data: model().fit(data, INDEX),
    "names": lambda data: model().fit(data, NAMES),
    "partial_fit": lambda data: model().partial_fit(data, INDEX),
    "score": lambda data: model().fit(X, INDEX).score(data, INDEX),
    "validation": lambda data: model().fit(X, INDEX, validation_data=(data, INDEX)),
    "regression": lambda data: KerasWrapperRegressor(regressor, **QUICK).fit(data, INDEX),
    "search": lambda data: GridSearchCV(model(), {}, cv=2).fit(data, INDEX),
    "held out": lambda data: cross_val_predict_proba(model(), data, INDEX, cv=2),
    "issues": lambda data: find_label_issues(model(), data, INDEX),
    "clean": lambda data: CleanClassifier(model(), strategy="prune").fit(data, INDEX),
}


@pytest.mark.parametrize("mix", MIXING.values(), ids=MIXING)
@pytest.mark.parametrize("ask", ASKS.values(), ids=ASKS)
def test_labels_of_other_rows_are_refused(mix, ask):
    with pytest.raises(InputError, match="y as the dataset has it, or none, got another in"):
        ask(mix(X, INDEX))


@pytest.mark.parametrize("mix", MIXING.values(), ids=MIXING)
def test_a_shuffled_dataset_trains_on_its_own_labels(mix):
    learned = KerasWrapperModel(classifier, **LEARNS).fit(mix(X, INDEX))
    np.testing.assert_array_equal(learned.predict(X), INDEX)


@pytest.mark.parametrize("source", [tf_rows, InBatches, hub, hub_stream])
@pytest.mark.parametrize("y", [INDEX, INDEX.tolist(), NAMES, INDEX * 1.0, INDEX[:, None]])
def test_the_same_labels_by_any_name_are_taken(source, y):
    labels = np.ravel(y)
    expected = model().fit(X, labels)
    fitted = model().fit(source(X, INDEX), labels)
    assert (fitted.predict(X) == expected.predict(X)).all()
    assert agree(INDEX, np.asarray(y)).all()


@pytest.mark.parametrize(
    ("own", "given", "same"),
    [
        (HOT, INDEX, True),
        (HOT, (INDEX + 1) % 3, False),
        (NAMES, HOT, True),
        (INDEX, HOT[MIXED], False),
        (HOT, HOT[:, :2], False),
        (X.sum(axis=1), X.sum(axis=1).astype(float), True),
        (X.sum(axis=1), X.sum(axis=1) + 1e-3, False),
        (NAMES.astype(object), INDEX, True),
        (NAMES, NAMES[MIXED], False),
        (INDEX, NAMES[MIXED], False),
        (np.array([0, 1, 2]), np.array(["a", "b", "b"]), False),
        (np.array([0.5, np.nan]), np.array([0.5, np.nan]), True),
    ],
)
def test_what_counts_as_the_same(own, given, same):
    assert agree(own, given).all() == same


WEIGHT = np.linspace(0, 1, 60)


def test_weights_are_those_of_the_rows():
    expected = model().fit(X, INDEX, WEIGHT).predict_proba(X)
    for fitted in (
        model().fit(tf_batches(X, INDEX), sample_weight=WEIGHT),
        model().fit(InBatches(X, INDEX), INDEX, WEIGHT),
        model().fit(InBatches(X, INDEX, WEIGHT), sample_weight=WEIGHT),
    ):
        assert (fitted.predict_proba(X) == expected).all()


@pytest.mark.parametrize(
    ("ask", "match"),
    [
        (lambda: model().fit(tf_shuffled(X, INDEX), sample_weight=WEIGHT), "that is shuffled"),
        (lambda: model().fit(tf_shuffled(X, INDEX).map(lambda x, y: x), INDEX), "that is shuffled"),
        (lambda: model().fit(Shuffled(X, INDEX), sample_weight=WEIGHT), "pass y too"),
        (
            lambda: model().fit(InBatches(X, INDEX, WEIGHT), sample_weight=WEIGHT[::-1]),
            "sample_weight as the dataset has it, or none, got another in 60 of 60 rows",
        ),
        (
            lambda: model().fit(hub_stream(X, INDEX).shuffle(seed=0).remove_columns("label"), [0]),
            "y in the dataset itself",
        ),
    ],
)
def test_what_nobody_could_tell_is_refused(ask, match):
    with pytest.raises(InputError, match=match):
        ask()


def test_a_shuffle_is_seen_behind_later_steps():
    both = tf_rows(X, INDEX).concatenate(tf_shuffled(X, INDEX).unbatch())
    assert [*map(is_shuffled, (tf_batches(X, INDEX), tf_shuffled(X, INDEX), both))] == [0, 1, 1]
    stream = hub_stream(X, INDEX)
    assert [*map(is_shuffled, (stream, stream.shuffle(seed=0).map(dict)))] == [0, 1]


def test_other_labels_go_beside_a_view_of_the_rows():
    view = row_view(hub(X, INDEX)).X
    expected = model().fit(X, INDEX[::-1]).predict_proba(X)
    assert (model().fit(view, INDEX[::-1]).predict_proba(X) == expected).all()


def test_corrected_labels_have_none_of_the_old_ones_beside_them():
    import pandas as pd

    dataset = hub(X, INDEX)
    one = {"row_id": 4, "given_label": INDEX[4], "action": "relabel", "new_label": 2}
    decisions = pd.DataFrame([one | {"data_hash": hash_data(dataset, INDEX)}])
    rows, labels = apply_corrections((dataset, INDEX), decisions).data
    assert rows.column_names == ["x"]
    assert (model().fit(rows, labels).classes_ == [0, 1, 2]).all()
