"""Numbers in any shape, with gaps: as in plain Keras with a loss of what is there."""

import pickle

import keras
import numpy as np
import pytest
from keras import ops
from sklearn.base import clone
from sklearn.metrics import r2_score
from sklearn.model_selection import GridSearchCV, cross_val_predict

from keraswrap import KerasWrapperRegressor
from keraswrap._targets.numbers import Numbers
from keraswrap.exceptions import BuildError, InputError

rng = np.random.default_rng(0)
X = rng.normal(size=(80, 3)).astype("float32")
FULL = np.stack([X[:, 0] + X[:, 1], X[:, 2] * 2], axis=1).astype(float)
Y = np.where(rng.random(FULL.shape) < 0.25, np.nan, FULL)
THERE = ~np.isnan(Y)
SERIES = rng.normal(size=(80, 5, 3)).astype("float32")


def dense(meta):
    inputs = keras.Input((meta["n_features_in_"],))
    hidden = keras.layers.Dense(16, activation="relu")(inputs)
    return keras.Model(inputs, keras.layers.Dense(meta["n_outputs_"])(hidden))


def recurrent(meta):
    inputs = keras.Input((5, 3))
    hidden = keras.layers.Conv1D(16, 1, activation="relu")(inputs)
    return keras.Model(inputs, keras.layers.Dense(meta["n_outputs_"])(hidden))


def make(build=dense, epochs=30, **compile_kwargs):
    return KerasWrapperRegressor(
        build,
        None,
        {"optimizer": "adam", "optimizer__learning_rate": 0.03, **compile_kwargs},
        {"epochs": epochs, "batch_size": 20, "shuffle": False},
        random_state=0,
    )


@pytest.fixture(scope="module")
def fitted():
    return make().fit(X, Y)


@keras.saving.register_keras_serializable()
def loss_of_what_is_there(y_true, y_pred):
    there = ops.cast(y_true < 1e6, "float32")
    share = float(THERE.mean())
    return ops.sum(there * (ops.where(y_true < 1e6, y_true, 0.0) - y_pred) ** 2, -1) / 2 / share


def test_gaps_count_in_no_loss_and_no_metric():
    reg = make(epochs=3, metrics=["mae"])
    net = clone(reg).initialize(X, Y).net
    net.compile(keras.optimizers.Adam(0.03), loss_of_what_is_there, jit_compile=False)
    given = np.where(THERE, Y, 1e9).astype("float32")
    history = net.fit(X, given, 20, 3, shuffle=False, verbose=0).history
    reg.set_params(validation_data=(X, Y), validation_batch_size=80).fit(X, Y)
    np.testing.assert_allclose(reg.history_["loss"], history["loss"], rtol=1e-4)
    np.testing.assert_allclose(reg.predict(X), net.predict(X, verbose=0), rtol=1e-3, atol=1e-4)
    off = (Y - reg.predict(X))[THERE]
    assert reg.history_["val_loss"][-1] == pytest.approx(np.mean(off**2), rel=1e-4)
    assert reg.history_["val_mae"][-1] == pytest.approx(np.abs(off).mean(), rel=1e-4)


@pytest.mark.parametrize("loss", ["huber", keras.losses.MeanAbsoluteError(), "log_cosh"])
def test_each_loss_is_of_single_numbers(loss):
    reg = make(loss=loss).set_params(validation_data=(X, Y), validation_batch_size=80).fit(X, Y)
    pairs = Y[THERE][:, None].astype("float32"), reg.predict(X)[THERE][:, None].astype("float32")
    expected = np.mean(keras.losses.get(loss)(*pairs))
    assert reg.history_["val_loss"][-1] == pytest.approx(expected, rel=1e-4)


def test_the_score_is_the_mean_of_the_columns(fitted):
    predicted, weights = fitted.predict(X), rng.random(80)
    assert predicted.shape == Y.shape
    columns = [(THERE[:, k], k) for k in range(2)]
    expected = np.mean([r2_score(Y[t, k], predicted[t, k]) for t, k in columns])
    assert fitted.score(X, Y) == pytest.approx(expected)
    weighed = [r2_score(Y[t, k], predicted[t, k], sample_weight=weights[t]) for t, k in columns]
    assert fitted.score(X, Y, weights) == pytest.approx(np.mean(weighed))
    assert fitted.score(X, FULL) == r2_score(FULL, predicted) > 0.8


