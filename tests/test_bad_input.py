"""Bad input, case by case: the right error, before training, and nothing earlier is lost."""

import copy
import re

import keras
import numpy as np
import pandas as pd
import pytest
from keras import layers
from nets import classifier, groups, output_layer, regressor, text_layers, two_inputs
from scipy import sparse
from sklearn.exceptions import NotFittedError

from keraswrap import KerasWrapperModel, KerasWrapperRegressor, KerasWrapperSequential
from keraswrap.exceptions import (
    BuildError,
    InputError,
    InputTypeError,
    ParameterError,
    SavedFileError,
)

NAN, INF = float("nan"), float("inf")
X, INDEX = groups(n=24)
Y = np.array(["ant", "bee", "cat"])[INDEX]
TARGET = X @ np.arange(8.0).reshape(4, 2)
TEXTS = ["good film", "bad film"] * 4
PAIR = {"left": X[:, 0], "right": X[:, 1]}
FRAME = pd.DataFrame(X, columns=list("abcd"))

TRAINED = []  # callbacks are copied for each fit: what they saw is noted outside of them


class Spy(keras.callbacks.Callback):
    def on_train_begin(self, logs=None):
        TRAINED.append(self)


# Build functions that go wrong


def returns_nothing():
    layers.Dense(3)


def returns_text():
    return "a net"


def returns_a_layer():
    return layers.Dense(3)


def returns_compiled(meta):
    net = classifier(meta)
    net.compile(loss="sparse_categorical_crossentropy")
    return net


def raises(meta):
    raise RuntimeError("out of ideas")


def needs_units(units, meta):
    return classifier(meta, units)


def three_features(meta):
    return classifier({**meta, "n_features_in_": 3})


def two_outputs(meta):
    inputs = keras.Input((4,))
    return keras.Model(inputs, [layers.Dense(3)(inputs), layers.Dense(3)(inputs)])


def sequence_out(meta):
    inputs = keras.Input((4,))
    return keras.Model(inputs, layers.Dense(3)(layers.Reshape((2, 2))(inputs)))


class Subclassed(keras.Model):
    def call(self, inputs):
        return keras.ops.matmul(inputs, keras.ops.ones((9, 3)))


def subclassed():
    return Subclassed()


class Opaque(layers.Layer):
    def __init__(self, width):
        super().__init__()
        self.width = width


class NeedsArgument(keras.callbacks.Callback):
    def __init__(self, argument):
        super().__init__()


# Datasets and streams


def endless():
    import tensorflow as tf

    return tf.data.Dataset.from_tensor_slices((X, INDEX)).batch(8).repeat()


def tf_text():
    import tensorflow as tf

    return tf.data.Dataset.from_tensor_slices(TEXTS)


def hf_dataset():
    datasets = pytest.importorskip("datasets")
    return datasets.Dataset.from_dict({"text": TEXTS * 3})


class Batches(keras.utils.PyDataset):
    def __len__(self):
        return 1

    def __getitem__(self, position):
        return X, INDEX[:-1]


def with_value(value, row=5):
    changed = X.astype("float64")
    changed[row, 2] = value
    return changed


def labels_with(value, row=5):
    changed = Y.astype(object)
    changed[row] = value
    return changed


CASES = []


def fails(who, name, match, error=InputError, fit=None, **changes):
    """Add a case: fitting `who`, changed like this, on data changed like this, fails."""
    case = pytest.param(who, changes, fit or {}, error, match, id=f"{who}-{name}")
    CASES.append(case)


def fails_on_rows(who, name, rows, match, error=InputError):
    fails(who, f"X {name}", match, error, {"X": rows})


def fails_on_target(who, name, y, match, error=InputError):
    fails(who, f"y {name}", match, error, {"y": y})


def fails_on_params(name, params, match, who="model"):
    fails(who, name, match, ParameterError, params=params)


