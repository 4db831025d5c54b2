"""Nets that are trained together end where each would alone, but for rounding."""

import keras
import nets
import numpy as np
import pytest
from keras import layers

from keraswrap import KerasWrapperModel, KerasWrapperRegressor
from keraswrap._engine.stacks import _training
from keraswrap._estimator import Call, train_together

X, Y = nets.groups(66)
RATES = [0.01, 0.03, 0.1]
EarlyStopping = keras.callbacks.EarlyStopping
# Float32 has 1.2e-7; a few steps may make ten times as much of it.
CLOSE = 2e-6


def deep(units=6, dropout=0.3, norm=False, meta=None):
    inputs = keras.Input((meta["n_features_in_"],))
    hidden = layers.Dense(units, activation="tanh", kernel_regularizer="l2")(inputs)
    hidden = layers.BatchNormalization()(hidden) if norm else hidden
    return keras.Model(inputs, layers.Dense(3)(layers.Dropout(dropout)(hidden)))


def mixing(meta=None):
    """Rows of a batch change each other, and an operation is no layer."""
    inputs = keras.Input((meta["n_features_in_"],))
    return keras.Model(inputs, layers.Dense(3)(inputs - keras.ops.mean(inputs, 0)))


def make(rate=0.03, model=deep, kind=KerasWrapperModel, optimizer="adam", metrics=(), **params):
    compiled = {"optimizer": optimizer, "metrics": list(metrics)}
    if rate is not None:
        compiled["optimizer__learning_rate"] = rate
    params = {"epochs": 3, "batch_size": 16, **params}
    return kind(model, None, compiled, params, random_state=0)


def together(estimators, rows=None, stops=(), visit=None, shown=None):
    """Fit all, each on rows of its own."""
    rows = rows or [(X, Y)] * len(estimators)
    call = Call({"epochs": stops[-1]} if stops else {}, stops=stops)
    prepared = []
    for place, (one, some) in enumerate(zip(estimators, rows, strict=True)):
        if visit:
            call = Call(call.given, stops=stops, visit=lambda stop, p=place: visit(p, stop))
        prepared.append(one._prepare(*some, *[None] * (3 - len(some)), call))
    assert [one.why_alone() for one in prepared] == [None] * len(prepared)
    members = [one.member(None if shown is None else one.rows_to_show(shown)) for one in prepared]
    assert len({member.key() for member in members}) == 1
    train_together(members)
    return prepared, members


def check_equal(one, other):
    assert list(one.history_) == list(other.history_)
    for name, values in one.history_.items():
        np.testing.assert_allclose(values, other.history_[name], atol=CLOSE)
    left, right = one.network_.state, other.network_.state
    for a, b in zip(left.variables, right.variables, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=CLOSE)
    for a, b in zip(left.optimizer, right.optimizer, strict=True):
        assert (type(a), a.dtype, a.shape) == (type(b), b.dtype, b.shape)
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)
    assert one.network_.rounds == other.network_.rounds == 1


SETTINGS = [
    {},
    {"shuffle": False},
    {"model": mixing},
    {"metrics": ["accuracy", keras.metrics.F1Score()], "optimizer": "sgd"},
    {"validation_split": 0.3, "validation_batch_size": 8},
    {"class_weight": {0: 3.0, 1: 1.0, 2: 0.5}},
    {"batch_size": None},
    {"optimizer": keras.optimizers.SGD(momentum=0.9, nesterov=True, clipvalue=0.1)},
    {"optimizer": keras.optimizers.SGD(global_clipnorm=0.05)},
    {"optimizer": keras.optimizers.Adam(amsgrad=True)},
    {"optimizer": keras.optimizers.AdamW(weight_decay=0.1)},
    {"optimizer": "nadam"},
    {"optimizer": "ftrl"},
    {"optimizer": keras.optimizers.RMSprop(centered=True, momentum=0.5)},
    {"callbacks": [EarlyStopping("loss", min_delta=0.2, patience=1)], "epochs": 6},
    {"callbacks": [EarlyStopping("loss", mode="max", patience=9, restore_best_weights=True)]},
    {"callbacks": [keras.callbacks.LearningRateScheduler(lambda epoch: 0.1 / (epoch + 1))]},
    {"callbacks": [keras.callbacks.ReduceLROnPlateau("loss", min_delta=1, patience=1)]},
]


@pytest.mark.parametrize("settings", SETTINGS)
def test_they_end_where_each_ends_alone(settings):
    stacked = [make(rate, **settings) for rate in RATES]
    together(stacked)
    for rate, one in zip(RATES, stacked, strict=True):
        check_equal(one, make(rate, **settings).fit(X, Y))


def test_statistics_of_batches_are_kept_for_each():
    settings = {"model": lambda meta: deep(norm=True, meta=meta)}
    stacked = [make(rate, **settings) for rate in RATES]
    together(stacked)
    for rate, one in zip(RATES, stacked, strict=True):
        check_equal(one, make(rate, **settings).fit(X, Y))


