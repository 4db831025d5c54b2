"""One live net for many fits: the bits of a fresh build, and never another's weights."""

import copy
import gc
import logging
import pickle
import threading
import weakref

import keras
import numpy as np
import pytest
import tensorflow as tf
from checkpoints import write_checkpoint
from keras import layers

import keraswrap
from keraswrap import KerasWrapperModel, KerasWrapperSequential
from keraswrap._engine import pool
from keraswrap.text import build_text_classifier, encode_texts

rng = np.random.default_rng(0)
X = rng.normal(size=(60, 4)).astype("float32")
y = (X[:, 0] > 0).astype(int)
FACTOR = 1.0
TEXTS = ["good book", "bad book", "good film", "a bad film", "fine", "dull"] * 10


@keras.saving.register_keras_serializable("tests")
class Scaled(layers.Layer):
    """A layer of the user's own; its configuration is silent about `mode`."""

    def __init__(self, factor=1.0, mode="times", **kwargs):
        super().__init__(**kwargs)
        self.factor, self.mode = factor, mode
        self.inner = layers.Dense(4)

    def call(self, x):
        return self.inner(x) * self.factor if self.mode == "times" else self.inner(x) + self.factor

    def get_config(self):
        return {**super().get_config(), "factor": self.factor}


class Drawing(layers.Layer):
    def call(self, x, training=False):
        return x + tf.random.normal(tf.shape(x)) if training else x


@keras.saving.register_keras_serializable("tests")
class Stack(layers.Layer):
    """Calls its widths "layers", as a configuration of a net calls its layers."""

    def __init__(self, layers=(4,), **kwargs):
        super().__init__(**kwargs)
        self.widths = list(layers)

    def call(self, x):
        return x * len(self.widths)

    def get_config(self):
        return {**super().get_config(), "layers": self.widths}


def nested():
    inner = keras.Sequential([keras.Input((4,)), layers.Dense(4, activation="relu")])
    return keras.Sequential([keras.Input((4,)), inner, keras.Sequential([layers.Dense(2)])])


class Subclassed(keras.Model):
    def __init__(self, units):
        super().__init__()
        self.hidden, self.out = layers.Dense(units, activation="relu"), layers.Dense(2)

    def call(self, x):
        return self.out(self.hidden(x))


def functional(*middle, **out):
    inputs = keras.Input((4,))
    x = inputs
    for layer in middle:
        x = layer(x)
    return keras.Model(inputs, layers.Dense(2, **out)(x))


def build(units=8, activation="relu"):
    return functional(layers.Dense(units, activation=activation), layers.Dropout(0.2))


def texts():
    inputs = keras.Input((), dtype="string")
    x = layers.TextVectorization(max_tokens=20, output_sequence_length=4)(inputs)
    x = layers.GlobalAveragePooling1D()(layers.Embedding(20, 4)(x))
    return keras.Model(inputs, layers.Dense(2)(x))


BUILDS = {
    "dropout": build,
    "batch norm": lambda: functional(layers.Dense(4), layers.BatchNormalization()),
    "noise": lambda: functional(layers.GaussianNoise(0.3)),
    "custom": lambda: functional(Scaled(2.0)),
    "lambda": lambda: functional(layers.Lambda(lambda x: 2 * x)),
    "subclassed": lambda: Subclassed(4),
    "nested": nested,
    "stack": lambda: functional(Stack()),
    "normalization": lambda: functional(layers.Normalization()),
    "own draws": lambda: functional(Drawing()),
    "vectorization": texts,
}


def fit(seed=0, model=build, epochs=2, **settings):
    clf = KerasWrapperModel(model, random_state=seed, params={"epochs": epochs})
    clf.set_params(compile__optimizer="adam", **settings)
    return clf.fit(TEXTS if model is texts else X, y)


def outcome(clf):
    rows = TEXTS if clf.model is texts else X
    return clf.predict_proba(rows).tolist(), clf.history_


@pytest.fixture(autouse=True)
def empty():
    pool.shrink(0)


def built(function):
    before = pool.built
    function()
    return pool.built - before


@pytest.mark.parametrize("model", BUILDS.values(), ids=BUILDS)
def test_a_kept_net_gives_the_same_bits_as_a_fresh_one(model):
    fresh = [outcome(fit(seed, model)) for seed in (0, 1) if pool.shrink(0) is None]
    fit(7, model)
    assert [outcome(fit(seed, model)) for seed in (0, 1)] == fresh


