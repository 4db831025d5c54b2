"""Fitted estimators that outlive their process: pickled, copied, saved and loaded."""

import copy
import io
import json
import os
import pickle
import resource
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import joblib
import keras
import numpy as np
import pytest
from keras import layers
from nets import classifier, groups, output_layer, regressor, text_layers, two_inputs
from sklearn.base import clone

from keraswrap import KerasWrapperModel, KerasWrapperRegressor, KerasWrapperSequential
from keraswrap.exceptions import BuildError, ParameterError, SavedFileError

X, INDEX = groups(n=24)
Y = np.array(["ant", "bee", "cat"])[INDEX]
TEXTS = ["good film", "bad film", "a good one"] * 4
ADAM = {"optimizer": "adam", "metrics": ["accuracy"]}


# Classes that Keras was never told of


class Scale(layers.Layer):
    def __init__(self, by=2.0, **kwargs):
        super().__init__(**kwargs)
        self.by = by

    def build(self, shape):
        self.shift = self.add_weight(shape=(shape[-1],), initializer="random_normal")

    def call(self, inputs):
        return self.by * inputs + self.shift

    def get_config(self):
        return {**super().get_config(), "by": self.by}


class Loss(keras.losses.SparseCategoricalCrossentropy):
    pass


class Metric(keras.metrics.SparseCategoricalAccuracy):
    pass


class Subclassed(keras.Model):
    def __init__(self, units):
        super().__init__()
        self.dense, self.units = layers.Dense(units), units

    def call(self, inputs):
        return self.dense(inputs)

    def get_config(self):
        return {"units": self.units}


CUSTOM = {"Scale": Scale, "Loss": Loss, "Metric": Metric, "Subclassed": Subclassed}


def loss(target, outputs):
    return keras.losses.sparse_categorical_crossentropy(target, outputs)


def custom(meta, by=3.0):
    inputs = keras.Input((meta["n_features_in_"],))
    hidden = layers.Dropout(0.2)(Scale(by)(inputs))
    return keras.Model(inputs, layers.Dense(meta["n_classes_"], activation="softmax")(hidden))


def subclassed(meta):
    return Subclassed(meta["n_classes_"])


def with_lambda(meta):
    inputs = keras.Input((meta["n_features_in_"],))
    doubled = layers.Lambda(lambda x: 2 * x, output_shape=(4,))(inputs)
    return keras.Model(inputs, layers.Dense(meta["n_classes_"])(doubled))


def adapted():
    layer = layers.Normalization()
    layer.adapt(10 * X)
    return layer


def frozen_stack():
    return [adapted(), Scale(trainable=False), layers.Dropout(0.3), layers.Dense(3)]


def own_compile():
    return {
        "loss": Loss(),
        "metrics": [Metric(name="hits")],
        "optimizer": keras.optimizers.Adam(0.1),
    }


QUICK = {"params": {"epochs": 1, "batch_size": 8}, "random_state": 0}
MAKE = {
    "model": lambda: KerasWrapperModel(classifier, {"dropout": 0.3}, ADAM, **QUICK),
    "custom": lambda: KerasWrapperModel(custom, None, own_compile(), **QUICK),
    "subclassed": lambda: KerasWrapperModel(subclassed, **QUICK),
    "pair": lambda: KerasWrapperModel(two_inputs, **QUICK),
    "layers": lambda: KerasWrapperSequential(
        [layers.Normalization(), Scale(), layers.Dropout(0.3), layers.Dense(3)], **QUICK
    ),
    "frozen": lambda: KerasWrapperSequential(frozen_stack(), compile_kwargs=ADAM, **QUICK),
    "of meta": lambda: KerasWrapperSequential([layers.Dense(4), output_layer], **QUICK),
    "text": lambda: KerasWrapperSequential(text_layers(), **QUICK),
    "regressor": lambda: KerasWrapperRegressor(regressor, **QUICK),
}
DATA = {"text": (TEXTS, [1, 0, 1] * 4), "regressor": (X, X @ np.eye(4)[:, :2])}
DATA["pair"] = ({"left": X[:, 0], "right": X[:, 1]}, Y)


def data(kind):
    return DATA.get(kind, (X, Y))


def outputs(estimator, kind):
    return getattr(estimator, "predict_proba", estimator.predict)(data(kind)[0])


