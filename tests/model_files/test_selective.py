"""Thresholds in a file: they come back whole, and what cannot be one is refused."""

import json
import zipfile

import numpy as np
import pytest
from saved_models import X, Y, fitted_selective

from keraswrap.exceptions import InputTypeError, SavedFileError
from keraswrap.model_files import load_estimator, save_estimator
from keraswrap.selective import SelectiveClassifier

LEARNED = ("threshold_", "coverage_", "error_bound_", "n_calibration_", "n_features_in_")


def change(path, edit):
    """Change the description in a file."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    about = json.loads(members["selective.json"])
    edit(about)
    members["selective.json"] = json.dumps(about).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)


@pytest.mark.filterwarnings("ignore:An error of at most")
@pytest.mark.parametrize(
    "params",
    [
        {},
        {"per_class": True, "rank_by": "margin"},
        {"target_error": 0.001, "abstain_label": "ask"},
    ],
)
def test_what_was_learned_comes_back(tmp_path, params):
    made = fitted_selective(**params).fit(X, Y)
    save_estimator(made, tmp_path / "model")
    loaded = load_estimator(tmp_path / "model")
    for name in LEARNED:
        np.testing.assert_array_equal(getattr(loaded, name), getattr(made, name))
    assert repr(loaded.calibration_) == repr(made.calibration_)
    assert loaded.predict(X).tolist() == made.predict(X).tolist()
    assert loaded.get_params(deep=False) == {
        **made.get_params(deep=False),
        "cv": "prefit",
        "estimator": loaded.estimator_,
    }


def test_fitting_it_again_finds_a_threshold_and_trains_nothing(tmp_path):
    made = fitted_selective().fit(X, Y)
    save_estimator(made, tmp_path / "model")
    loaded = load_estimator(tmp_path / "model").fit(X[:40], Y[:40])
    assert loaded.n_calibration_ == 40
    assert (loaded.predict_proba(X) == made.predict_proba(X)).all()


def test_a_function_to_rank_by_is_refused(tmp_path):
    made = fitted_selective(rank_by=lambda proba: proba.max(axis=1)).fit(X, Y)
    with pytest.raises(InputTypeError, match="Expected rank_by by name"):
        save_estimator(made, tmp_path / "model")


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda about: about.update(format=99), "has format 99, this version of keraswrap reads"),
        (lambda about: about["calibration"].append(about["calibration"][0]), "got 2"),
        (lambda about: about["calibration"][0].pop("level"), "Expected a threshold"),
        (lambda about: about["calibration"][0].update(threshold="0.5"), "Expected a threshold"),
        (lambda about: about["calibration"][0].update(n_accepted=1000), "Expected a threshold"),
        (lambda about: about.update(n_calibration=0), "Expected n_calibration"),
        (lambda about: about["params"].update(target_error=2), "target_error"),
        (lambda about: about["params"].pop("rank_by"), "corrupt"),
    ],
)
def test_a_description_that_cannot_be_is_refused(tmp_path, edit, said):
    save_estimator(fitted_selective().fit(X, Y), tmp_path / "model")
    change(tmp_path / "model", edit)
    with pytest.raises(SavedFileError, match=said):
        load_estimator(tmp_path / "model")


def test_a_selective_classifier_in_another_is_refused(tmp_path):
    inner = fitted_selective(target_error=0.9).fit(X, Y)
    outer = SelectiveClassifier(inner, target_error=0.9, cv="prefit").fit(X, Y)
    with pytest.raises(InputTypeError, match="Expected a fitted estimator of keraswrap"):
        save_estimator(outer, tmp_path / "model")