@pytest.mark.parametrize(
    "name",
    ["dropout", "batch norm", "noise", "custom", "lambda", "subclassed", "nested", "stack"],
)
def test_fits_of_one_make_share_a_net(name):
    assert built(lambda: [fit(seed, BUILDS[name]) for seed in range(3)]) == 1


def test_another_batch_size_is_traced_no_more():
    for size in (8, 9):
        estimator = KerasWrapperModel(functional, params={"batch_size": size}, random_state=0)
        estimator.fit(X, y)
    loops = vars(pool.slots[-1].net)["_loops"]
    assert [step for step, _ in loops] == ["train_step"]
    (loop,) = loops.values()
    assert loop.experimental_get_tracing_count() == 1


@pytest.mark.thorough
@pytest.mark.parametrize("trainable", ["all", "last:1", "lora:2", "head"])
def test_a_kept_encoder_gives_the_same_bits_as_a_fresh_one(trainable, tmp_path):
    folder = str(write_checkpoint(tmp_path / "bert"))
    ids = encode_texts(["it is good", "the great", "it broke", "awful"] * 4, folder, 8)
    arguments = {"encoder": folder, "trainable": trainable}

    def bits(seed):
        clf = KerasWrapperModel(build_text_classifier, arguments, random_state=seed)
        return clf.fit(ids, [1, 1, 0, 0] * 4).predict_proba(ids).tolist()

    fresh = [bits(seed) for seed in (0, 1) if pool.shrink(0) is None]
    assert built(lambda: bits(7)) == 0
    assert built(lambda: fresh.extend([bits(0), bits(1)])) == 0
    assert fresh[:2] == fresh[2:]


@pytest.mark.parametrize("name", ["normalization", "own draws", "vectorization"])
def test_what_cannot_be_reset_is_built_anew_and_says_so(name, caplog):
    with caplog.at_level(logging.DEBUG, "keraswrap"):
        assert built(lambda: [fit(seed, BUILDS[name]) for seed in range(2)]) == 2
    assert "is rebuilt for each fit: " in caplog.text


@pytest.mark.parametrize(
    "settings",
    [
        {"model__units": 9},
        {"model__activation": "tanh"},
        {"compile__loss__reduction": "sum"},
        {"compile__metrics": ["accuracy"]},
        {"compile__optimizer__beta_1": 0.5},
        {"compile__optimizer__weight_decay": 0.1},
        {"compile__jit_compile": True},
    ],
    ids=lambda settings: next(iter(settings)),
)
def test_another_make_gets_a_net_of_its_own(settings):
    assert built(lambda: [fit(), fit(**settings)]) == 2


def test_another_learning_rate_is_the_same_make_and_counts():
    fresh = outcome(fit(compile__optimizer__learning_rate=0.1))
    pool.shrink(0)
    assert built(lambda: fit(compile__optimizer__learning_rate=0.001)) == 1
    assert built(lambda: fit(compile__optimizer__learning_rate=0.1)) == 0
    assert outcome(fit(compile__optimizer__learning_rate=0.1)) == fresh


def test_what_a_layer_holds_beyond_its_configuration_counts():
    models = [lambda: functional(Scaled(2.0)), lambda: functional(Scaled(2.0, mode="plus"))]
    fresh = [outcome(fit(0, model)) for model in models if pool.shrink(0) is None]
    assert [outcome(fit(0, model)) for model in models] == fresh


def test_a_loss_of_the_users_own_is_not_taken_for_another():
    def losses(scale):
        return lambda target, output: (
            scale * keras.ops.mean((keras.ops.one_hot(target, 2) - output) ** 2, axis=-1)
        )

    histories = [fit(compile__loss=losses(scale)).history_["loss"] for scale in (1.0, 2.0, 1.0)]
    assert histories[0] == histories[2] != histories[1]


def test_a_global_that_a_lambda_reads_counts(monkeypatch):
    model = lambda: functional(layers.Lambda(lambda x: FACTOR * x))  # noqa: E731
    one = outcome(fit(0, model))
    monkeypatch.setitem(globals(), "FACTOR", 3.0)
    assert outcome(fit(0, model)) != one


def test_wiring_is_told_apart():
    def wired(order):
        def model():
            both = [layers.Dense(4), layers.Activation("relu")]
            return functional(*[both[k] for k in order])

        return model

    assert built(lambda: [fit(0, wired((0, 1))), fit(0, wired((1, 0)))]) == 2