# scikit-learn words it from 1.8 on.
ZEROS = "only zeros: no row|at least one non-zero number"
for who in ("model", "layers", "regressor"):
    # scikit-learn's own words, which its users know: plain ValueErrors.
    fails_on_rows(who, "nan", with_value(NAN), "Input X contains NaN", ValueError)
    fails_on_rows(who, "inf", with_value(INF), "Input X contains infinity", ValueError)
    fails_on_rows(who, "1-D", X[:, 0], "Expected 2D array, got 1D array", ValueError)
    fails_on_rows(who, "empty", X[:0], r"Found array with 0 sample\(s\)", ValueError)
    fails_on_rows(who, "no features", X[:, :0], r"0 feature\(s\)", ValueError)
    fails_on_rows(who, "ragged", [[1, 2], [3]] * 12, "ragged.*Pad or cut")
    fails_on_rows(who, "text", list(Y), "expects numbers, got text|rows .* of text")
    fails_on_rows(who, "too large", with_value(1e300), "too large for dtype.*StandardScaler")
    fails_on_rows(who, "one string", "good film", "Wrap a single text in a list", InputTypeError)
    fails_on_rows(who, "tf.data", endless, "infinite tf.data.Dataset. Leave repeat.. out")
    fails_on_target(who, "no y", None, "requires y to be passed, but the target y is None")
    fails_on_target(who, "short y", INDEX[:-1], "X has 24 rows, y has 23. Pass one label")
    fails_on_params("not a dict", ["epochs"], "params to be a dict or None, got list", who)
    fails_on_params("unknown", {"epoch": 3}, "Did you mean 'epochs'", who)
    fails_on_params("no epochs", {"epochs": 0}, "epochs to be a whole number ≥ 1, got 0", who)
    fails(who, "negative weight", "Negative values", ValueError, {"sample_weight": -INDEX})
    fails(who, "no weight", ZEROS, ValueError, {"sample_weight": 0 * INDEX})

# X
fails_on_rows("model", "nothing", None, "Expected 2D array, got scalar", ValueError)
fails_on_rows("model", "scalar", 3.0, "Expected 2D array, got scalar", ValueError)
fails_on_rows("model", "complex", X * 1j, "Complex data not supported", ValueError)
fails_on_rows("model", "dates", X.astype("M8[D]"), "numbers or text in X, got dtype datetime64")
fails_on_rows("model", "dicts", [{"a": 1}] * 24, "Expected 2D array, got 1D", ValueError)
fails_on_rows("model", "ragged arrays", [X[0], X[0, :2]] * 12, "ragged.*Pad or cut")
fails_on_rows("model", "3-D", X[:, None], r"rows of shape \(1,\), got \(1, 4\).*meta")
fails_on_rows("model", "sparse nan", sparse.csr_matrix(with_value(NAN)), "NaN", ValueError)
fails_on_rows("model", "generator", lambda: (row for row in X), "got generator", InputTypeError)
fails_on_rows("model", "PyDataset", Batches, r"as many values in y as rows in X, got shape \(23,\)")
fails_on_rows("model", "Hugging Face", hf_dataset, "expects numbers, got text")
fails_on_rows("model", "dict", PAIR, r"got \['left', 'right'\]")
fails_on_rows("model", "frame of gaps", FRAME.replace(FRAME.iloc[0, 0], NAN), "NaN", ValueError)
fails_on_rows("model", "frame with text", FRAME.assign(e=Y), r"columns \['e'\].*OneHotEncoder")
fails_on_rows("model", "frame of dates", FRAME.assign(e=pd.Timestamp(0)), "got dtype datetime64")
fails_on_rows("layers", "dict", PAIR, "one input, got the arrays.*KerasWrapperModel")
fails_on_rows("text", "numbers", np.ones((8, 1)), "expects text, got numbers. Pass X as texts")
fails_on_rows("text", "gap", [*TEXTS[1:], None], "got NoneType None in row 7. Fill in or drop")
fails_on_rows("text", "nan", [*TEXTS[1:], NAN], "got float nan in row 7")
fails_on_rows("text", "bytes", [b"good"] * 8, "got bytes b'good' in row 0")
fails_on_rows("pair", "missing key", {"left": X[:, 0]}, r"\['left', 'right'\], got \['left'\]")
fails_on_rows("pair", "other key", {"left": X, "up": X}, r"got \['left', 'up'\].*with these names")
fails_on_rows("pair", "third key", {**PAIR, "up": X}, r"got \['left', 'right', 'up'\]")
fails_on_rows("pair", "unequal", {**PAIR, "left": X[:5]}, "'left': 5, 'right': 24")
fails_on_rows("pair", "array", X[:, :2], r"got \['one array'\]. Pass X as a dict")
fails_on_rows("pair", "frame", FRAME, r"columns \['a', 'b', 'c', 'd'\] and the input 'left'")
fails_on_rows("pair", "shape", {**PAIR, "left": X}, r"'left' expects rows of shape \(1,\), got")
fails_on_rows("pair", "ragged", {**PAIR, "left": [[1], []] * 12}, r"X\['left'\], got ragged")
fails_on_rows("pair", "nan", {**PAIR, "left": X[:, 0] * NAN}, r"X\['left'\] contains NaN")
fails_on_rows("pair", "text", {**PAIR, "left": Y}, "'left' expects numbers, got text")
fails_on_rows("pair", "string", {**PAIR, "left": "text"}, "Wrap a single text", InputTypeError)