@pytest.fixture(scope="module")
def fitted():
    made = {kind: make().fit(*data(kind)) for kind, make in MAKE.items()}
    return {kind: (one, outputs(one, kind)) for kind, one in made.items()}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "net.keraswrap"


def by_pickle(estimator, folder):
    return pickle.loads(pickle.dumps(estimator))


def by_joblib(estimator, folder):
    joblib.dump(estimator, folder / "net.joblib")
    return joblib.load(folder / "net.joblib")


def by_copy(estimator, folder):
    return copy.deepcopy(estimator)


def by_file(estimator, folder):
    estimator.save(folder / "net.keraswrap")
    return type(estimator).load(folder / "net.keraswrap", custom_objects=CUSTOM)


WAYS = [by_pickle, by_joblib, by_copy, by_file]


# There and back


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", MAKE)
def test_outputs_are_the_same_bits(fitted, kind, way, tmp_path):
    estimator, before = fitted[kind]
    again = way(estimator, tmp_path)
    np.testing.assert_array_equal(outputs(again, kind), before)
    for name in ("classes_", "n_features_in_", "history_", "seed_"):
        np.testing.assert_equal(getattr(again, name, None), getattr(estimator, name, None))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", ["model", "custom", "frozen", "text"])
def test_training_goes_on_to_the_same_bits(fitted, went_on, kind, way, tmp_path):
    again = way(fitted[kind][0], tmp_path).partial_fit(*data(kind))
    np.testing.assert_array_equal(outputs(again, kind), went_on[kind])


@pytest.fixture(scope="module")
def went_on():
    """What comes of going on without a break: dropout, optimizer and order of rows included."""
    kinds = ("model", "custom", "frozen", "text")
    return {k: outputs(MAKE[k]().fit(*data(k)).partial_fit(*data(k)), k) for k in kinds}


@pytest.mark.parametrize("kind", ["model", "custom", "layers", "frozen", "text"])
def test_a_clone_of_an_unpickled_one_fits_the_same(fitted, kind, tmp_path):
    estimator, before = fitted[kind]
    fresh = clone(by_pickle(estimator, tmp_path))
    assert fresh.net is None
    np.testing.assert_array_equal(outputs(fresh.fit(*data(kind)), kind), before)


@pytest.mark.parametrize("kind", ["custom", "frozen"])
def test_an_unfitted_one_pickles_too(fitted, kind, tmp_path):
    again = by_pickle(MAKE[kind](), tmp_path).fit(*data(kind))
    np.testing.assert_array_equal(outputs(again, kind), fitted[kind][1])


@pytest.mark.parametrize("kind", ["custom", "text"])
def test_a_loaded_one_pickles_and_saves_again(fitted, kind, tmp_path):
    again = by_file(by_pickle(by_file(fitted[kind][0], tmp_path), tmp_path), tmp_path)
    np.testing.assert_array_equal(outputs(again, kind), fitted[kind][1])


def test_the_vocabulary_comes_along(fitted, tmp_path):
    again = by_file(fitted["text"][0], tmp_path)
    words = fitted["text"][0].net.layers[0].get_vocabulary()
    assert again.net.layers[0].get_vocabulary() == words
    assert {"good", "bad", "film"} <= set(words)


FRESH = """
import importlib, pickle, sys
sys.path.append("tests")
t = importlib.import_module(sys.argv[3])
kind, folder = sys.argv[1], t.Path(sys.argv[2])
unpickled = pickle.loads((folder / "net.pickle").read_bytes())
loaded = type(unpickled).load(folder / "net.keraswrap", custom_objects=t.CUSTOM)
for one in (unpickled, loaded):
    print(t.outputs(one, kind).tobytes().hex())
"""


def test_a_fresh_process_gives_the_same_bits(fitted, tmp_path):
    estimator, before = fitted["custom"]
    (tmp_path / "net.pickle").write_bytes(pickle.dumps(estimator))
    estimator.save(tmp_path / "net.keraswrap")
    command = [sys.executable, "-c", FRESH, "custom", str(tmp_path), __name__]
    root = Path(__file__).parents[1]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.split() == [before.tobytes().hex()] * 2


# What a file holds, and what it does not


def test_a_loaded_net_predicts_but_cannot_start_afresh(fitted, tmp_path):
    again = by_file(fitted["model"][0], tmp_path)
    with pytest.raises(BuildError, match=r"without its build function.*model=\.\.\."):
        again.fit(X, Y)
    np.testing.assert_array_equal(outputs(again, "model"), fitted["model"][1])


