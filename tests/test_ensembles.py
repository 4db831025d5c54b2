"""Deep ensembles: the mean of members, together or one by one, whatever their target."""

import logging

import keras
import numpy as np
import pandas as pd
import pytest
import sklearn
from nets import groups
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import r2_score
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from keraswrap import KerasWrapperModel, KerasWrapperRegressor
from keraswrap.ensembles import DeepEnsembleClassifier, DeepEnsembleRegressor
from keraswrap.exceptions import InputError, ParameterError
from keraswrap.issues import find_label_issues
from keraswrap.model_selection import GridSearchCV, _alike_fits, _stacked_fits
from keraswrap.model_selection._run_plan import weight_name

X, INDEX = groups(n=60)
Y = np.array(["ant", "bee", "cat"])[INDEX]
FIT = {"epochs": 3, "batch_size": 16}


def build(meta, dropout=0.0):
    inputs = keras.Input((meta["n_features_in_"],))
    hidden = keras.layers.Dropout(dropout)(keras.layers.Dense(8, activation="relu")(inputs))
    return keras.Model(inputs, keras.layers.Dense(meta["n_units_"])(hidden))


def build_two(meta):
    inputs = keras.Input((meta["n_features_in_"],))
    outputs = {"kind": keras.layers.Dense(3)(inputs), "size": keras.layers.Dense(1)(inputs)}
    return keras.Model(inputs, outputs)


def net(**params):
    return KerasWrapperModel(build, params=FIT, compile_kwargs={"optimizer": "adam"}, **params)


@pytest.fixture
def at_once(monkeypatch):
    """Let even tiny nets be trained together."""
    monkeypatch.setattr(_stacked_fits, "_TRACING", 0)


@pytest.fixture
def stacks(monkeypatch):
    """Count the nets that are trained together."""
    counts, train = [], _alike_fits.train_together
    monkeypatch.setattr(
        _alike_fits, "train_together", lambda all: (counts.append(len(all)), train(all))
    )
    return counts


@pytest.mark.parametrize("pipeline", [False, True])
def test_it_is_the_mean_of_separate_fits(at_once, stacks, pipeline):
    base = make_pipeline(StandardScaler(), net()) if pipeline else net()
    made = DeepEnsembleClassifier(base, 4, random_state=0).fit(X, Y)
    assert stacks == [4]
    members = [clone(member).fit(X, Y) for member in made.estimators_]
    alone = np.mean([member.predict_proba(X) for member in members], axis=0)
    np.testing.assert_allclose(made.predict_proba(X), alone, rtol=0, atol=1e-6)
    assert made.predict(X).tolist() == made.classes_[alone.argmax(axis=1)].tolist()
    assert made.score(X, Y) == (made.predict(X) == Y).mean()
    between = [members[0].predict_proba(X), members[1].predict_proba(X)]
    assert not np.allclose(*between)


def test_the_same_seed_gives_the_same_bits_and_fewer_members_are_the_first(at_once):
    made = [DeepEnsembleClassifier(net(), k, random_state=7).fit(X, Y) for k in (4, 4, 2)]
    assert (made[0].predict_proba(X) == made[1].predict_proba(X)).all()
    seeds = [[member.random_state for member in one.estimators_] for one in made]
    assert seeds[2] == seeds[0][:2]


def test_members_that_cannot_be_stacked_are_fitted_alone(stacks, caplog):
    with caplog.at_level(logging.DEBUG, "keraswrap"):
        made = DeepEnsembleClassifier(net(), 3, random_state=0).fit(X, Y)
    assert not stacks
    assert "trained alone: 3 fits like it take less time" in caplog.text
    alone = [clone(member).fit(X, Y).predict_proba(X) for member in made.estimators_]
    assert (made.predict_proba(X) == np.mean(alone, axis=0)).all()


def test_a_stack_that_fails_is_fitted_alone(at_once, monkeypatch, caplog):
    def fail(members):
        raise RuntimeError("no such kernel")

    monkeypatch.setattr(_alike_fits, "train_together", fail)
    with caplog.at_level(logging.DEBUG, "keraswrap"):
        made = DeepEnsembleClassifier(net(), 3, random_state=0).fit(X, Y)
    assert "no such kernel" in caplog.text
    alone = [clone(member).fit(X, Y).predict_proba(X) for member in made.estimators_]
    assert (made.predict_proba(X) == np.mean(alone, axis=0)).all()


def test_rows_may_have_several_labels():
    labels = np.stack([INDEX == 0, INDEX > 0], axis=1).astype(int)
    made = DeepEnsembleClassifier(net(), 2, random_state=0).fit(X, labels)
    assert (made.predict(X) == (made.predict_proba(X) > 0.5)).all()
    assert made.score(X, labels) == (made.predict(X) == labels).all(axis=1).mean()