# y
fails_on_target("model", "long y", [*Y, "ant"], "X has 24 rows, y has 25")
fails_on_target("model", "one class", np.repeat("ant", 24), r"at least 2 classes.*\['ant'\]")
fails_on_target("layers", "one class", np.repeat("ant", 24), "cannot learn from one class")
fails_on_target("model", "one-hot", np.eye(3)[INDEX], "3 columns.*softmax.*argmax", BuildError)
fails_on_target("model", "matrix", 2 * np.eye(3)[INDEX], r"\(n, n_classes\).*MultiLabelBinarizer")
fails_on_target("two", "3 columns", np.eye(3)[INDEX], "a net with 2 and 3 columns")
fails_on_target("model", "None label", labels_with(None), "NaN, None or infinity, first in row 5")
fails_on_target("model", "nan label", [*Y[1:], NAN], "first in row 23: nan")
fails_on_target("model", "nan number", [*range(23), NAN], "first in row 23: .*nan")
fails_on_target("model", "mixed", labels_with(3), r"one kind, got \['int', 'str'\]")
fails_on_target("model", "mixed list", [*Y[1:], 3], r"one kind, got \['int', 'str'\]")
fails_on_target("model", "continuous", X[:, 0], "Unknown label type: continuous", ValueError)
fails_on_target("model", "ragged", [[0], [1, 2]] * 12, "one label for each row, got rows of uneq")
fails_on_target("model", "scalar", 3, "Expected (sequence|one label)", (TypeError, InputError))
fails_on_target("two", "third class", Y, "net with 2 units and 3 classes.*meta")
fails_on_target("two", "gap", 5 * INDEX, r"got a net with 2 units and 3 classes: \[0, 5, 10\]")
fails_on_target("text", "third class", [0, 1, 2, 0] * 2, "net with 1 unit and 3 classes")
fails("model", "fewer classes named", r"unseen \['cat'\]", classes=["ant", "bee"])
fails("two", "more classes named", "2 units and 3 classes", classes=[0, 1, 2])
fails_on_target("regressor", "nan", TARGET * NAN, "Input y contains NaN", ValueError)
fails_on_target(
    "regressor",
    "inf",
    np.where(TARGET > 0, INF, TARGET),
    "Input y contains (NaN|infinity)",
    ValueError,
)
fails_on_target("regressor", "text", Y, "could not convert string to float|numeric", ValueError)
fails_on_target(
    "regressor",
    "3-D",
    TARGET[:, None],
    r"shape \(n, 1, 2\) for such rows of y, got \(None, 2\)",
    ValueError,
)
fails_on_target("wide", "one column", TARGET[:, 0], r"net with 2 and 1 column\(s\).*n_outputs_")

