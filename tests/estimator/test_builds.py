"""Nets that are built once for fits that would build the same one."""

import keras
import nets
import numpy as np
import pytest
from keras import layers

from keraswrap import KerasWrapperModel
from keraswrap._engine import pool
from keraswrap._estimator import Call, share_builds

X, Y = nets.groups(40)


def make(model=nets.classifier, **changes):
    compiled = {"optimizer": "adam", "optimizer__learning_rate": 0.01}
    clf = KerasWrapperModel(model, {"units": 4}, compiled, {"epochs": 2}, random_state=0)
    return clf.set_params(**changes)


def prepare(estimator, rows=slice(None)):
    return estimator._prepare(X[rows], Y[rows], None, Call()).network


def counted(monkeypatch):
    built = []
    build = KerasWrapperModel._build
    monkeypatch.setattr(
        KerasWrapperModel, "_build", lambda self, *args: built.append(1) or build(self, *args)
    )
    return built


def test_a_copy_trains_as_a_net_of_its_own(monkeypatch):
    built = counted(monkeypatch)
    with share_builds():
        prepare(make())
        copy = make(compile__optimizer__learning_rate=0.1).fit(X, Y)
    assert len(built) == 1
    own = make(compile__optimizer__learning_rate=0.1).fit(X, Y)
    assert copy.history_ == own.history_
    np.testing.assert_array_equal(copy.predict_proba(X), own.predict_proba(X))
    assert copy.network_.settings == own.compile_kwargs


@pytest.mark.parametrize(
    "changes",
    [
        {"model__units": 5},
        {"random_state": 1},
        {"compile__optimizer": "sgd"},
        {"compile__loss": "kl_divergence"},
        {"precision": "float64"},
    ],
)
def test_what_differs_is_built_again(monkeypatch, changes):
    built = counted(monkeypatch)
    with share_builds():
        prepare(make())
        prepare(make(**changes))
    assert len(built) == 2


def test_rows_of_another_shape_or_of_other_classes_build_another_net(monkeypatch):
    built = counted(monkeypatch)
    with share_builds():
        prepare(make())
        prepare(make(), Y > 0)
        make()._prepare(X[:, :1], Y, None, Call())
    assert len(built) == 3


def normalized(meta):
    inputs = keras.Input((meta["n_features_in_"],))
    return keras.Model(inputs, layers.Dense(3)(layers.Normalization()(inputs)))


def test_a_net_that_learns_from_rows_is_not_copied(monkeypatch):
    built = counted(monkeypatch)
    with share_builds():
        prepare(make(normalized, model_kwargs=None))
        prepare(make(normalized, model_kwargs=None))
    assert len(built) == 2


def test_nothing_is_shared_outside(monkeypatch):
    built = counted(monkeypatch)
    prepare(make())
    prepare(make())
    assert len(built) == 2


def test_copies_take_no_net_of_the_pool_until_they_are_used():
    with share_builds():
        make().fit(X, Y)
        before = pool.built
        for _ in range(3):
            make().fit(X, Y)
    assert pool.built == before
