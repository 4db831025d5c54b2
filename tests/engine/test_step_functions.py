"""Many steps in one call are the steps of Keras, however callbacks come between."""

import keras
import nets
import numpy as np
import pytest

X, INDEX = nets.groups(90)


class Counted(keras.callbacks.Callback):
    shares_epochs = True

    def on_epoch_end(self, epoch, logs=None):
        logs["steps"] = float(self.model.optimizer.iterations)


class Evaluating(keras.callbacks.Callback):
    """Looks at rows of its own in each way that there is."""

    shares_epochs = True

    def on_epoch_end(self, epoch, logs=None):
        logs["arrays"] = float(self.model.evaluate(X[:50], INDEX[:50], verbose=0))
        logs["batch"] = float(self.model.test_on_batch(X[:50], INDEX[:50]))
        logs["mean"] = float(self.model.predict(X[:50], verbose=0)[:, 0].mean())


@pytest.mark.parametrize(
    ("steps", "size", "together"),
    [(4, None, None), (7, None, None), (100, None, None), (4, 16, None), (2, 16, None),
     (8, 16, None), (None, 16, 4), (None, 16, 6), (4, 16, 2), (None, 4, 100)],
)  # fmt: skip
def test_steps_are_those_of_keras(steps, size, together):
    run = {"epochs": 3, "batch_size": size, "steps_per_epoch": steps, "validation_steps": steps}
    ours, theirs = nets.both({"steps_per_execution": together or 1}, run, Counted)
    assert ours["steps"] == theirs["steps"]
    for name in ("loss", "val_loss"):
        np.testing.assert_allclose(ours[name], theirs[name], rtol=1e-5)


@pytest.mark.parametrize("together", [1, 3])
def test_a_callback_may_evaluate_rows_of_its_own(together):
    run = {"epochs": 3, "batch_size": 16}
    ours, theirs = nets.both({"steps_per_execution": together}, run, Evaluating)
    assert ours.keys() == theirs.keys()
    for name, values in theirs.items():
        np.testing.assert_allclose(ours[name], values, rtol=1e-5)


def test_a_callback_may_train_amid_a_fit():
    class Training(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            self.model.train_on_batch(X[:50], INDEX[:50])

    ours, theirs = nets.both({}, {"epochs": 3, "batch_size": 16}, Training)
    np.testing.assert_allclose(ours["loss"], theirs["loss"], rtol=1e-5)