# Weights
for name, weights, match in [
    ("nan", INDEX * NAN, "sample_weight contains NaN"),
    ("short", INDEX[:3], r"sample_weight.shape == \(3,\), expected \(24,\)"),
    ("2-D", X, "Sample weights must be 1D"),
    ("text", Y, "could not convert string"),
]:
    fails("model", f"weights {name}", match, ValueError, {"sample_weight": weights})
for name, weights, match in [
    ("unknown label", {"dog": 2}, r"labels \['ant', 'bee', 'cat'\], got \['dog'\]"),
    ("index", {0: 2}, "Use the labels as in y"),
    ("negative", {"ant": -1}, "a weight ≥ 0 for class 'ant', got -1"),
    ("word", "balance", "'balanced', a dict or None, got 'balance'"),
]:
    fails_on_params(f"class_weight {name}", {"class_weight": weights}, match)
NOTHING = {"class_weight": dict.fromkeys(["ant", "bee", "cat"], 0)}
fails("model", "class_weight all zero", "above 0, got only zeros.*class_weight", params=NOTHING)
fails_on_params("class_weight", {"class_weight": "balanced"}, "for classifiers", "regressor")

# Build functions and layers
for name, function, match in [
    ("returns nothing", returns_nothing, "got None. Did it forget to return"),
    ("returns text", returns_text, "uncompiled keras.Model, got str 'a net'"),
    ("returns a layer", returns_a_layer, "returns_a_layer.* keras.Model, got Dense"),
    ("returns compiled", returns_compiled, "got a compiled one.*compile_kwargs"),
    ("raises", raises, r"raises\(\) raised RuntimeError: out of ideas.*called with \['meta'\]"),
    ("lacks an argument", needs_units, "raised TypeError: .*'units'"),
    ("two outputs", two_outputs, "one output of shape .*got .*Dense layer"),
    ("rank 3", sequence_out, r"got \[\(None, 2, 3\)\].*Flatten or pooling"),
    ("cannot be called", subclassed, "cannot be called on the rows given"),
    ("no function", "classifier", "to be a function that builds a keras.Model, got str"),
    ("a net", keras.Sequential([layers.Dense(3)]), "got Sequential.*Pass the function"),
]:
    fails("model", name, match, BuildError, model=function)
fails("model", "three features", r"expects rows of shape \(3,\), got \(4,\)", model=three_features)
fails("regressor", "returns nothing", "got None. Did it forget", BuildError, model=returns_nothing)
for name, kwargs, match in [
    ("unknown", {"unit": 3}, "no parameter 'unit'. Did you mean 'units'"),
    ("meta", {"meta": {}}, "meta is filled in by the estimator"),
    ("no dict", [3], "model_kwargs to be a dict or None, got list"),
]:
    fails("model", f"model_kwargs {name}", match, ParameterError, model_kwargs=kwargs)
for name, given, match in [
    ("None", None, "a list of Keras layers, got None"),
    ("empty", [], r"a list of Keras layers, got list \[\]"),
    ("a net", keras.Sequential([layers.Dense(2)]), "a list of Keras layers, got Sequential"),
    ("text in it", [layers.Dense(3), "softmax"], "got str 'softmax' in it"),
    ("opaque", [Opaque(3)], "Opaque.*(no get_config|cannot be rebuilt)"),
    ("rank", [layers.Conv1D(3, 2)], r"do not fit rows of shape \(4,\)"),
    ("width", [layers.Dense(2)], "net with 2 units and 3 classes"),
]:
    fails(
        "layers",
        f"layers {name}",
        match,
        BuildError if name != "width" else InputError,
        layers=given,
    )

# Compiling
SPARSE, ONE_HOT = keras.losses.SparseCategoricalCrossentropy, "categorical_crossentropy"
for name, kwargs, match in [
    ("softmax for logits", {"loss": SPARSE(from_logits=True)}, "gives probabilities, but"),
    ("by name", {"loss": ONE_HOT, "loss__from_logits": True}, "from_logits=True"),
    ("hinge", {"loss": "hinge"}, "trains margins, which are no probabilities"),
    ("hinge instance", {"loss": keras.losses.CategoricalHinge()}, "'CategoricalHinge' trains"),
]:
    fails("model", f"loss {name}", match, BuildError, compile_kwargs=kwargs)
