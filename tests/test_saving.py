"""What a saved file holds, what it does not, and files that are not as they were saved."""

import copy
import io
import json
import os
import pickle
import resource
import stat
import sys
import zipfile

import keras
import numpy as np
import pytest
from kept_estimators import (
    CUSTOM,
    FITTED,
    TEXTS,
    Loss,
    Scale,
    X,
    Y,
    by_file,
    custom,
    outputs,
)
from keras import layers
from nets import classifier

from keraswrap import KerasWrapperModel, KerasWrapperSequential
from keraswrap.exceptions import BuildError, ParameterError, SavedFileError


def loss(target, outputs):
    return keras.losses.sparse_categorical_crossentropy(target, outputs)


def with_lambda(meta):
    inputs = keras.Input((meta["n_features_in_"],))
    doubled = layers.Lambda(lambda x: 2 * x, output_shape=(4,))(inputs)
    return keras.Model(inputs, layers.Dense(meta["n_classes_"])(doubled))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "net.keraswrap"


# What a file holds, and what it does not


def test_a_loaded_net_predicts_but_cannot_start_afresh(tmp_path):
    again = by_file(FITTED["model"][0], tmp_path)
    with pytest.raises(BuildError, match=r"without its build function.*model=\.\.\."):
        again.fit(X, Y)
    np.testing.assert_array_equal(outputs(again, "model"), FITTED["model"][1])


def test_with_its_build_function_it_can(path):
    estimator, before = FITTED["custom"]
    estimator.save(path)
    again = KerasWrapperModel.load(path, model=custom, custom_objects=CUSTOM)
    np.testing.assert_array_equal(outputs(again, "custom"), before)
    np.testing.assert_array_equal(outputs(again.fit(X, Y), "custom"), before)


def test_layers_come_with_the_file(tmp_path):
    again = by_file(FITTED["layers"][0], tmp_path).fit(X, Y)
    np.testing.assert_array_equal(outputs(again, "layers"), FITTED["layers"][1])


def test_layers_that_brought_weights_do_not(tmp_path):
    # Fitting them without what they were given would be another model.
    with pytest.raises(BuildError, match=r"layers=\.\.\."):
        by_file(FITTED["frozen"][0], tmp_path).fit(X, Y)


def test_parameters_come_with_the_file(tmp_path):
    estimator = FITTED["custom"][0]
    mine, its = estimator.get_params(), by_file(estimator, tmp_path).get_params()
    plain = (str, int, float, dict, type(None))
    same = {k for k in its if isinstance(mine.get(k), plain) and k != "compile_kwargs"}
    assert {k: mine[k] for k in same} == {k: its[k] for k in same}
    assert (type(its["compile__loss"]), its["epochs"], its["random_state"]) == (Loss, 1, 0)


def test_parameters_can_be_replaced(path):
    FITTED["model"][0].save(path)
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
def test_classes_must_be_passed(kind, path):
    FITTED[kind][0].save(path)
    with pytest.raises(SavedFileError, match=r"names the class .*pass custom_objects="):
        type(FITTED[kind][0]).load(path)


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
def test_foreign_modules_are_not_imported(where, planted, path, monkeypatch):
    (path.parent / "planted.py").write_text("raise SystemExit('this code must never run')")
    monkeypatch.syspath_prepend(path.parent)
    FITTED["model"][0].save(path)
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


def test_pickles_in_the_arrays_are_refused(path):
    FITTED["model"][0].save(path)
    buffer = io.BytesIO()
    np.savez(buffer, variable00000=np.array([Bomb()]))
    rewrite(path, arrays=buffer.getvalue())
    with pytest.raises(SavedFileError, match="Object arrays cannot be loaded"):
        KerasWrapperModel.load(path)


def test_attributes_of_other_names_are_not_set(path):
    FITTED["model"][0].save(path)
    rewrite(path, estimator=lambda e: e["learned"].update(predict="x", params="y"))
    assert KerasWrapperModel.load(path).predict(X).shape == (24,)


# Files that are not whole


@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.6, 0.9, 0.99])
def test_a_cut_off_file_is_corrupt(share, path):
    FITTED["model"][0].save(path)
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(SavedFileError, match="corrupt or something else"):
        KerasWrapperModel.load(path)


@pytest.mark.parametrize("part", range(20))
def test_a_flipped_bit_is_seen_or_without_effect(part, path):
    estimator, before = FITTED["model"]
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
def test_a_file_that_says_nonsense(change, match, path):
    FITTED["model"][0].save(path)
    rewrite(path, **change)
    with pytest.raises(SavedFileError, match=match):
        KerasWrapperModel.load(path)


WIDE = 10**9  # as float32 of 4 inputs, 16 GB


@pytest.mark.parametrize("kind", ["model", "layers"])
def test_a_net_is_not_built_larger_than_what_is_stored(kind, path):
    FITTED[kind][0].save(path)

    def widen(layers):
        dense = [layer for layer in layers if layer["class_name"] == "Dense"]
        dense[0]["config"]["units"] = WIDE

    net = {"net": lambda net: widen(net["config"]["layers"])}
    given = {"estimator": lambda e: widen(e["params"]["layers"])}
    rewrite(path, **(net if kind == "model" else given))
    with pytest.raises(SavedFileError, match=r"net of \d+ numbers.*described with \d{10}"):
        type(FITTED[kind][0]).load(path, custom_objects=CUSTOM)


def test_a_rank_that_no_stored_weight_has_is_refused(path):
    FITTED["model"][0].save(path)
    rewrite(path, estimator=having({"1": WIDE}, "network", "ranks"))
    with pytest.raises(SavedFileError, match=f"weights of rank {WIDE} in the file"):
        KerasWrapperModel.load(path)


def test_another_net_than_the_saved_one_is_refused(path):
    FITTED["model"][0].save(path)
    with pytest.raises(SavedFileError, match=r"saved state has .*returns another net now"):
        KerasWrapperModel.load(path, model_kwargs={"units": 3}, model=classifier)


def test_a_keyword_that_is_no_parameter(path):
    FITTED["model"][0].save(path)
    with pytest.raises(ParameterError, match=r"no parameter 'modle'\. Did you mean 'model'"):
        KerasWrapperModel.load(path, modle=classifier)


def test_a_file_that_is_not_there(path):
    with pytest.raises(FileNotFoundError, match=r"net\.keraswrap"):
        KerasWrapperModel.load(path)


# Writing


def test_a_save_that_fails_leaves_the_older_file(path):
    FITTED["text"][0].save(path)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))  # as on a full disk
    try:
        with pytest.raises(OSError, match="File too large"):
            FITTED["model"][0].save(path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    again = KerasWrapperSequential.load(path)
    np.testing.assert_array_equal(outputs(again, "text"), FITTED["text"][1])
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_an_estimator_that_cannot_be_described_leaves_the_older_file(path):
    FITTED["text"][0].save(path)
    broken = copy.copy(FITTED["text"][0])
    broken.history_ = {"loss": [object()]}
    with pytest.raises(TypeError, match="not JSON serializable"):
        broken.save(path)
    assert KerasWrapperSequential.load(path).predict(TEXTS).shape == (12,)


def test_a_newer_save_replaces_the_older(path):
    FITTED["text"][0].save(path)
    FITTED["model"][0].save(str(path))
    np.testing.assert_array_equal(
        outputs(KerasWrapperModel.load(str(path)), "model"), FITTED["model"][1]
    )


def test_the_file_is_as_readable_as_any_other(path):
    FITTED["model"][0].save(path)
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
