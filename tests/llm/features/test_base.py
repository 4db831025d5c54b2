"""What a survey checks before it asks, and what it learns: parameters, texts, calibration."""

import numpy as np
import pandas as pd
import pytest
from asked_reviews import EXPECTED, QUALITY, TEXTS, answer

from keraswrap.exceptions import InputError, InputTypeError, ParameterError, SavedFileError
from keraswrap.llm import FakeLM


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA, pd.NaT, "", "  \n"])
def test_nothing_is_asked_about_a_missing_text(make, lm, missing):
    features = make()
    found = features.fit_transform([missing, TEXTS[0]])
    assert np.isnan(found[0]).all()
    np.testing.assert_allclose(found[1], EXPECTED[0])
    assert len(lm.calls) == 2
    assert features.answered_share_ == {"quality": 0.5, "topic": 0.5}
    assert np.isnan(features.transform([missing])).all()


@pytest.mark.parametrize("calibration", ["contextual", "batch"])
def test_what_a_model_prefers_anyway_is_divided_out(make, calibration):
    def eager(prompt, word):
        return answer(prompt, word) + (2.0 if word == "good" else 0.0)

    biased = make([QUALITY], model=FakeLM(eager)).fit_transform(TEXTS)
    features = make([QUALITY], model=FakeLM(eager), calibration=calibration)
    found = features.fit_transform(TEXTS)
    assert biased.min() > 0.2
    assert found[0] < -0.2
    assert found[1] > 0.2
    assert features.priors_["quality"].sum() == pytest.approx(1)


def test_calibration_is_learned_in_fit_alone(make, lm):
    features = make(calibration="batch").fit(TEXTS[:2])
    assert len(lm.calls) == 4
    alone = np.vstack([features.transform([text]) for text in TEXTS])
    np.testing.assert_array_equal(alone, features.transform(TEXTS))
    with pytest.raises(ParameterError, match="log-probabilities to calibrate by, got none"):
        make(calibration="batch").fit([None, None])


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"output": "labels"}, ParameterError, "output to be one of"),
        ({"calibration": "platt"}, ParameterError, "calibration to be one of"),
        ({"examples": 3}, ParameterError, "examples to be one of"),
        ({"cv": 1}, ParameterError, "cv as a whole number from 2 on"),
        ({"n_examples": 0}, ParameterError, "n_examples as a whole number from 1 on"),
        ({"chat": "yes"}, ParameterError, "chat as a bool"),
        ({"max_cost": float("nan")}, ParameterError, "max_cost as a number"),
        ({"progress": "no"}, ParameterError, "progress as a bool"),
        ({"prompt": "{text}"}, ParameterError, r"with the field \{question\}"),
        ({"model": 3}, InputTypeError, "model to be a LanguageModel or the name of one, got int"),
        ({"questions": []}, ParameterError, "at least one question"),
    ],
)
def test_parameters_are_checked_before_anything_is_asked(make, lm, change, error, message):
    with pytest.raises(error, match=message):
        make(**change).fit(TEXTS)
    assert not lm.calls


@pytest.mark.parametrize(
    ("X", "error", "message"),
    [
        ([], InputError, "at least one text"),
        ("one", InputTypeError, "a list of texts, got one str"),
        ([3], InputTypeError, "got 3 in row 0"),
        ([b"x"], InputTypeError, "Decode it"),
        (["\ud800"], InputError, "valid Unicode"),
        (pd.DataFrame({"a": TEXTS, "b": TEXTS}), InputError, "one column of texts"),
    ],
)
def test_texts_are_checked(make, lm, X, error, message):
    with pytest.raises(error, match=message):
        make().fit_transform(X)
    assert not lm.calls


def test_a_failed_fit_leaves_what_was_fitted(make):
    features = make().fit(TEXTS)
    with pytest.raises(InputTypeError, match="got 3"):
        features.fit([3])
    np.testing.assert_allclose(features.transform(TEXTS), EXPECTED)


def test_a_corrupt_cache_is_refused_before_anything_is_asked(make, lm, tmp_path):
    path = tmp_path / "answers"
    path.write_bytes(b"no cache" * 1000)
    with pytest.raises(SavedFileError, match="damaged or of another program"):
        make(cache=path).fit(TEXTS)
    assert not lm.calls
    assert path.read_bytes() == b"no cache" * 1000