LOGITS = {"activation": "linear", "outputs": 3}
fails(
    "model",
    "logits for softmax",
    "gives logits, but",
    BuildError,
    model_kwargs=LOGITS,
    compile_kwargs={"loss": SPARSE()},
)
for activation, loss, match in [
    ("sigmoid", "sparse_categorical_crossentropy", "has 1 output unit.*Give the net 2 units"),
    ("softmax", None, "softmax over 1 unit is always 1"),
]:
    fails(
        "model",
        f"1 {activation} unit",
        match,
        BuildError,
        {"y": INDEX > 0},
        model_kwargs={"activation": activation, "outputs": 1},
        compile_kwargs={"loss": loss},
    )
for name, kwargs, match in [
    ("no dict", "adam", "compile_kwargs to be a dict or None, got str: 'adam'"),
    ("unknown", {"optimiser": "adam"}, "Did you mean 'optimizer'"),
    ("optimizer", {"optimizer": "adamm"}, "an optimizer of Keras .*got 'adamm'"),
    ("optimizer number", {"optimizer": 3}, "an optimizer of Keras .*got 3"),
    ("optimizer argument", {"optimizer__learning_rat": 1}, "RMSprop has no .*'learning_rate'"),
    ("optimizer value", {"optimizer__learning_rate": "fast"}, "RMSprop .*'learning_rate': 'fast'"),
    ("loss", {"loss": "sparse_crossentropy"}, "a loss of Keras, got 'sparse_crossentropy'"),
    ("loss number", {"loss": 3}, "a loss .*got 3"),
    ("loss argument", {"loss__smoothing": 1}, "no parameter 'smoothing'"),
    ("two losses", {"loss": ["mse", "mse"]}, "one loss for a net with one output"),
    ("metric", {"metrics": ["acuracy"]}, "a metric of Keras, got 'acuracy'"),
    ("metric number", {"weighted_metrics": [3]}, "a metric of Keras, got 3"),
    ("metric argument", {"metrics__name": 1}, "only optimizer and loss take"),
]:
    fails("model", f"compile {name}", match, ParameterError, compile_kwargs=kwargs)

# Fitting
for name, params, match in [
    ("compile's", {"compile__loss": "mse"}, "got 'compile__loss'. Put it in compile_kwargs"),
    ("the net's", {"model__units": 3}, "no parameter 'model__units'"),
    ("half an epoch", {"epochs": 1.5}, "epochs to be a whole number ≥ 1, got 1.5"),
    ("None epochs", {"epochs": None}, "epochs to be a whole number ≥ 1, got None"),
    ("true epochs", {"epochs": True}, "got True"),
    ("epochs in words", {"fit__epochs": "three"}, "got 'three'"),
    ("batch_size", {"batch_size": -1}, "batch_size to be a whole number ≥ 1, got -1"),
    ("held batch_size", {"validation_batch_size": 0}, "validation_batch_size to be .*got 0"),
    ("callback", {"callbacks": ["early"]}, "a keras.callbacks.Callback, got 'early'"),
    ("callback class", {"callbacks": [NeedsArgument]}, "NeedsArgument.*argument"),
    ("split", {"validation_split": 1.0}, r"validation_split in \[0, 1\), got 1.0"),
    ("negative split", {"validation_split": -0.2}, "got -0.2"),
    ("tiny split", {"validation_split": 0.01}, "hold out at least one row, got 0.01 of 24"),
    ("held array", {"validation_data": X}, r"to be \(X, y\), .*got ndarray"),
    ("held alone", {"validation_data": (X,)}, r"to be \(X, y\), .*got tuple"),
]:
    fails_on_params(name, params, match)
for name, held, match, error in [
    ("features", (X[:, :2], Y), "X has 2 features, but .* expecting 4", ValueError),
    ("length", (X, Y[:3]), "X has 24 rows, y has 3", InputError),
    ("label", (X, labels_with("dog")), r"unseen \['dog'\]", InputError),
    ("nan", (with_value(NAN), Y), "contains NaN", ValueError),
    ("weights", (X, Y, -INDEX), "Negative values", ValueError),
]:
    fails("model", f"held {name}", match, error, params={"validation_data": held})
