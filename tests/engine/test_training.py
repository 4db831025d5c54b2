"""What a fit reports, and how many steps it takes: compared with Keras alone."""

import pickle

import keras
import nets
import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import PredefinedSplit
from sklearn.utils.class_weight import compute_class_weight

import keraswrap.text
from keraswrap import KerasWrapperModel
from keraswrap.exceptions import ParameterError
from keraswrap.model_selection import GridSearchCV

X, INDEX = nets.groups(90)
LOSS = "sparse_categorical_crossentropy"


def plain(**compiled):
    net = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="softmax")])
    for variable in net.variables:
        variable.assign(np.linspace(-1, 1, variable.shape[-1]) * np.ones(variable.shape))
    net.compile(**{"loss": LOSS, **compiled}) if compiled else None
    return net


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


def both(compiled, run, callback=None):
    """Give the history of the wrapper and that of Keras."""
    called = {"callbacks": [callback()]} if callback else {}
    ours = KerasWrapperModel(plain, None, compiled, {**run, **called, "shuffle": False})
    held = {"validation_data": (X[:50], INDEX[:50])}
    net = plain(optimizer="rmsprop", **compiled)
    theirs = net.fit(X, INDEX, verbose=0, shuffle=False, **run, **called, **held)
    return ours.fit(X, INDEX, **held).history_, theirs.history


@pytest.mark.parametrize(
    ("steps", "size", "together"),
    [(4, None, None), (7, None, None), (100, None, None), (4, 16, None), (2, 16, None),
     (8, 16, None), (None, 16, 4), (None, 16, 6), (4, 16, 2), (None, 4, 100)],
)  # fmt: skip
def test_steps_are_those_of_keras(steps, size, together):
    run = {"epochs": 3, "batch_size": size, "steps_per_epoch": steps, "validation_steps": steps}
    ours, theirs = both({"steps_per_execution": together or 1}, run, Counted)
    assert ours["steps"] == theirs["steps"]
    for name in ("loss", "val_loss"):
        np.testing.assert_allclose(ours[name], theirs[name], rtol=1e-5)


@pytest.mark.parametrize("together", [1, 3])
def test_a_callback_may_evaluate_rows_of_its_own(together):
    run = {"epochs": 3, "batch_size": 16}
    ours, theirs = both({"steps_per_execution": together}, run, Evaluating)
    assert ours.keys() == theirs.keys()
    for name, values in theirs.items():
        np.testing.assert_allclose(ours[name], values, rtol=1e-5)