def test_with_its_build_function_it_can(fitted, path):
    estimator, before = fitted["custom"]
    estimator.save(path)
    again = KerasWrapperModel.load(path, model=custom, custom_objects=CUSTOM)
    np.testing.assert_array_equal(outputs(again, "custom"), before)
    np.testing.assert_array_equal(outputs(again.fit(X, Y), "custom"), before)


def test_layers_come_with_the_file(fitted, tmp_path):
    again = by_file(fitted["layers"][0], tmp_path).fit(X, Y)
    np.testing.assert_array_equal(outputs(again, "layers"), fitted["layers"][1])


def test_layers_that_brought_weights_do_not(fitted, tmp_path):
    # Fitting them without what they were given would be another model.
    with pytest.raises(BuildError, match=r"layers=\.\.\."):
        by_file(fitted["frozen"][0], tmp_path).fit(X, Y)


def test_parameters_come_with_the_file(fitted, tmp_path):
    estimator = fitted["custom"][0]
    mine, its = estimator.get_params(), by_file(estimator, tmp_path).get_params()
    plain = (str, int, float, dict, type(None))
    same = {k for k in its if isinstance(mine.get(k), plain) and k != "compile_kwargs"}
    assert {k: mine[k] for k in same} == {k: its[k] for k in same}
    assert (type(its["compile__loss"]), its["epochs"], its["random_state"]) == (Loss, 1, 0)


def test_parameters_can_be_replaced(fitted, path):
    fitted["model"][0].save(path)
    again = KerasWrapperModel.load(path, params={"epochs": 9}, warm_start=True)
    assert (again.get_params()["epochs"], again.warm_start) == (9, True)


def test_callbacks_stay_behind_alone_and_are_named(path):
    callbacks = {"callbacks": [keras.callbacks.TerminateOnNaN()], "batch_size": 8}
    KerasWrapperModel(classifier, params=callbacks).fit(X, Y).save(path)
    with pytest.warns(UserWarning, match=r"does not hold params\['callbacks'\]"):
        again = KerasWrapperModel.load(path)
    assert again.params == {"batch_size": 8}


def test_without_its_loss_a_net_predicts_but_does_not_train(path):
    estimator = KerasWrapperModel(classifier, compile_kwargs={"loss": loss}).fit(X, Y)
    estimator.save(path)
    with pytest.warns(UserWarning, match="does not hold compile_kwargs"):
        again = KerasWrapperModel.load(path)
    np.testing.assert_array_equal(again.predict_proba(X), estimator.predict_proba(X))
    with pytest.raises(ParameterError, match=r"load\(path, compile_kwargs=\.\.\.\)"):
        again.partial_fit(X, Y)
    whole = KerasWrapperModel.load(path, compile_kwargs={"loss": loss})
    assert whole.partial_fit(X, Y).net.loss.__name__ == "loss"


# No code from a file


def test_a_lambda_is_refused(path):
    KerasWrapperModel(with_lambda).fit(X, Y).save(path)
    with pytest.raises(SavedFileError, match=r"holds a Lambda, which carries code.*custom_objects"):
        KerasWrapperModel.load(path)
    assert KerasWrapperModel.load(path, model=with_lambda).predict(X).shape == (24,)


@pytest.mark.parametrize("kind", ["custom", "layers", "subclassed"])
def test_classes_must_be_passed(fitted, kind, path):
    fitted[kind][0].save(path)
    with pytest.raises(SavedFileError, match=r"names the class .*pass custom_objects="):
        type(fitted[kind][0]).load(path)


def rewrite(path, **members):
    """Change members of a saved file; a function changes the parsed JSON in place."""
    with zipfile.ZipFile(path) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    for name, change in members.items():
        name = f"{name}.npz" if name == "arrays" else f"{name}.json"
        if callable(change):
            parsed = json.loads(content[name])
            change(parsed)
            change = json.dumps(parsed).encode()
        content[name] = change
    with zipfile.ZipFile(path, "w") as archive:
        for name, value in content.items():
            archive.writestr(name, value)


def entry(name, module="planted", config=None, registered_name=None, **more):
    config = {} if config is None else config
    named = {"class_name": name, "module": module, "registered_name": registered_name}
    return {**named, "config": config, **more}