fails("model", "fit keyword", "no parameter 'epoch'. Did you", ParameterError, {"epoch": 3})

# Going on
WARM = {"warm_start": True}
fails("model", "warm features", "X has 2 features", ValueError, {"X": X[:, :2]}, **WARM)
fails("model", "warm label", r"unseen \['dog'\]", fit={"y": labels_with("dog")}, **WARM)
fails("model", "warm weights", ZEROS, ValueError, {"sample_weight": 0 * INDEX}, **WARM)
fails("model", "warm callback", "a keras.callbacks.Callback", params={"callbacks": [3]}, **WARM)


@pytest.fixture
def untrained(fitted):
    TRAINED.clear()


@pytest.fixture(scope="module")
def fitted():
    """Estimators by name, fitted, with their rows, targets, and what they give for the rows."""
    params = {"params": {"epochs": 1, "callbacks": [Spy()]}, "random_state": 0}
    made = {
        "model": (KerasWrapperModel(classifier, **params), X, Y),
        "two": (KerasWrapperModel(classifier, {"outputs": 2}, **params), X, INDEX > 0),
        "layers": (KerasWrapperSequential([layers.Dense(4), output_layer], **params), X, Y),
        "text": (KerasWrapperSequential(text_layers(), **params), TEXTS, [1, 0] * 4),
        "pair": (KerasWrapperModel(two_inputs, **params), PAIR, Y),
        "regressor": (KerasWrapperRegressor(regressor, **params), X, TARGET[:, 0]),
        "wide": (KerasWrapperRegressor(wide_regressor, **params), X, TARGET),
    }
    for estimator, rows, target in made.values():
        estimator.fit(rows, target)
    assert len(TRAINED) == len(made)
    return {name: (*one, outputs(one[0], one[1])) for name, one in made.items()}


def wide_regressor(meta):
    return regressor({**meta, "n_outputs_": 2})


def outputs(estimator, rows):
    return getattr(estimator, "predict_proba", estimator.predict)(rows).tolist()


def change(estimator, changes):
    if isinstance(changes.get("params"), dict):
        changes = {**changes, "params": {**estimator.params, **changes["params"]}}
    return copy.copy(estimator).set_params(**changes)


@pytest.mark.parametrize(("who", "changes", "data", "error", "match"), CASES)
def test_a_fit_fails_before_training(fitted, untrained, who, changes, data, error, match):
    earlier, rows, target, before = fitted[who]
    good = earlier.get_params(deep=False)
    broken = change(earlier, changes)
    data = {"X": rows, "y": target, **data}
    data["X"] = data["X"]() if callable(data["X"]) else data["X"]
    with pytest.raises(error, match=f"(?s){match}"):
        broken.fit(**data)
    assert not TRAINED
    assert outputs(broken.set_params(**good), rows) == before


def test_there_are_enough_cases():
    assert len({case.id for case in CASES}) == len(CASES) >= 60


# After a fit