def test_weights_training_on_folds_and_searches(fitted):
    none = make().fit(X, Y, sample_weight=np.where(np.arange(80) < 40, 1.0, 0.0))
    half = make().set_params(batch_size=20).fit(X, np.where(np.arange(80)[:, None] < 40, Y, np.nan))
    assert none.score(X[:40], Y[:40]) > 0.7
    assert half.score(X[:40], Y[:40]) > 0.7
    on = make(epochs=1)
    for _ in range(30):
        on.partial_fit(X, Y)
    assert on.score(X, Y) > 0.7
    assert make().set_params(validation_split=0.2).fit(X, Y).history_["val_loss"][-1] < 1
    assert GridSearchCV(make(), {"epochs": [1, 30]}, cv=2).fit(X, Y).best_params_["epochs"] == 30
    assert cross_val_predict(make(), X, Y, cv=2).shape == Y.shape


def test_copies_and_files_take_gaps_too(fitted, tmp_path):
    fitted.save(tmp_path / "gaps.keraswrap")
    loaded = KerasWrapperRegressor.load(tmp_path / "gaps.keraswrap", model=dense)
    for copy in (loaded, pickle.loads(pickle.dumps(fitted))):
        np.testing.assert_array_equal(copy.predict(X), fitted.predict(X))
        assert copy.score(X, Y) == fitted.score(X, Y)
        copy.partial_fit(X, Y)
    again = clone(fitted).fit(X, Y)
    np.testing.assert_array_equal(again.predict(X), fitted.predict(X))


@pytest.mark.parametrize("gaps", [False, True])
def test_numbers_at_each_position_are_keras_with_weights(gaps, tmp_path):
    y = np.cumsum(SERIES[..., :2], axis=2).astype(float)
    weights = np.linspace(0.5, 1.5, 80)
    y[:, 3:][gaps * (rng.random((80, 2)) < 0.5)] = np.nan
    reg = make(recurrent, epochs=3)
    net = clone(reg).initialize(SERIES, y).net
    net.compile(keras.optimizers.Adam(0.03), "mse", jit_compile=False)
    there = ~np.isnan(y[..., 0])
    cells = (there * weights[:, None]).astype("float32")
    cells = cells / cells.mean()
    net.fit(SERIES, np.nan_to_num(y), 20, 3, sample_weight=cells, shuffle=False, verbose=0)
    reg.fit(SERIES, y, sample_weight=weights)
    assert reg.predict(SERIES).shape == y.shape
    expected = net.predict(SERIES, verbose=0)
    np.testing.assert_allclose(reg.predict(SERIES), expected, rtol=1e-3, atol=1e-4)
    flat = there.ravel()
    both = y.reshape(-1, 2)[flat], reg.predict(SERIES).reshape(-1, 2)[flat]
    assert reg.score(SERIES, y) == pytest.approx(r2_score(*both))
    reg.save(tmp_path / "series.keraswrap")
    loaded = KerasWrapperRegressor.load(tmp_path / "series.keraswrap")
    np.testing.assert_array_equal(loaded.predict(SERIES), reg.predict(SERIES))
    assert loaded.score(SERIES, y) == reg.score(SERIES, y)


@pytest.mark.parametrize(
    ("build", "rows", "y", "error", "match"),
    [
        (dense, X, FULL[:, 0] * np.nan, ValueError, "Input y contains NaN"),
        (dense, X, FULL[:, :1] * np.nan, ValueError, "Input y contains NaN"),
        (dense, X, FULL * np.nan, ValueError, "Input y contains NaN"),
        (dense, X, np.where(THERE, FULL, np.inf), ValueError, "infinity"),
        (dense, X, FULL[:, None], BuildError, r"of shape \(n, 1, 2\) for such rows of y"),
        (recurrent, SERIES, FULL, BuildError, r"shape \(n, units\), got"),
    ],
)
def test_what_does_not_fit_is_said_before_training(build, rows, y, error, match):
    with pytest.raises(error, match=match):
        make(build).fit(rows, y)


def test_gaps_after_a_fit_without_any_are_refused():
    reg = make(epochs=1).fit(X, FULL)
    with pytest.raises(InputError, match="without gaps, as in fit, got NaN in row"):
        reg.partial_fit(X, Y)
    assert np.isfinite(reg.score(X, Y))


@pytest.mark.parametrize("y", [FULL[:, 0], FULL, Y, FULL[:, None]])
def test_what_was_learned_comes_back(y):
    target = Numbers()
    target.learn(y)
    assert vars(Numbers.restored(target.learned)) == vars(target)