@pytest.mark.parametrize(
    "planted",
    [
        entry("Layer"),
        entry("function", config="run"),
        entry("Layer", config="Scale"),
        entry("Layer", config={"inner": [entry("Layer")]}, module="keras.layers"),
        entry("__typespec__", config=[], spec_name="run"),
        entry("Layer", build_config={"shape": entry("Layer")}, module=None),
        entry("Dense", module="keras.layers", compile_config={"loss": entry("Loss")}),
    ],
    ids=lambda planted: planted["class_name"],
)
@pytest.mark.parametrize("where", ["net", "params", "settings"])
def test_foreign_modules_are_not_imported(fitted, where, planted, path, monkeypatch):
    (path.parent / "planted.py").write_text("raise SystemExit('this code must never run')")
    monkeypatch.syspath_prepend(path.parent)
    fitted["model"][0].save(path)
    rewrite(
        path,
        **{
            "net": {"net": lambda net: net["config"]["layers"].append(planted)},
            "params": {"estimator": lambda e: e["params"].update(params=planted)},
            "settings": {"estimator": lambda e: e["network"].update(settings=planted)},
        }[where],
    )
    with pytest.raises(SavedFileError, match="module 'planted', which is not imported"):
        KerasWrapperModel.load(path, custom_objects={"Scale": Scale})
    assert "planted" not in sys.modules


class Bomb:
    def __reduce__(self):
        return sys.exit, ("this code must never run",)


def test_pickles_in_the_arrays_are_refused(fitted, path):
    fitted["model"][0].save(path)
    buffer = io.BytesIO()
    np.savez(buffer, variable00000=np.array([Bomb()]))
    rewrite(path, arrays=buffer.getvalue())
    with pytest.raises(SavedFileError, match="Object arrays cannot be loaded"):
        KerasWrapperModel.load(path)


def test_attributes_of_other_names_are_not_set(fitted, path):
    fitted["model"][0].save(path)
    rewrite(path, estimator=lambda e: e["learned"].update(predict="x", params="y"))
    assert KerasWrapperModel.load(path).predict(X).shape == (24,)


# Files that are not whole


@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.6, 0.9, 0.99])
def test_a_cut_off_file_is_corrupt(fitted, share, path):
    fitted["model"][0].save(path)
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(SavedFileError, match="corrupt or something else"):
        KerasWrapperModel.load(path)


@pytest.mark.parametrize("part", range(20))
def test_a_flipped_bit_is_seen_or_without_effect(fitted, part, path):
    estimator, before = fitted["model"]
    estimator.save(path)
    content = bytearray(path.read_bytes())
    content[(2 * part + 1) * len(content) // 40] ^= 1 << (part % 8)
    path.write_bytes(content)
    try:
        again = outputs(KerasWrapperModel.load(path), "model")
    except SavedFileError:
        again = before
    np.testing.assert_array_equal(again, before)  # a byte that nobody reads, as a time stamp's


def without(*keys):
    def change(parsed):
        for key in keys[:-1]:
            parsed = parsed[key]
        del parsed[keys[-1]]

    return change


def having(value, *keys):
    def change(parsed):
        for key in keys[:-1]:
            parsed = parsed[key]
        parsed[keys[-1]] = value

    return change


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"estimator": having(2, "format")}, "format 2, .* reads up to 1. Upgrade keraswrap"),
        ({"estimator": having("new", "format")}, "corrupt"),
        ({"estimator": having("KerasWrapperSequential", "class")}, "got one of 'KerasWrapperSeq"),
        ({"estimator": b"[]"}, "corrupt"),
        ({"estimator": b"\xff"}, "corrupt"),
        ({"net": b"not JSON"}, "corrupt"),
        ({"net": b"[]"}, "corrupt"),
        ({"net": b"null"}, r"no configuration.*load\(path, model=\.\.\.\)"),
        ({"net": having([], "config", "layers")}, "corrupt"),
        ({"net": having("Nonsense", "class_name")}, "corrupt"),
        ({"arrays": b"not arrays"}, "corrupt"),
        ({"estimator": without("network", "seed")}, "corrupt"),
        ({"estimator": without("learned", "n_features_in_")}, "corrupt"),
        ({"estimator": having(99, "learned", "n_features_in_")}, "n_features_in_ to be 4, as in"),
        ({"estimator": having(2, "learned", "n_classes_")}, "n_classes_ to be 3, as in classes_"),
        ({"estimator": having({"target": 1}, "network", "head")}, "corrupt"),
        ({"estimator": having({"dtype": "x", "values": [1]}, "arrays", "classes_")}, "corrupt"),
        ({"estimator": having({"7": {"vocabulary": ["a"]}}, "network", "tables")}, "corrupt"),
    ],
)
def test_a_file_that_says_nonsense(fitted, change, match, path):
    fitted["model"][0].save(path)
    rewrite(path, **change)
    with pytest.raises(SavedFileError, match=match):
        KerasWrapperModel.load(path)


