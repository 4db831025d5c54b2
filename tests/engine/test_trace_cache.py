"""What is traced for a net serves that net as it is now, whatever was done to it meanwhile."""

import os
import pickle

import keras
import numpy as np
import pytest
from keras import layers
from lent import X, give_lora, hidden, make, small, y
from sklearn.base import clone

import keraswrap
from keraswrap._engine import pool

FACTOR = 1.0
# So many more are tried by KERASWRAP_SEQUENCES=300 in the environment.
SEQUENCES = int(os.environ.get("KERASWRAP_SEQUENCES", "6"))


@pytest.fixture(autouse=True)
def empty():
    pool.shrink(0)


def scaled():
    inputs = keras.Input((4,))
    hidden = layers.Lambda(lambda x: FACTOR * x)(inputs)
    return keras.Model(inputs, layers.Dense(2)(layers.Dense(3)(hidden)))


def test_a_second_fit_is_that_of_a_plain_net():
    clf = make(scaled, warm_start=True).fit(X, y)
    plain = scaled()
    plain.set_weights(pickle.loads(pickle.dumps(clf)).net.get_weights())
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    plain.compile(keras.optimizers.SGD(0.3), loss)
    wanted = plain.fit(X, y, 16, 3, shuffle=False, verbose=0).history["loss"]
    clf.set_params(compile__optimizer__learning_rate=0.3).fit(X, y, epochs=3)
    np.testing.assert_allclose(clf.history_["loss"], wanted, rtol=1e-5)
    np.testing.assert_allclose(clf.net.get_weights()[0], plain.get_weights()[0], rtol=1e-5)


def test_a_fresh_estimator_of_the_make_is_left_alone():
    alone = make().fit(X, y).history_
    make(warm_start=True).fit(X, y).fit(X, y)
    assert make().fit(X, y).history_ == alone
    assert min(alone["loss"]) > 0


def test_a_learning_rate_of_nothing_moves_nothing():
    clf = make(warm_start=True).fit(X, y)
    before = clf.predict_proba(X)
    clf.set_params(compile__optimizer__learning_rate=0.0).fit(X, y)
    np.testing.assert_array_equal(clf.predict_proba(X), before)


def test_lora_that_came_after_the_fit_is_trained_as_by_a_plain_net():
    clf = make(scaled, rate=0.3).fit(X, y)
    plain = scaled()
    plain.set_weights(clf.net.get_weights())
    for net in (clf.net, plain):
        give_lora(net, lora_alpha=4)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    plain.compile(keras.optimizers.SGD(0.3), loss)
    plain.fit(X, y, 16, 1, shuffle=False, verbose=0)
    before = hidden(clf.net).lora_kernel_b.numpy()
    clf.partial_fit(X, y)
    for one, other in zip(clf.net.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6)
    assert np.abs(hidden(clf.net).lora_kernel_b.numpy() - before).max() > 0


@pytest.mark.parametrize("used", ["predict_proba", "partial_fit"])
def test_what_is_the_same_is_not_traced_again(used):
    clf = make().fit(X, y)
    clf.predict_proba(X)
    before = dict(vars(pool.slots[-1].net)["_loops"])
    getattr(clf, used)(X, *([y] if used == "partial_fit" else []))
    assert vars(pool.slots[-1].net)["_loops"] == before


STEPS = {
    "fit": lambda clf, rng: clf.fit(X, y),
    "partial": lambda clf, rng: clf.partial_fit(X, y),
    "predict": lambda clf, rng: clf,
    "rate": lambda clf, rng: clf.set_params(
        compile__optimizer__learning_rate=float(rng.choice([0.0, 0.01, 0.3]))
    ),
    "optimizer": lambda clf, rng: clf.set_params(
        compile__optimizer=str(rng.choice(["sgd", "adam"]))
    ),
    "metrics": lambda clf, rng: clf.set_params(
        compile__metrics=[None, ["accuracy"]][rng.integers(2)]
    ),
    "loss": lambda clf, rng: clf.set_params(
        compile__loss__reduction=str(rng.choice(["sum", "sum_over_batch_size"]))
    ),
    "callbacks": lambda clf, rng: clf.set_params(
        callbacks=[None, [keras.callbacks.EarlyStopping("loss", patience=0)]][rng.integers(2)]
    ),
    "held out": lambda clf, rng: clf.set_params(validation_split=float(rng.choice([0.0, 0.25]))),
    "batch": lambda clf, rng: clf.set_params(batch_size=int(rng.choice([8, 16]))),
    "pickle": lambda clf, rng: pickle.loads(pickle.dumps(clf)),
    "clone": lambda clf, rng: clone(clf).fit(X, y),
    "another": lambda clf, rng: (clone(clf).set_params(random_state=5).fit(X, y), clf)[1],
    "freeze": lambda clf, rng: freeze(clf, rng),
    "lora": lambda clf, rng: lora(clf),
    "global": lambda clf, rng: globals().update(FACTOR=float(rng.choice([1.0, 2.0]))) or clf,
}


def freeze(clf, rng):
    layer = clf.net.get_layer(index=int(rng.integers(1, len(clf.net.layers) - 1)))
    layer.trainable = not layer.trainable
    return clf.fit(X, y)


def lora(clf):
    if not hidden(clf.net).lora_enabled:
        give_lora(clf.net)
    return clf.partial_fit(X, y)


def run(seed, kept):
    """Do a random sequence of steps, and look at the estimator after each."""
    rng, seen = np.random.default_rng(seed), []
    with keraswrap.config_context(kept_networks=kept):
        clf = make([small, scaled][rng.integers(2)], warm_start=bool(rng.integers(3))).fit(X, y)
        for step in ["fit", *rng.choice(list(STEPS), 6)]:
            clf = STEPS[step](clf, rng)
            state = pickle.loads(pickle.dumps(clf)).net.get_weights()
            seen.append((step, clf.history_, [w.tolist() for w in state]))
            seen[-1] += (clf.predict_proba(X).tolist(),)
    return seen


@pytest.mark.parametrize("seed", range(SEQUENCES))
def test_kept_nets_go_the_way_of_nets_built_anew(seed, monkeypatch):
    monkeypatch.setitem(globals(), "FACTOR", 1.0)
    anew = run(seed, 0)
    monkeypatch.setitem(globals(), "FACTOR", 1.0)
    for one, other in zip(run(seed, 2), anew, strict=True):
        assert one == other
