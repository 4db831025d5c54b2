"""Out-of-sample probabilities in one call."""

import numpy as np
import pandas as pd
import pytest
import sklearn
from classifiers import Frequencies, X, Y, raise_error
from nets import QUICK, classifier, groups, text_layers
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    RepeatedStratifiedKFold,
    ShuffleSplit,
    StratifiedKFold,
    TimeSeriesSplit,
    cross_val_predict,
)
from sklearn.multioutput import MultiOutputClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from keraswrap import KerasWrapperModel, KerasWrapperSequential
from keraswrap.data import row_view
from keraswrap.exceptions import InputError
from keraswrap.model_selection import RunSettings, cross_val_predict_proba
from keraswrap.model_selection._cross_val_predict import hold_out

NAMES = np.array(["cat", "ant", "bee"])[Y]
LINEAR = make_pipeline(StandardScaler(), LogisticRegression())


@pytest.mark.parametrize(
    "y", [Y, NAMES, NAMES.tolist(), pd.Series(NAMES, index=np.arange(120, 0, -1))]
)
@pytest.mark.parametrize("cv", [None, 3, StratifiedKFold(4, shuffle=True, random_state=0)])
def test_probabilities_are_those_of_scikit_learn(y, cv):
    found = cross_val_predict_proba(LINEAR, X, y, cv=cv)
    wanted = cross_val_predict(LINEAR, X, y, cv=cv, method="predict_proba")
    np.testing.assert_array_equal(found, wanted)


def test_two_processes_and_groups():
    group = np.arange(120) % 11
    found = cross_val_predict_proba(LINEAR, X, Y, groups=group, cv=GroupKFold(3), n_jobs=2)
    wanted = cross_val_predict(LINEAR, X, Y, groups=group, cv=GroupKFold(3), method="predict_proba")
    np.testing.assert_array_equal(found, wanted)


def test_repeats_are_averaged():
    cv = RepeatedStratifiedKFold(n_splits=3, n_repeats=2, random_state=0)
    found, total = cross_val_predict_proba(LINEAR, X, Y, cv=cv), np.zeros((120, 3))
    for train, test in cv.split(X, Y):
        total[test] += LINEAR.fit(X[train], Y[train]).predict_proba(X[test])
    np.testing.assert_allclose(found, total / 2, rtol=1e-12)


def test_nothing_leaks():
    # Who had seen a row would know its label, which is drawn at random, and be always right.
    labels = np.random.default_rng(0).integers(2, size=120)
    found = cross_val_predict_proba(KNeighborsClassifier(1), X, labels)
    wanted = cross_val_predict(KNeighborsClassifier(1), X, labels, method="predict_proba")
    np.testing.assert_array_equal(found, wanted)
    assert 0.3 < (found.argmax(axis=1) == labels).mean() < 0.7


@pytest.mark.parametrize(
    ("cv", "missing"),
    [
        (TimeSeriesSplit(3), 30),
        (ShuffleSplit(1, test_size=0.25, random_state=0), 90),
        ([(np.arange(1, 120), [0])], 119),
    ],
)
def test_rows_that_no_split_holds_out_are_told_before_any_fit(tmp_path, cv, missing):
    model = Frequencies(log=str(tmp_path / "log"))
    with pytest.raises(InputError, match=rf"hold out every row, got {missing} of 120 rows"):
        cross_val_predict_proba(model, X, Y, cv=cv)
    assert not (tmp_path / "log").exists()


def test_every_class_is_a_column_though_folds_miss_some():
    found = cross_val_predict_proba(
        DummyClassifier(), X, NAMES, cv=[(k == Y, k != Y) for k in range(3)]
    )
    # "ant" is class 1: of its own fit alone it has all, in two fits of its rows nothing.
    np.testing.assert_allclose(found[Y == 0], np.tile([0.5, 0.5, 0.0], ((Y == 0).sum(), 1)))


def test_classes_that_an_estimator_was_given_have_columns():
    points, index = groups(60, 3)
    model = KerasWrapperModel(classifier, classes=["a", "b", "c", "d"], **QUICK)
    found = cross_val_predict_proba(model, points, np.array(["d", "b", "a"])[index], cv=2)
    assert found.shape == (60, 4)
    np.testing.assert_allclose(found.sum(axis=1), 1.0, rtol=1e-6)