WIDE = 10**9  # as float32 of 4 inputs, 16 GB


@pytest.mark.parametrize("kind", ["model", "layers"])
def test_a_net_is_not_built_larger_than_what_is_stored(fitted, kind, path):
    fitted[kind][0].save(path)

    def widen(layers):
        dense = [layer for layer in layers if layer["class_name"] == "Dense"]
        dense[0]["config"]["units"] = WIDE

    net = {"net": lambda net: widen(net["config"]["layers"])}
    given = {"estimator": lambda e: widen(e["params"]["layers"])}
    rewrite(path, **(net if kind == "model" else given))
    with pytest.raises(SavedFileError, match=r"net of \d+ numbers.*described with \d{10}"):
        type(fitted[kind][0]).load(path, custom_objects=CUSTOM)


def test_a_rank_that_no_stored_weight_has_is_refused(fitted, path):
    fitted["model"][0].save(path)
    rewrite(path, estimator=having({"1": WIDE}, "network", "ranks"))
    with pytest.raises(SavedFileError, match=f"weights of rank {WIDE} in the file"):
        KerasWrapperModel.load(path)


def test_another_net_than_the_saved_one_is_refused(fitted, path):
    fitted["model"][0].save(path)
    with pytest.raises(SavedFileError, match=r"saved state has .*returns another net now"):
        KerasWrapperModel.load(path, model_kwargs={"units": 3}, model=classifier)


def test_a_keyword_that_is_no_parameter(fitted, path):
    fitted["model"][0].save(path)
    with pytest.raises(ParameterError, match=r"no parameter 'modle'\. Did you mean 'model'"):
        KerasWrapperModel.load(path, modle=classifier)


def test_a_file_that_is_not_there(path):
    with pytest.raises(FileNotFoundError, match=r"net\.keraswrap"):
        KerasWrapperModel.load(path)


# Writing


def test_a_save_that_fails_leaves_the_older_file(fitted, path):
    fitted["text"][0].save(path)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))  # as on a full disk
    try:
        with pytest.raises(OSError, match="File too large"):
            fitted["model"][0].save(path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    again = KerasWrapperSequential.load(path)
    np.testing.assert_array_equal(outputs(again, "text"), fitted["text"][1])
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_an_estimator_that_cannot_be_described_leaves_the_older_file(fitted, path):
    fitted["text"][0].save(path)
    broken = copy.copy(fitted["text"][0])
    broken.history_ = {"loss": [object()]}
    with pytest.raises(TypeError, match="not JSON serializable"):
        broken.save(path)
    assert KerasWrapperSequential.load(path).predict(TEXTS).shape == (12,)


def test_a_newer_save_replaces_the_older(fitted, path):
    fitted["text"][0].save(path)
    fitted["model"][0].save(str(path))
    np.testing.assert_array_equal(
        outputs(KerasWrapperModel.load(str(path)), "model"), fitted["model"][1]
    )


def test_the_file_is_as_readable_as_any_other(fitted, path):
    fitted["model"][0].save(path)
    other = path.with_name("other")
    other.touch()
    assert stat.S_IMODE(os.stat(path).st_mode) == stat.S_IMODE(os.stat(other).st_mode)


@pytest.mark.parametrize("pack", ["save", "pickle"])
def test_no_training_row_goes_along(pack, path):
    secret = [f"card number {4000 + i}" for i in range(12)]
    net = [layers.Hashing(8), layers.Embedding(8, 2), layers.Flatten(), layers.Dense(2)]
    estimator = KerasWrapperSequential(net, random_state=0).fit(secret, [0, 1] * 6)
    if pack == "save":
        estimator.save(path)
        with zipfile.ZipFile(path) as archive:
            packed = b"".join(archive.read(name) for name in archive.namelist())
    else:
        packed = pickle.dumps(estimator)
    assert b"4003" not in packed
    assert "4003".encode("utf-32-le") not in packed
