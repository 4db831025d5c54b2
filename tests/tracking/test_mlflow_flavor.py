"""What MLflow's pyfunc answers; needs no MLflow."""

import joblib
import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.multioutput import MultiOutputClassifier

from keraswrap import KerasWrapperSequential
from keraswrap.exceptions import SavedFileError
from keraswrap.model_files import save_estimator
from keraswrap.selective import SelectiveClassifier
from keraswrap.tracking.mlflow_flavor import Predictor, _load_pyfunc

RNG = np.random.default_rng(0)
X = RNG.normal(size=(600, 2))
Y = np.where(X[:, 0] + RNG.normal(size=600) / 3 > 0, "yes", "no")
LINEAR = LogisticRegression().fit(X, Y)


def test_a_classifier_gives_labels_and_probabilities():
    found = Predictor(LINEAR).predict(X, params={})
    assert list(found) == ["label", "no", "yes"]
    assert (found["label"] == LINEAR.predict(X)).all()
    assert np.array_equal(found[["no", "yes"]], LINEAR.predict_proba(X))


def test_a_class_called_label_keeps_its_probability():
    fitted = DummyClassifier().fit(X[:3], ["label", "other", "label"])
    assert list(Predictor(fitted).predict(X)) == ["label", "probability of label", "other"]


def test_numbers_are_classes_too():
    found = Predictor(DummyClassifier().fit(X[:3], [3, 5, 3])).predict(X[:1])
    assert found.to_dict("records") == [
        {"label": 3, "3": pytest.approx(2 / 3), "5": pytest.approx(1 / 3)}
    ]


def test_no_answer_is_none():
    sure = SelectiveClassifier(LogisticRegression(), target_error=0.05).fit(X, Y)
    found = Predictor(sure).predict(np.array([[2.0, 0.0], [0.05, 0.0]]))
    assert found["label"].tolist() == ["yes", None]


@pytest.mark.parametrize(
    ("targets", "columns"),
    [(X[:, 0], ["prediction"]), (X, ["prediction_0", "prediction_1"])],
)
def test_a_regression_gives_predictions(targets, columns):
    found = Predictor(LinearRegression().fit(X, targets)).predict(X)
    assert list(found) == columns
    assert np.allclose(found.to_numpy().reshape(targets.shape), targets)


def test_several_outputs_are_predictions():
    both = MultiOutputClassifier(LogisticRegression()).fit(X, (X > 0).astype(int))
    found = Predictor(both).predict(X)
    assert np.array_equal(found[["prediction_0", "prediction_1"]], both.predict(X))


def test_a_column_of_texts_is_texts():
    class Longest(DummyClassifier):
        def predict_proba(self, texts):
            assert isinstance(texts, list)
            return np.array([[len(text) > 3, len(text) <= 3] for text in texts], dtype=float)

    fitted = Longest().fit([[0], [0]], ["long", "short"])
    found = Predictor(fitted).predict(pd.DataFrame({"text": ["a", "abcde"]}))
    assert found["long"].tolist() == [0.0, 1.0]


@pytest.mark.filterwarnings("error")
def test_names_of_columns_are_dropped_where_the_fit_had_none():
    frame = pd.DataFrame(X, columns=["a", "b"])
    assert np.array_equal(Predictor(LINEAR).predict(frame)["yes"], LINEAR.predict_proba(X)[:, 1])


def test_a_file_or_its_folder_is_loaded_and_no_pickle(tmp_path):
    layers = [keras.layers.Dense(2, activation="softmax")]
    fitted = KerasWrapperSequential(layers, random_state=0).fit(X, Y)
    (tmp_path / "data").mkdir()
    save_estimator(fitted, tmp_path / "data" / "model.keraswrap")
    for path in (tmp_path / "data", tmp_path / "data" / "model.keraswrap"):
        found = _load_pyfunc(str(path)).predict(X)
        assert np.array_equal(found[["no", "yes"]], fitted.predict_proba(X))
    joblib.dump(LINEAR, tmp_path / "a.joblib")
    with pytest.raises(SavedFileError, match="got a pickle"):
        _load_pyfunc(tmp_path / "a.joblib")
