"""Which estimators go into a file without code, and what is said of others."""

import time

import pytest
from saved_models import MAKERS, X, Y, fitted_model, fitted_selective
from sklearn.dummy import DummyClassifier
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator

from keraswrap import KerasWrapperModel
from keraswrap.exceptions import InputTypeError
from keraswrap.model_files import load_estimator, save_estimator
from keraswrap.selective import SelectiveClassifier


class Own(KerasWrapperModel):
    pass


@pytest.mark.parametrize("name", MAKERS)
def test_predictions_come_back_to_the_bit(tmp_path, name):
    made = MAKERS[name]()
    save_estimator(made, tmp_path / "model.keraswrap")
    loaded = load_estimator(tmp_path / "model.keraswrap")
    assert type(loaded) is type(made)
    assert (loaded.predict(X) == made.predict(X)).all()


@pytest.mark.parametrize("name", MAKERS)
def test_the_same_estimator_gives_the_same_bytes(tmp_path, name, monkeypatch):
    made = MAKERS[name]()
    save_estimator(made, tmp_path / "now")
    later = time.localtime(time.time() + 10_000)
    monkeypatch.setattr(time, "localtime", lambda *_: later)
    save_estimator(made, tmp_path / "later")
    assert (tmp_path / "later").read_bytes() == (tmp_path / "now").read_bytes()


def test_the_file_is_the_one_that_the_estimator_saves(tmp_path):
    made = fitted_model()
    save_estimator(made, tmp_path / "one")
    made.save(tmp_path / "other")
    loaded = [KerasWrapperModel.load(tmp_path / name) for name in ("one", "other")]
    assert (loaded[0].predict_proba(X) == loaded[1].predict_proba(X)).all()


def test_a_frozen_estimator_is_saved_as_itself(tmp_path):
    made = fitted_model()
    save_estimator(FrozenEstimator(made), tmp_path / "model")
    assert (load_estimator(tmp_path / "model").predict_proba(X) == made.predict_proba(X)).all()


@pytest.mark.parametrize(
    "estimator",
    [
        DummyClassifier().fit(X, Y),
        Own(None),
        SelectiveClassifier(DummyClassifier(), cv="prefit"),
        "a model",
    ],
)
def test_others_are_refused_and_leave_the_older_file(tmp_path, estimator):
    path = tmp_path / "model"
    path.write_text("older")
    if isinstance(estimator, SelectiveClassifier):
        estimator.set_params(cv=2).fit(X, Y)
    with pytest.raises(InputTypeError, match="Expected a fitted estimator of keraswrap, one of"):
        save_estimator(estimator, path)
    assert path.read_text() == "older"


@pytest.mark.parametrize("estimator", [KerasWrapperModel(None), fitted_selective()])
def test_one_that_is_not_fitted_is_refused(tmp_path, estimator):
    with pytest.raises(NotFittedError, match="not fitted"):
        save_estimator(estimator, tmp_path / "model")