def test_a_net_that_knows_more_classes_than_y():
    points, index = groups(60, 3)
    model = KerasWrapperModel(classifier, {"outputs": 5}, **QUICK)
    assert cross_val_predict_proba(model, points, index, cv=2).shape == (60, 5)


def test_rows_that_may_have_several_labels():
    points, index = groups(60, 3)
    several = np.eye(3, dtype=int)[index]
    model = KerasWrapperModel(classifier, {"activation": "sigmoid"}, **QUICK)
    found = cross_val_predict_proba(model, points, several, cv=2)
    halves = [model.fit(points[k], several[k]) and model.predict_proba(points[~k])
              for k in (np.arange(60) >= 30, np.arange(60) < 30)]  # fmt: skip
    np.testing.assert_array_equal(found, np.concatenate(halves))


def test_texts_and_datasets():
    import tensorflow as tf

    texts = [f"{word} {other}" for word in ("good", "bad") for other in map(str, range(12))]
    y = np.repeat([1, 0], 12)
    model = KerasWrapperSequential(text_layers(), **QUICK)
    cv = StratifiedKFold(2, shuffle=True, random_state=0)
    found = [
        cross_val_predict_proba(model, rows, labels, cv=cv)
        for rows, labels in [
            (texts, y),
            (row_view(texts).X, y),
            (tf.data.Dataset.from_tensor_slices((texts, y)).batch(5), None),
        ]
    ]
    np.testing.assert_array_equal(found[0], found[1])
    np.testing.assert_array_equal(found[0], found[2])


@pytest.mark.parametrize(
    ("estimator", "y", "told"),
    [
        (Ridge(), X[:, 0], "Expected an estimator with predict_proba, got Ridge"),
        (SVC(), Y, "Expected an estimator with predict_proba, got SVC"),
        (
            MultiOutputClassifier(LogisticRegression()),
            np.stack([Y, Y], axis=1),
            "Expected one column of probabilities for each of classes_",
        ),
    ],
)
def test_estimators_that_cannot_say_are_refused(estimator, y, told):
    with pytest.raises(InputError, match=told):
        cross_val_predict_proba(estimator, X, y)


def test_what_a_fit_raises_is_raised():
    with pytest.raises(ValueError, match="this power is too much"):
        cross_val_predict_proba(Frequencies(mishap=raise_error, at=1.0), X, Y)


def test_weights_are_split_with_the_rows_and_routed():
    weight = np.linspace(0.1, 1, 120)
    given = {"logisticregression__sample_weight": weight}
    wanted = cross_val_predict(LINEAR, X, Y, params=given, method="predict_proba")
    np.testing.assert_array_equal(cross_val_predict_proba(LINEAR, X, Y, params=given), wanted)
    group = np.arange(120) % 11
    with sklearn.config_context(enable_metadata_routing=True):
        model = LogisticRegression().set_fit_request(sample_weight=True)
        params = {"sample_weight": weight, "groups": group}
        wanted = cross_val_predict(
            model, X, Y, params=params, cv=GroupKFold(3), method="predict_proba"
        )
        found = cross_val_predict_proba(model, X, Y, params=params, cv=GroupKFold(3))
        with pytest.raises(InputError, match="Expected groups in params"):
            cross_val_predict_proba(model, X, Y, groups=group, cv=GroupKFold(3))
    np.testing.assert_array_equal(found, wanted)


def test_a_random_split_is_drawn_once():
    cv = KFold(3, shuffle=True, random_state=np.random.RandomState(0))
    again = KFold(3, shuffle=True, random_state=np.random.RandomState(0))
    wanted = cross_val_predict(LINEAR, X, Y, cv=again, method="predict_proba")
    np.testing.assert_array_equal(cross_val_predict_proba(LINEAR, X, Y, cv=cv), wanted)


def test_it_is_timed_how_long_the_probabilities_took():
    settings = RunSettings(progress=False)
    held = hold_out(KNeighborsClassifier(), X, Y, {}, cv=3, settings=settings)
    assert [fit.n_test_samples for fit in held.fits.values()] == [40, 40, 40]
    assert all(0 < fit.score_time < 60 for fit in held.fits.values())
