"""Normal distributions of numbers: as in plain Keras with that likelihood, and as in scipy."""

import pickle

import keras
import numpy as np
import pytest
from keras import ops
from scipy.stats import norm
from sklearn.base import clone
from sklearn.metrics import r2_score
from sklearn.model_selection import GridSearchCV

from keraswrap import KerasWrapperRegressor
from keraswrap.exceptions import BuildError, ParameterError

rng = np.random.default_rng(0)
X = rng.uniform(-1, 1, size=(400, 1)).astype("float32")
SCALE = 0.1 + 0.9 * (X[:, 0] > 0)
Y = 2 * X[:, 0] + SCALE * rng.normal(size=400)
TWO = np.stack([Y, -Y], axis=1)


def build(meta):
    inputs = keras.Input((meta["n_features_in_"],))
    hidden = keras.layers.Dense(32, activation="relu")(inputs)
    return keras.Model(inputs, keras.layers.Dense(meta["n_units_"])(hidden))


def make(epochs=60, **compile_kwargs):
    return KerasWrapperRegressor(
        build,
        None,
        {"optimizer": "adam", "optimizer__learning_rate": 0.02, **compile_kwargs},
        {"epochs": epochs, "batch_size": 50, "shuffle": False},
        target="gaussian",
        random_state=0,
    )


@pytest.fixture(scope="module")
def fitted():
    return make().fit(X, Y)


@pytest.mark.parametrize("y", [Y, TWO], ids=["one", "two"])
def test_training_is_that_of_keras(y):
    reg = make(epochs=3, metrics=["mae"])
    net = clone(reg).initialize(X, y).net
    columns = 1 if y.ndim == 1 else 2

    def likelihood(y_true, y_pred):
        mean, scale = y_pred[:, :columns], ops.softplus(y_pred[:, columns:]) + 1e-6
        terms = ops.log(scale) + ((y_true - mean) / scale) ** 2 / 2 + np.log(2 * np.pi) / 2
        return ops.mean(terms, axis=-1)

    net.compile(keras.optimizers.Adam(0.02), likelihood, jit_compile=False)
    targets = y.reshape(400, -1).astype("float32")
    weights = np.where(X[:, 0] > 0, 1.5, 0.5).astype("float32")
    scaled = weights / weights.mean()
    history = net.fit(X, targets, 50, 3, sample_weight=scaled, shuffle=False, verbose=0).history
    reg.set_params(validation_data=(X, y)).fit(X, y, sample_weight=weights)
    np.testing.assert_allclose(reg.history_["loss"], history["loss"], rtol=1e-5)
    raw = net.predict(X, verbose=0)
    mean, std = reg.predict(X, return_std=True)
    np.testing.assert_allclose(mean, raw[:, :columns].reshape(y.shape), rtol=1e-4, atol=1e-5)
    scale = np.log1p(np.exp(raw[:, columns:])).reshape(y.shape)
    np.testing.assert_allclose(std, scale, rtol=1e-4)
    assert reg.history_["val_mae"][-1] == pytest.approx(np.abs(mean - y).mean(), rel=1e-5)
    assert reg.history_["val_loss"][-1] == pytest.approx(
        -norm.logpdf(y, mean, std).mean(), rel=1e-4
    )


def test_it_learns_where_numbers_are_uncertain(fitted):
    mean, std = fitted.predict(X, return_std=True)
    assert mean.shape == std.shape == Y.shape
    np.testing.assert_array_equal(fitted.predict(X), mean)
    assert fitted.score(X, Y) == r2_score(Y, mean) > 0.5
    low, high = std[X[:, 0] < -0.2].mean(), std[X[:, 0] > 0.2].mean()
    assert low == pytest.approx(0.1, abs=0.06)
    assert high == pytest.approx(1.0, abs=0.25)
    assert np.mean(np.abs(Y - mean) < 1.96 * std) == pytest.approx(0.95, abs=0.03)


def test_gaps_are_left_out():
    gaps = np.where(rng.random(TWO.shape) < 0.3, np.nan, TWO)
    reg = make(metrics=["mae"]).set_params(validation_data=(X, gaps), validation_batch_size=400)
    mean, std = reg.fit(X, gaps).predict(X, return_std=True)
    there = ~np.isnan(gaps)
    expected = -norm.logpdf(gaps, mean, std)[there].mean()
    assert reg.history_["val_loss"][-1] == pytest.approx(expected, rel=1e-4)
    off = np.abs(gaps - mean)[there].mean()
    assert reg.history_["val_mae"][-1] == pytest.approx(off, rel=1e-4)
    assert reg.score(X, gaps) > 0.5


def test_positions_have_distributions_too():
    series = rng.normal(size=(60, 4, 2)).astype("float32")
    reg = make(5).set_params(
        model=lambda meta: keras.Sequential(
            [keras.Input((4, 2)), keras.layers.Dense(meta["n_units_"])]
        )
    )
    mean, std = reg.fit(series, series[..., :1]).predict(series, return_std=True)
    assert mean.shape == std.shape == (60, 4, 1)


def test_searches_more_training_copies_and_files(fitted, tmp_path):
    search = GridSearchCV(make(), {"epochs": [1, 40]}, cv=2).fit(X, Y)
    assert search.best_params_ == {"epochs": 40}
    on = make(epochs=1)
    for _ in range(30):
        on.partial_fit(X, Y)
    assert on.score(X, Y) > 0.4
    fitted.save(tmp_path / "gaussian.keraswrap")
    loaded = KerasWrapperRegressor.load(tmp_path / "gaussian.keraswrap", model=build)
    for copy in (loaded, pickle.loads(pickle.dumps(fitted))):
        for got, wanted in zip(copy.predict(X, True), fitted.predict(X, True), strict=True):
            np.testing.assert_array_equal(got, wanted)
        assert copy.score(X, Y) == fitted.score(X, Y)
        copy.partial_fit(X, Y)
    again = clone(fitted).fit(X, Y)
    np.testing.assert_array_equal(again.predict(X), fitted.predict(X))
    warm = make().set_params(warm_start=True)
    first = warm.fit(X, Y).history_["loss"][0]
    assert warm.fit(X, Y).history_["loss"][0] < first


def narrow(meta):
    return keras.Sequential([keras.Input((1,)), keras.layers.Dense(meta["n_outputs_"])])


@pytest.mark.parametrize(
    ("change", "error", "match"),
    [
        ({"model": narrow}, BuildError, r"shape \(n, 2\) for a mean and a scale .* 1 column"),
        ({"compile__loss": "mse"}, BuildError, "no loss with target='gaussian'.*got 'mse'"),
        ({"target": "normal"}, ParameterError, r"one of \['auto', 'gaussian'\], got 'normal'"),
        ({"class_weight": "balanced"}, ParameterError, "class_weight is for classifiers"),
    ],
)
def test_what_does_not_fit_is_said_before_training(change, error, match):
    with pytest.raises(error, match=match):
        make().set_params(**change).fit(X, Y)


def test_other_nets_have_no_standard_deviations():
    reg = make(1).set_params(target="auto", model=narrow).fit(X, Y)
    with pytest.raises(ParameterError, match=r"return_std=False, got True.*target='gaussian'"):
        reg.predict(X, return_std=True)