def test_a_callback_may_train_amid_a_fit():
    class Training(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            self.model.train_on_batch(X[:50], INDEX[:50])

    ours, theirs = both({}, {"epochs": 3, "batch_size": 16}, Training)
    np.testing.assert_allclose(ours["loss"], theirs["loss"], rtol=1e-5)


class Shares(keras.metrics.Metric):
    """The mean output of each class, as a vector."""

    def __init__(self, name="shares", **more):
        super().__init__(name=name, **more)
        self.sums, self.rows = self.add_weight((3,), "zeros"), self.add_weight((), "zeros")

    def update_state(self, labels, scores, sample_weight=None):
        self.sums.assign_add(keras.ops.sum(scores, axis=0))
        self.rows.assign_add(keras.ops.cast(keras.ops.shape(scores)[0], "float32"))

    def result(self):
        return self.sums / self.rows


def test_a_metric_may_give_a_value_for_each_class():
    ours, theirs = both({"metrics": [Shares()]}, {"epochs": 2, "batch_size": 16})
    assert [type(v) for v in ours["shares"][0]] == [float] * 3
    for name, values in theirs.items():
        np.testing.assert_allclose(ours[name], values, rtol=1e-5)


def test_vectors_go_through_searches_journals_and_files(tmp_path):
    compiled = {"metrics": [keras.metrics.F1Score()]}
    clf = KerasWrapperModel(nets.classifier, None, compiled, random_state=0)
    grid = {"epochs": [1, 2, 3]}
    for journal in (None, tmp_path / "journal", tmp_path / "journal"):
        search = GridSearchCV(clf, grid, cv=2, error_score="raise", journal=journal)
        search.fit(X, INDEX)
        history = search.best_estimator_.history_
        assert np.shape(history["f1_score"]) == (search.best_params_["epochs"], 3)
    search.best_estimator_.save(tmp_path / "net.keraswrap")
    assert KerasWrapperModel.load(tmp_path / "net.keraswrap").history_ == history


@pytest.mark.parametrize("class_weight", [None, "balanced", {0: 5.0}])
def test_class_weights_weigh_no_held_out_row(class_weight):
    held = np.r_[0:20, 60:70]
    fold = np.where(np.isin(np.arange(90), held), 0, -1)
    clf = KerasWrapperModel(plain, None, {"optimizer": "sgd", "optimizer__learning_rate": 0.0})
    run = {"class_weight": class_weight, "batch_size": 90}
    clf.fit(X, INDEX, validation_split=PredefinedSplit(fold), **run)
    losses = -np.log(clf.predict_proba(X)[np.arange(90), INDEX])
    assert clf.history_["val_loss"][0] == pytest.approx(losses[held].mean(), rel=1e-5)
    weights = {0: 1, 1: 1, 2: 1, **(class_weight if isinstance(class_weight, dict) else {})}
    if class_weight == "balanced":
        rest = np.delete(INDEX, held)
        weights = dict(enumerate(compute_class_weight("balanced", classes=np.arange(3), y=rest)))
    of_row = np.vectorize(weights.get)(np.delete(INDEX, held)).astype(float)
    expected = np.average(np.delete(losses, held), weights=of_row)
    assert clf.history_["loss"][0] == pytest.approx(expected, rel=1e-5)


# -- a compile() of one's own, callbacks, before fit ---------------------------------------


class Own(keras.Model):
    loss_of_own = LOSS

    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(3, activation="softmax", kernel_initializer="ones")

    def call(self, inputs):
        return self.dense(inputs)

    def compile(self, optimizer):
        super().compile(optimizer=optimizer, loss=self.loss_of_own)


class OwnOneHot(Own):
    loss_of_own = "categorical_crossentropy"


class Demanding(Own):
    def compile(self, optimizer, teacher):
        raise AssertionError


@pytest.mark.parametrize("kind", [Own, OwnOneHot])
def test_a_net_may_have_a_compile_of_its_own(kind):
    run = {"epochs": 2, "batch_size": 16, "shuffle": False}
    clf = KerasWrapperModel(kind, None, {"optimizer": "adam"}, run).fit(X, INDEX)
    net = kind()
    net.compile("adam")
    labels = INDEX if kind is Own else np.eye(3)[INDEX]
    history = net.fit(X, labels, verbose=0, **run).history
    np.testing.assert_allclose(clf.history_["loss"], history["loss"], rtol=1e-5)


@pytest.mark.parametrize(
    ("kind", "compiled", "match"),
    [
        (Own, {"metrics": ["accuracy"]}, r"Own.compile\(\) has no parameter 'metrics'"),
        (Demanding, {}, r"Demanding.compile\(\) failed: .*teacher.*other parameters defaults"),
    ],
)
def test_what_a_compile_of_ones_own_does_not_take_is_refused(kind, compiled, match):
    with pytest.raises(ParameterError, match=match):
        KerasWrapperModel(kind, None, compiled).fit(X, INDEX)


def test_callbacks_that_ran_can_be_looked_at():
    given = keras.callbacks.EarlyStopping("loss", min_delta=1e9)
    clf = KerasWrapperModel(plain, params={"epochs": 9, "callbacks": given}).fit(X, INDEX)
    (ran,) = clf.callbacks_
    assert (ran.stopped_epoch, ran.model, given.stopped_epoch) == (1, None, 0)
    with pytest.raises(AttributeError, match="no callbacks_"):
        _ = pickle.loads(pickle.dumps(clf)).callbacks_


def test_no_optimizer_is_kerass_default():
    ours, theirs = both({}, {"epochs": 2})
    clf = KerasWrapperModel(plain, None, {"optimizer": None}, {"epochs": 2, "shuffle": False})
    assert clf.fit(X, INDEX).history_["loss"] == ours["loss"]
    np.testing.assert_allclose(ours["loss"], theirs["loss"], rtol=1e-5)


ASKED = {
    name: getattr(room, name)
    for room in (keraswrap, keraswrap.text)
    for name in room.__all__
    if isinstance(getattr(room, name), type) and issubclass(getattr(room, name), BaseEstimator)
}
BEFORE_FIT = [
    (name, method)
    for name, kind in ASKED.items()
    for method in ("predict", "predict_proba", "transform", "score", "save")
    if hasattr(kind, method)
]


@pytest.mark.parametrize(("name", "method"), BEFORE_FIT)
def test_whatever_is_asked_before_fit_says_so(name, method, tmp_path):
    wants = "model" if name in ("KerasWrapperModel", "KerasWrapperRegressor") else None
    estimator = ASKED[name](plain) if wants else ASKED[name]()
    given = (tmp_path / "net",) if method == "save" else (["a text"],)
    with pytest.raises(NotFittedError, match="not fitted"):
        getattr(estimator, method)(*given, *([[1]] if method == "score" else []))
