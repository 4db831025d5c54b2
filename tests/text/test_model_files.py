"""A fitted text estimator in one file, which predicts to the bit what it did."""

import json
import zipfile

import numpy as np
import pytest
from checkpoints import write_checkpoint

from keraswrap.exceptions import ParameterError, SavedFileError
from keraswrap.text import TransformerClassifier, TransformerRegressor

TEXTS = ["it is good", "the great and fine", "it broke", "awful"]
LABELS = np.array(["good", "good", "bad", "bad"])
NUMBERS = [3.0, 4.0, -3.0, -4.0]


def make(folder, kind=TransformerClassifier, **kwargs):
    params = {"epochs": 1, "max_length": 16, "cache": False, "random_state": 0}
    return kind(write_checkpoint(folder / "bert", "bert"), **{**params, **kwargs})


@pytest.mark.parametrize("trainable", ["all", "lora:2", "head"])
def test_labels_come_back_to_the_bit(tmp_path, trainable):
    weights = {"good": 2, "bad": 1}
    clf = make(tmp_path, trainable=trainable, class_weight=weights).fit(TEXTS, LABELS)
    clf.save(tmp_path / "clf.keraswrap")
    expected = clf.predict_proba(TEXTS)
    if trainable != "head":  # all of the net is in the file
        (tmp_path / "bert").rename(tmp_path / "gone")
    loaded = TransformerClassifier.load(tmp_path / "clf.keraswrap")
    assert (loaded.predict_proba(TEXTS) == expected).all()
    assert loaded.predict(TEXTS).tolist() == clf.predict(TEXTS).tolist()
    assert loaded.class_weight == weights
    assert loaded.history_ == clf.history_
    assert loaded.recipe_.steps == clf.recipe_.steps


def test_numbers_come_back_in_their_units(tmp_path):
    reg = make(tmp_path, TransformerRegressor).fit(TEXTS, NUMBERS)
    reg.save(tmp_path / "reg.keraswrap")
    loaded = TransformerRegressor.load(tmp_path / "reg.keraswrap")
    assert (loaded.predict(TEXTS) == reg.predict(TEXTS)).all()


def test_several_labels_come_back(tmp_path):
    y = np.array([[1, 0], [1, 1], [0, 0], [0, 1]])
    clf = make(tmp_path, classes=["a", "b"]).fit(TEXTS, y)
    clf.save(tmp_path / "clf.keraswrap")
    loaded = TransformerClassifier.load(tmp_path / "clf.keraswrap")
    assert (loaded.predict_proba(TEXTS) == clf.predict_proba(TEXTS)).all()
    assert loaded.classes_.tolist() == ["a", "b"]
    assert loaded.fit(TEXTS, y).score(TEXTS, y) >= 0  # the checkpoint is there


def test_a_head_is_refused_on_another_encoder(tmp_path):
    clf = make(tmp_path, trainable="head").fit(TEXTS, LABELS)
    clf.save(tmp_path / "clf.keraswrap")
    other = write_checkpoint(tmp_path / "other", "bert", hidden_act="relu")
    with pytest.raises(SavedFileError, match="another one for"):
        TransformerClassifier.load(tmp_path / "clf.keraswrap", encoder=other)


def test_what_is_no_such_file_is_refused(tmp_path):
    path = tmp_path / "clf.keraswrap"
    make(tmp_path, trainable="head").fit(TEXTS, LABELS).save(path)
    with pytest.raises(SavedFileError, match=r"file of TransformerRegressor.*'TransformerClass"):
        TransformerRegressor.load(path)
    with pytest.raises(ParameterError, match="no parameter 'lenght'"):
        TransformerClassifier.load(path, lenght=3)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(SavedFileError, match="corrupt or something else"):
        TransformerClassifier.load(path)
    with zipfile.ZipFile(path, "w") as archive:
        about = {"class": "TransformerClassifier", "format": 1, "params": {"no": 1}}
        archive.writestr("transformer.json", json.dumps(about))
        archive.writestr("estimator.keraswrap", b"")
    with pytest.raises(SavedFileError, match="is corrupt"):
        TransformerClassifier.load(path)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"scale": [[1.0], [0.0]]}, "Expected a mean and a scale above 0 for each of 1"),
        ({"scale": [[1.0, 2.0], [1.0, 1.0]]}, "Expected a mean and a scale above 0 for each of 1"),
        ({"scale": [[float("nan")], [1.0]]}, "Expected a mean and a scale above 0 for each of 1"),
        ({"recipe": {"epochs": -1}}, "Expected a recipe of numbers, 0 or more"),
        ({"recipe": {"learning_rate": "fast"}}, "Expected a recipe of numbers, 0 or more"),
        ({"recipe": {"params": None}}, "Expected a recipe of numbers, 0 or more"),
        ({"recipe": {"more": 1}}, "is corrupt"),
    ],
)
def test_nonsense_is_not_learned(saved, tmp_path, change, match):
    with zipfile.ZipFile(saved) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    about = json.loads(parts["transformer.json"])
    recipe = {**about["recipe"], **change.get("recipe", {})}
    parts["transformer.json"] = json.dumps({**about, **change, "recipe": recipe})
    with zipfile.ZipFile(tmp_path / "changed.keraswrap", "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    with pytest.raises(SavedFileError, match=match):
        TransformerRegressor.load(tmp_path / "changed.keraswrap")


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    folder = tmp_path_factory.mktemp("saved")
    path = folder / "reg.keraswrap"
    make(folder, TransformerRegressor).fit(TEXTS, NUMBERS).save(path)
    return path