def test_each_has_rows_weights_and_a_seed_of_its_own():
    rows = [(X[:44], Y[:44]), (X[22:], Y[22:]), (X[:44], Y[:44], np.arange(44.0))]
    seeds = [3, 4, 5]
    # All have weights, or none has.
    rows = [(x, y, *(weights or [np.ones(44)])) for x, y, *weights in rows]
    stacked = [make().set_params(random_state=seed) for seed in seeds]
    together(stacked, rows)
    for seed, some, one in zip(seeds, rows, stacked, strict=True):
        check_equal(one, make().set_params(random_state=seed).fit(*some))


def test_several_heads_and_inputs_are_put_together_as_alone():
    named = {"left": X[:, :1], "right": X[:, 1:2]}
    stacked = [make(rate, nets.two_inputs) for rate in RATES]
    together(stacked, [(named, Y)] * 3)
    check_equal(stacked[1], make(RATES[1], nets.two_inputs).fit(named, Y))


def test_numbers_are_predicted_too():
    def line(meta):
        inputs = keras.Input((meta["n_features_in_"],))
        return keras.Model(inputs, layers.Dense(1)(inputs))

    stacked = [make(rate, line, KerasWrapperRegressor) for rate in RATES]
    together(stacked, [(X, X[:, 0])] * 3)
    check_equal(stacked[2], make(RATES[2], line, KerasWrapperRegressor).fit(X, X[:, 0]))


@pytest.mark.parametrize("callbacks", [None, [EarlyStopping("loss", restore_best_weights=True)]])
def test_stops_on_the_way_show_what_shorter_fits_give(callbacks):
    seen, stacked = {}, [make(rate, callbacks=callbacks) for rate in RATES]

    def visit(place, stop):
        seen[place, stop] = stacked[place].predict_proba(X), dict(stacked[place].history_)

    together(stacked, stops=[1, 2, 4], visit=visit)
    assert len(seen) == 9
    for (place, stop), (proba, history) in seen.items():
        alone = make(RATES[place], callbacks=callbacks).fit(X, Y, epochs=stop)
        np.testing.assert_allclose(proba, alone.predict_proba(X), atol=CLOSE)
        np.testing.assert_allclose(history["loss"], alone.history_["loss"], atol=CLOSE)


def test_those_that_end_early_are_left_out_in_the_end(monkeypatch):
    counts = []
    take = _training._Course._take
    monkeypatch.setattr(
        _training._Course,
        "_take",
        lambda self, members, states: (counts.append(len(members)), take(self, members, states)),
    )
    stop = [EarlyStopping("loss", min_delta=1e-3, patience=0)]
    rates = [1e-6, 1e-6, 1e-6, 0.03, 1e-6]
    stacked = [make(rate, callbacks=stop, epochs=5) for rate in rates]
    together(stacked)
    assert counts == [5, 1]
    lengths = [len(one.history_["loss"]) for one in stacked]
    assert lengths.pop(3) == 5 > max(lengths)
    for rate, one in zip(rates, stacked, strict=True):
        check_equal(one, make(rate, callbacks=stop, epochs=5).fit(X, Y))


def test_what_they_say_of_rows_is_known_at_the_end():
    stacked = [make(rate) for rate in RATES]
    prepared, members = together(stacked, shown=X[:30])
    for rate, one, member in zip(RATES, prepared, members, strict=True):
        ((_, said),) = one.shown(member).items()
        alone = make(rate).fit(X, Y)
        np.testing.assert_allclose(said, alone.network_.outputs(
            member.shown, {"batch_size": None, "verbose": 0, "callbacks": None}
        ), atol=CLOSE)  # fmt: skip


def test_one_that_diverges_is_reported_and_leaves_the_others_alone():
    rates = [0.03, 1e30, 0.01]
    stacked = [make(rate, optimizer="sgd") for rate in rates]
    with pytest.warns(UserWarning, match="training diverged"):
        prepared, members = together(stacked, shown=X)
    assert [bool(one.shown(m)) for one, m in zip(prepared, members, strict=True)] == [
        True,
        False,
        True,
    ]
    check_equal(stacked[2], make(rates[2], optimizer="sgd").fit(X, Y))


def test_the_same_stack_gives_the_same_bits():
    first, second = ([make(rate) for rate in RATES] for _ in range(2))
    together(first)
    together(second)
    for one, other in zip(first, second, strict=True):
        assert one.history_ == other.history_
        np.testing.assert_array_equal(one.predict_proba(X), other.predict_proba(X))


def test_many_weights_are_trained_in_several_parts(monkeypatch):
    monkeypatch.setattr(_training, "_MOST_NUMBERS", 200)
    stacked = [make(rate) for rate in [*RATES, *RATES[::-1]]]
    together(stacked)
    check_equal(stacked[4], make(RATES[1]).fit(X, Y))


def test_a_fit_goes_on_from_where_it_was_left():
    stacked = [make(rate, deep) for rate in RATES]
    together(stacked)
    going = stacked[1].partial_fit(X, Y).predict_proba(X)
    alone = make(RATES[1]).fit(X, Y).partial_fit(X, Y)
    np.testing.assert_allclose(going, alone.predict_proba(X), atol=CLOSE)
