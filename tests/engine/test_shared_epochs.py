"""One run of training, looked at on its way: to the bit what shorter runs give."""

import keras
import nets
import numpy as np
import pytest

from keraswrap import KerasWrapperModel, KerasWrapperRegressor
from keraswrap._estimator import remember_outputs

X, y = nets.groups(60)
EarlyStopping = keras.callbacks.EarlyStopping


class Foreseeing(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        self.model.optimizer.learning_rate = 0.1 * (1 - epoch / self.params["epochs"])


class Counting(keras.callbacks.Callback):
    shares_epochs = True


def make(kind=KerasWrapperModel, model=nets.classifier, compile__optimizer=None, **params):
    compile_kwargs = {"optimizer": "adam", "optimizer__learning_rate": 0.1}
    if compile__optimizer is not None:
        compile_kwargs = {"optimizer": compile__optimizer}
    params = {"batch_size": 16, **params}
    return kind(model, {"dropout": 0.3}, compile_kwargs, params, random_state=0)


def look(estimator):
    ask = getattr(estimator, "predict_proba", estimator.predict)
    return ask(X).tolist(), estimator.history_, estimator.score(X, y)


def separate(stops, **settings):
    return [look(make(**settings).fit(X, y, epochs=stop)) for stop in stops]


def shared(stops, **settings):
    seen, estimator = [], make(**settings)
    estimator._fit_stops(X, y, stops, lambda stop: seen.append((stop, look(estimator))))
    assert [stop for stop, _ in seen] == stops
    assert look(estimator) == seen[-1][1]
    return [outcome for _, outcome in seen]


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"shuffle": False},
        {"validation_split": 0.3},
        {"callbacks": [EarlyStopping("loss", min_delta=0.2, patience=1)]},
        {"callbacks": [EarlyStopping("loss", min_delta=0.2, restore_best_weights=True)]},
        {"callbacks": [EarlyStopping("loss", mode="max", patience=9, restore_best_weights=True)]},
        {"callbacks": [keras.callbacks.LearningRateScheduler(lambda epoch: 0.1 / (epoch + 1))]},
        {"callbacks": [keras.callbacks.ReduceLROnPlateau("loss", min_delta=1, patience=1)]},
        {"callbacks": keras.callbacks.TerminateOnNaN},
    ],
    ids=[
        "plain",
        "in order",
        "held out",
        "stops",
        "stops, best",
        "best",
        "rate",
        "plateau",
        "class",
    ],
)
def test_each_stop_is_what_a_run_of_so_many_epochs_gives(settings):
    assert make(**settings)._unshared() is None
    assert shared([1, 3, 6], **settings) == separate([1, 3, 6], **settings)


@pytest.mark.parametrize("callbacks", [None, [EarlyStopping("loss", mode="max", patience=9)]])
@pytest.mark.parametrize("best", [False, True])
def test_each_stop_has_the_averaged_weights_of_a_run_of_its_own(callbacks, best):
    if callbacks and best:
        callbacks[0].restore_best_weights = True
    average = keras.optimizers.Adam(0.1, use_ema=True, ema_momentum=0.9)
    settings = {"callbacks": callbacks, "compile__optimizer": average}
    assert shared([1, 3, 6], **settings) == separate([1, 3, 6], **settings)


def test_training_does_end_early_in_these_tests():
    stopping = EarlyStopping("loss", min_delta=0.2, patience=1)
    whole = make().fit(X, y, epochs=6).history_["loss"]
    best, expected = np.inf, []
    for loss in whole:  # until the first that is not better by 0.2
        expected.append(loss)
        if loss >= best - 0.2:
            break
        best = loss
    assert make(callbacks=[stopping]).fit(X, y, epochs=6).history_["loss"] == expected
    assert len(expected) < 6


def test_a_regression_is_looked_at_alike():
    def run(visit):
        estimator = KerasWrapperRegressor(nets.regressor, random_state=0)
        estimator._fit_stops(X, y.astype(float), [1, 2], lambda stop: visit(estimator))

    seen = []
    run(lambda estimator: seen.append(estimator.predict(X).tolist()))
    for epochs, outputs in zip((1, 2), seen, strict=True):
        alone = KerasWrapperRegressor(nets.regressor, params={"epochs": epochs}, random_state=0)
        assert alone.fit(X, y.astype(float)).predict(X).tolist() == outputs


@pytest.mark.parametrize("callback", [Foreseeing, Foreseeing()], ids=["class", "instance"])
def test_a_callback_that_may_know_the_total_is_named(callback):
    unshared = make(callbacks=callback)._unshared()
    assert "(Foreseeing) may depend on the total number of epochs" in unshared
    assert make(callbacks=[Counting()])._unshared() is None


def test_a_visit_that_raises_leaves_the_estimator_as_it_was():
    def raising(stop):
        raise RuntimeError("stop here")

    estimator = make()
    with pytest.raises(RuntimeError, match="stop here"):
        estimator._fit_stops(X, y, [1, 2], raising)
    assert not hasattr(estimator, "history_")


def test_outputs_of_equal_rows_are_computed_once():
    estimator, asked = make().fit(X, y), []

    class Asked(keras.callbacks.Callback):
        def on_predict_begin(self, logs=None):
            asked.append(1)

        def __deepcopy__(self, memo):
            return self

    estimator.set_params(predict__callbacks=[Asked()])
    before = estimator.predict_proba(X)
    asked.clear()
    with remember_outputs():
        assert estimator.score(X, y) == np.mean(estimator.predict(X.copy()) == y)
        np.testing.assert_array_equal(estimator.predict_proba(X), before)
        assert len(asked) == 1
        estimator.predict_proba(X[:9])
        assert len(asked) == 2
    estimator.predict_proba(X)
    assert len(asked) == 3
