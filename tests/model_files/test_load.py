"""Files by the class that they name; what is none, is refused."""

import io
import pickle
import zipfile

import joblib
import pytest
from checkpoints import write_checkpoint
from saved_models import X, fitted_model
from sklearn.dummy import DummyClassifier

from keraswrap.exceptions import InputTypeError, ParameterError, SavedFileError
from keraswrap.model_files import load_estimator, save_estimator
from keraswrap.text import TransformerClassifier


def pickled(value, compress=0):
    file = io.BytesIO()
    joblib.dump(value, file, compress=compress)
    return file.getvalue()


def zipped(**members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(name.replace("_json", ".json"), content)
    return file.getvalue()


def test_an_estimator_of_texts(tmp_path):
    texts, labels = ["it is good", "it broke"] * 3, ["good", "bad"] * 3
    bert = write_checkpoint(tmp_path / "bert", "bert")
    made = TransformerClassifier(bert, epochs=1, max_length=16, random_state=0).fit(texts, labels)
    save_estimator(made, tmp_path / "model")
    loaded = load_estimator(tmp_path / "model", batch_size=2)
    assert (loaded.predict_proba(texts) == made.predict_proba(texts)).all()
    assert loaded.batch_size == 2
    with pytest.raises(ParameterError, match="Expected custom_objects for a file of a wrapper"):
        load_estimator(tmp_path / "model", custom_objects={"Own": object})


@pytest.mark.parametrize("compress", [0, 3, ("gzip", 3), ("bz2", 3), ("xz", 3), ("lzma", 3)])
def test_a_pickle_only_if_it_is_trusted(compress):
    content = pickled(DummyClassifier().fit([[0.0]], ["yes"]), compress)
    with pytest.raises(SavedFileError, match="Expected a file without code, got a pickle"):
        load_estimator(io.BytesIO(content))
    assert load_estimator(io.BytesIO(content), trust_pickle=True).predict([[1.0]]) == ["yes"]


@pytest.mark.parametrize(
    ("content", "params", "error", "said"),
    [
        (pickled({"no": "estimator"}), {}, SavedFileError, "estimator with predict, got"),
        (pickle.dumps("x")[:-1], {}, SavedFileError, "cannot be loaded"),
        (pickled(DummyClassifier()), {"encoder": "x"}, ParameterError, "Expected no parameters"),
    ],
)
def test_a_pickle_of_something_else_is_refused(content, params, error, said):
    with pytest.raises(error, match=said):
        load_estimator(io.BytesIO(content), trust_pickle=True, **params)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "corrupt or something else"),
        (b"a text", "corrupt or something else"),
        (zipped(other_json="{}"), "corrupt or something else"),
        (zipped(estimator_json="[]"), "corrupt or something else"),
        (zipped(estimator_json='{"class": "Own", "format": 1}'), "one of 'Own'"),
        (zipped(selective_json='{"class": "SelectiveClassifier", "format": 1}'), "corrupt"),
    ],
)
def test_other_files_are_refused(content, said):
    with pytest.raises(SavedFileError, match=said):
        load_estimator(io.BytesIO(content))


def test_no_file_at_all():
    with pytest.raises(InputTypeError, match="Expected a path or a binary file"):
        load_estimator(42)


def test_a_parameter_of_none_is_refused(tmp_path):
    fitted_model().save(tmp_path / "model")
    with pytest.raises(ParameterError, match="epocs"):
        load_estimator(tmp_path / "model", epocs=3)
    assert (load_estimator(tmp_path / "model").predict(X) == fitted_model().predict(X)).all()