@pytest.mark.parametrize(
    ("who", "ask", "error", "match"),
    [
        ("model", lambda e: e.predict(X[:, :3]), ValueError, "X has 3 features, but"),
        ("model", lambda e: e.predict_proba(X[0]), ValueError, "Expected 2D array, got 1D"),
        ("model", lambda e: e.predict(with_value(NAN)), ValueError, "contains NaN"),
        ("model", lambda e: e.predict(X[:0]), ValueError, r"0 sample\(s\)"),
        ("model", lambda e: e.predict(TEXTS), InputError, "expects numbers, got text"),
        ("model", lambda e: e.predict(PAIR), InputError, r"as in fit, got \['left', 'right'\]"),
        ("model", lambda e: e.predict(tf_text()), InputError, "expects numbers, got text"),
        ("model", lambda e: e.predict(X, epochs=3), ParameterError, "no parameter 'epochs'"),
        ("model", lambda e: e.predict(X, batch_size=0), ParameterError, "batch_size to be .*got 0"),
        ("model", lambda e: e.predict(X, batch_size=-1), ParameterError, "whole number ≥ 1"),
        ("model", lambda e: e.predict(X, callbacks=[3]), ParameterError, "Callback, got 3"),
        ("model", lambda e: e.score(X, labels_with("dog")), InputError, r"unseen \['dog'\]"),
        ("model", lambda e: e.score(X, INDEX), InputError, r"unseen \[0, 1, 2\]"),
        ("model", lambda e: e.score(X, Y[:-1]), ValueError, r"inconsistent.*24"),
        ("model", lambda e: e.score(X, labels_with(None)), InputError, "None or infinity"),
        ("model", lambda e: e.partial_fit(X, labels_with("dog")), InputError, r"unseen \['dog'\]"),
        ("model", lambda e: e.partial_fit(X[:, :2], Y), ValueError, "X has 2 features"),
        ("model", lambda e: e.partial_fit(X, Y, epochs=0), ParameterError, "whole number ≥ 1"),
        ("model", lambda e: e.partial_fit(X, Y, callbacks=[3]), ParameterError, "got 3"),
        ("model", lambda e: e.partial_fit(X, Y, list("ab")), InputError, r"\['a', 'b'\]"),
        ("layers", lambda e: e.predict(X[:, :3]), ValueError, "X has 3 features, but"),
        ("text", lambda e: e.predict("good"), InputTypeError, "Wrap a single text in a list"),
        ("text", lambda e: e.predict([["good"], ["bad"]]), InputError, r"shape \(\), got \(1,\)"),
        ("text", lambda e: e.predict(["good", None]), InputError, "in row 1. Fill in"),
        ("text", lambda e: e.predict(X[:, :1]), InputError, "expects text, got numbers"),
        ("pair", lambda e: e.predict({"left": X[:, 0]}), InputError, r"as in fit, got \['left'\]"),
        ("pair", lambda e: e.predict({**PAIR, "left": X}), InputError, "expects rows of shape"),
        ("regressor", lambda e: e.predict(X[:, :3]), ValueError, "X has 3 features, but"),
        ("regressor", lambda e: e.score(X, TARGET[:-1]), ValueError, "inconsistent"),
        (
            "regressor",
            lambda e: e.partial_fit(X, TARGET),
            InputError,
            r"y with 1 column.* got shape \(24, 2\)",
        ),
        (
            "wide",
            lambda e: e.partial_fit(X, TARGET[:, 0]),
            InputError,
            r"y with 2 column.* got shape \(24,\)",
        ),
    ],
)
def test_a_fitted_estimator_refuses_and_stays(fitted, untrained, who, ask, error, match):
    earlier, rows, _, before = fitted[who]
    rounds = earlier.network_.rounds
    with pytest.raises(error, match=match):
        ask(earlier)
    assert not TRAINED
    assert (outputs(earlier, rows), earlier.network_.rounds) == (before, rounds)


@pytest.mark.parametrize("who", ["model", "layers", "regressor"])
@pytest.mark.parametrize(
    ("method", "given"),
    [("predict", (X,)), ("score", (X, Y)), ("save", ("net.keraswrap",)), ("predict_proba", (X,))],
)
def test_nothing_works_before_fit(fitted, who, method, given, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    fresh = type(fitted[who][0])([] if who == "layers" else returns_nothing)
    words, error = r"not fitted yet\. Call 'fit'", NotFittedError
    if (who, method) == ("regressor", "predict_proba"):
        words, error = "has no attribute 'predict_proba'", AttributeError
    with pytest.raises(error, match=words):
        getattr(fresh, method)(*given)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04 cut off"])
@pytest.mark.parametrize("who", ["model", "layers", "regressor"])
def test_a_file_of_something_else_is_refused(fitted, who, content, tmp_path):
    path = tmp_path / "net.keraswrap"
    path.write_bytes(content)
    with pytest.raises(SavedFileError, match=f"got {re.escape(str(path))}, which is corrupt"):
        type(fitted[who][0]).load(path)
