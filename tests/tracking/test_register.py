"""What may be registered."""

import joblib
import keras
import numpy as np
import pytest
from model_stubs import stub
from sklearn.dummy import DummyClassifier

from keraswrap import KerasWrapperSequential
from keraswrap.exceptions import InputError, InputTypeError, ParameterError, SavedFileError
from keraswrap.tracking import open_registry, register

X = np.eye(4)


@pytest.fixture(scope="module")
def fitted():
    layers = [keras.layers.Dense(2, activation="softmax")]
    return KerasWrapperSequential(layers, random_state=0).fit(X, ["no", "yes", "no", "yes"])


@pytest.fixture
def registry(tmp_path):
    return open_registry(tmp_path / "registry.sqlite")


def test_an_estimator_comes_back(fitted, registry):
    made = register(fitted, "answers", registry, alias="champion")
    loaded = registry.load("answers@champion")
    assert np.array_equal(loaded.predict_proba(X), fitted.predict_proba(X))
    assert made.file.class_name == "KerasWrapperSequential"
    assert made.file.versions["keras"] == keras.__version__


def test_a_file_is_the_estimator_that_it_holds(fitted, registry, tmp_path):
    fitted.save(tmp_path / "a.keraswrap")
    register(tmp_path / "a.keraswrap", "answers", registry)
    same = register(str(tmp_path / "a.keraswrap"), "answers", str(registry.path))
    assert same.version == 1
    assert (registry.load("answers").predict(X) == fitted.predict(X)).all()


def test_a_pickle_is_refused(registry, tmp_path):
    joblib.dump(DummyClassifier(), tmp_path / "a.joblib")
    with pytest.raises(SavedFileError, match="got a pickle"):
        register(tmp_path / "a.joblib", "answers", registry)
    assert not registry.path.exists()


def test_other_estimators_and_files_are_refused(registry, tmp_path):
    with pytest.raises(InputTypeError, match="Expected a fitted estimator of keraswrap"):
        register(DummyClassifier().fit(X, [0, 1, 0, 1]), "answers", registry)
    with pytest.raises(InputError, match=r"Expected the file of a model.*No such file"):
        register(tmp_path / "none", "answers", registry)
    (tmp_path / "text").write_text("text")
    with pytest.raises(SavedFileError, match="corrupt or something else"):
        register(tmp_path / "text", "answers", registry)


@pytest.mark.parametrize(
    ("name", "kwargs", "error", "message"),
    [
        ("a/b", {}, ParameterError, "Expected a model's name"),
        ("a", {"alias": "v1"}, ParameterError, "Expected an alias"),
        ("a", {"metrics": {"b": "c"}}, ParameterError, "Expected a finite number"),
        ("a", {"tags": ["b"]}, InputTypeError, "Expected tags as a dict"),
        ("a", {"run": "none"}, InputError, "Expected the id of a run"),
        ("a", {"run": 3}, InputTypeError, "Expected a run"),
        ("a", {"description": None}, InputTypeError, "Expected a description"),
    ],
)
def test_what_is_said_of_it_is_checked(registry, tmp_path, name, kwargs, error, message):
    with pytest.raises(error, match=message):
        register(stub(tmp_path), name, registry, **kwargs)
    assert registry.versions("a") == []