def test_names_of_inputs_are_told_apart():
    def named(*names):
        def model():
            inputs = {name: keras.Input((1,), name=name) for name in names}
            return keras.Model(inputs, layers.Dense(2)(layers.Concatenate()(list(inputs.values()))))

        return model

    for names in (("a", "b"), ("c", "d")):
        rows = {name: X[:, [k]] for k, name in enumerate(names)}
        clf = KerasWrapperModel(named(*names), random_state=0).fit(rows, y)
        assert clf.predict_proba(rows).shape == (60, 2)


def test_estimators_of_one_net_keep_their_own_weights():
    one = fit(0)
    before = outcome(one)
    other = fit(1)
    assert outcome(other) != before
    assert outcome(one) == before
    assert len(pool.slots) == 1


def test_training_goes_on_after_another_had_the_net():
    alone = fit(0).partial_fit(X, y).partial_fit(X, y)
    expected = outcome(alone)
    one = fit(0).partial_fit(X, y)
    fit(1)
    assert outcome(one.partial_fit(X, y)) == expected


def test_a_net_that_was_looked_at_is_never_lent():
    one = fit(0)
    net = one.net
    weights = [w.copy() for w in net.get_weights()]
    assert fit(1).net is not net
    assert all(np.array_equal(a, b) for a, b in zip(weights, net.get_weights(), strict=True))
    assert one.net is net


class Meddling(keras.callbacks.Callback):
    """Changes the net itself, and not only its state."""

    def on_epoch_end(self, epoch, logs=None):
        self.model.layers[1].trainable = False


def test_a_net_that_a_callback_changed_is_not_lent():
    fresh = outcome(fit(0))
    pool.shrink(0)
    fit(3, callbacks=[Meddling()])
    assert outcome(fit(0)) == fresh


@pytest.mark.parametrize("kept", [0, 1, 2])
def test_no_more_nets_are_kept_than_set(kept):
    with keraswrap.config_context(kept_networks=kept):
        fitted = [fit(0, model__units=units) for units in (2, 3, 4)]
        assert len(pool.slots) == kept
        again = [outcome(clf) for clf in fitted]
        assert len(pool.slots) == kept
    assert again == [outcome(fit(0, model__units=units)) for units in (2, 3, 4)]


def test_nets_beyond_a_new_setting_are_given_up_at_once():
    one = fit(0)
    before = outcome(one)
    with keraswrap.config_context(kept_networks=0):
        assert pool.slots == []
    assert outcome(one) == before


@pytest.mark.thorough
def test_a_net_spread_over_devices_is_trained_by_keras():
    def spread():
        with tf.distribute.MirroredStrategy(["CPU:0"]).scope():
            return build()

    assert built(lambda: [fit(0, spread), fit(0, spread)]) == 2
    assert outcome(fit(0, spread))[0] == outcome(fit(0, spread))[0]


def test_a_net_leaves_memory_when_it_is_not_kept():
    fit(0)
    ref = weakref.ref(pool.slots[0].net)
    pool.shrink(0)
    gc.collect()
    assert ref() is None


@pytest.mark.parametrize("twin", [copy.deepcopy, lambda c: pickle.loads(pickle.dumps(c))])
def test_copies_are_independent(twin):
    one = KerasWrapperSequential([layers.Dense(2)], params={"epochs": 2}, random_state=0).fit(X, y)
    before = one.predict_proba(X).tolist()
    other = twin(one).partial_fit(X, y)
    assert one.predict_proba(X).tolist() == before != other.predict_proba(X).tolist()


def test_threads_fit_and_predict_side_by_side():
    expected = {seed: outcome(fit(seed)) for seed in range(4)}
    fitted, seen = {seed: fit(seed) for seed in range(4)}, {}

    def work(seed):
        seen[seed] = [outcome(fit(seed)), outcome(fitted[seed]), outcome(fit(seed))]

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == {seed: [expected[seed]] * 3 for seed in range(4)}


def test_a_callback_may_fit_and_ask_others():
    other, seen = fit(1), []
    expected = outcome(other), outcome(fit(2)), outcome(fit(0))

    class Asking(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            seen.append((outcome(other), outcome(fit(2))))

        def __deepcopy__(self, memo):
            return self

    assert outcome(fit(0, callbacks=[Asking()])) == expected[2]
    assert seen == [expected[:2]] * 2
