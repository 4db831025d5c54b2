"""Ensembles in a file: members come back whole, and what cannot be an ensemble is refused."""

import json
import zipfile

import pytest
from nets import QUICK, classifier
from saved_models import X, Y, fitted_ensemble

from keraswrap import KerasWrapperModel
from keraswrap.ensembles import DeepEnsembleClassifier
from keraswrap.exceptions import BuildError, InputTypeError, SavedFileError
from keraswrap.model_files import load_estimator, save_estimator
from keraswrap.selective import SelectiveClassifier

NET = KerasWrapperModel(classifier, **QUICK)


def test_members_come_back(tmp_path):
    made = fitted_ensemble(NET, Y)
    save_estimator(made, tmp_path / "model")
    loaded = load_estimator(tmp_path / "model")
    assert (loaded.predict_proba(X) == made.predict_proba(X)).all()
    assert loaded.classes_.tolist() == made.classes_.tolist()
    assert (loaded.n_members, loaded.random_state, loaded.n_features_in_) == (2, 0, X.shape[1])
    with pytest.raises(BuildError, match="loaded from a saved file without its build function"):
        loaded.fit(X, Y)
    again = load_estimator(tmp_path / "model", model=classifier).fit(X, Y)
    assert (again.predict_proba(X) == made.predict_proba(X)).all()


def test_a_selective_classifier_may_hold_an_ensemble(tmp_path):
    ensemble = DeepEnsembleClassifier(NET, 2, random_state=0)
    made = SelectiveClassifier(ensemble, target_error=0.9, cv=2).fit(X, Y)
    save_estimator(made, tmp_path / "model")
    loaded = load_estimator(tmp_path / "model")
    assert (loaded.predict_proba(X) == made.predict_proba(X)).all()


def test_members_without_a_file_are_refused(tmp_path):
    from sklearn.neural_network import MLPClassifier

    made = DeepEnsembleClassifier(MLPClassifier((2,), max_iter=2), 2, random_state=0)
    with pytest.raises(InputTypeError, match="Expected a fitted estimator of keraswrap"):
        save_estimator(made.fit(X, Y), tmp_path / "model")


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda about: about.update(format=99), "has format 99, this version of keraswrap reads"),
        (lambda about: about.update(n_members=0), "Expected n_members"),
        (lambda about: about.update(n_members=3), "corrupt"),
        (lambda about: about.update(random_state="0"), "Expected n_members"),
        (lambda about: about.update({"class": "DeepEnsembleRegressor"}), "Expected a regressor"),
    ],
)
def test_a_description_that_cannot_be_is_refused(tmp_path, edit, said):
    save_estimator(fitted_ensemble(NET, Y), tmp_path / "model")
    with zipfile.ZipFile(tmp_path / "model") as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    about = json.loads(members["ensemble.json"])
    edit(about)
    with zipfile.ZipFile(tmp_path / "changed", "w") as archive:
        for name, content in {**members, "ensemble.json": json.dumps(about)}.items():
            archive.writestr(name, content)
    with pytest.raises(SavedFileError, match=said):
        load_estimator(tmp_path / "changed")