def test_several_outputs_may_be_classes_and_numbers():
    y = {"kind": Y, "size": X[:, 0]}
    made = DeepEnsembleClassifier(KerasWrapperModel(build_two, params=FIT), 2, random_state=0)
    said = made.fit(X, y).predict(X)
    of = [member.predict(X)["size"] for member in made.estimators_]
    np.testing.assert_array_equal(said["size"], np.mean(of, axis=0))
    assert set(said["kind"]) <= set(Y)
    right = (said["kind"] == Y).mean()
    assert made.score(X, y) == np.mean([right, r2_score(X[:, 0], said["size"])])


def test_weights_reach_the_members():
    weights = np.where(INDEX == 0, 1.0, 0.0)
    for base in (net(), make_pipeline(StandardScaler(), net())):
        made = DeepEnsembleClassifier(base, 2, random_state=0)
        said = made.fit(X, Y, weights).predict_proba(X)[:, 0]
        told = {weight_name(base): weights}
        alone = [clone(one).fit(X, Y, **told).predict_proba(X)[:, 0] for one in made.estimators_]
        assert (said == np.mean(alone, axis=0)).all()
        assert said.mean() > made.fit(X, Y).predict_proba(X)[:, 0].mean()


def test_weights_may_be_routed(at_once, stacks):
    with sklearn.config_context(enable_metadata_routing=True):
        base = make_pipeline(StandardScaler(), net().set_fit_request(sample_weight=True))
        base[0].set_fit_request(sample_weight=False)
        made, weights = DeepEnsembleClassifier(base, 3, random_state=0), 1.0 * (INDEX == 0)
        said = made.fit(X, Y, weights).predict_proba(X)
        alone = [clone(one).fit(X, Y, sample_weight=weights) for one in made.estimators_]
    assert not stacks
    assert (said == np.mean([one.predict_proba(X) for one in alone], axis=0)).all()


def test_numbers_have_the_mean_and_the_spread():
    base = KerasWrapperRegressor(build, params=FIT)
    made = DeepEnsembleRegressor(base, 3, random_state=0).fit(X, X[:, 0])
    of = [member.predict(X) for member in made.estimators_]
    means, deviations = made.predict(X, return_std=True)
    np.testing.assert_array_equal(means, np.mean(of, axis=0))
    np.testing.assert_allclose(deviations, np.std(of, axis=0))
    assert made.predict(X).tolist() == means.tolist()
    assert made.score(X, X[:, 0]) == r2_score(X[:, 0], means)


def test_distributions_are_mixed():
    base = KerasWrapperRegressor(build, params=FIT, target="gaussian")
    made = DeepEnsembleRegressor(base, 2, random_state=0).fit(X, X[:, 0])
    of = np.array([member.predict(X, return_std=True) for member in made.estimators_])
    _, deviations = made.predict(X, return_std=True)
    second = (of[:, 1] ** 2 + of[:, 0] ** 2).mean(axis=0)
    np.testing.assert_allclose(deviations, np.sqrt(second - of[:, 0].mean(axis=0) ** 2))


def test_a_search_tunes_the_estimator(at_once):
    made = DeepEnsembleClassifier(net(), 3, random_state=0)
    search = GridSearchCV(made, {"estimator__epochs": [1, 3], "n_members": [1, 3]}, cv=2)
    assert search.fit(X, Y).best_estimator_.n_features_in_ == X.shape[1]
    assert len(find_label_issues(search, X, Y)) == len(X)


def test_names_of_columns_are_kept():
    frame = pd.DataFrame(X, columns=[f"c{k}" for k in range(X.shape[1])])
    made = DeepEnsembleClassifier(MLPClassifier((2,), max_iter=2), 2).fit(frame, Y)
    assert made.feature_names_in_.tolist() == list(frame)


@pytest.mark.parametrize(
    ("kind", "base", "y", "error", "said"),
    [
        (DeepEnsembleClassifier, net(), Y, ParameterError, "Expected n_members to be a whole"),
        (DeepEnsembleClassifier, MLPRegressor(), Y, InputError, "use DeepEnsembleRegressor"),
        (DeepEnsembleRegressor, net(), Y, InputError, "use DeepEnsembleClassifier"),
        (
            DeepEnsembleClassifier,
            MLPClassifier(),
            np.eye(3)[INDEX],
            InputError,
            "Expected one label for each row with MLPClassifier",
        ),
    ],
)
def test_wrong_input_is_refused(kind, base, y, error, said):
    members = 0 if error is ParameterError else 2
    with pytest.raises(error, match=said):
        kind(base, members).fit(X, y)


def test_members_that_would_all_be_the_same_are_refused():
    from sklearn.naive_bayes import GaussianNB

    with pytest.raises(InputError, match="Expected an estimator with a random_state"):
        DeepEnsembleClassifier(GaussianNB()).fit(X, Y)


@parametrize_with_checks(
    [
        DeepEnsembleClassifier(LogisticRegression(), 2, random_state=0),
        DeepEnsembleRegressor(Ridge(), 2, random_state=0),
    ]
)
def test_it_is_an_estimator_of_scikit_learn(estimator, check):
    check(estimator)
