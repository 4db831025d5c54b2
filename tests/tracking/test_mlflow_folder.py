"""MLflow's folder of a model: our file, and how it is loaded."""

import dataclasses
import io
import json

import pandas as pd
import pytest
from model_stubs import stub_bytes

from keraswrap.model_files import read_file_info
from keraswrap.tracking._mlflow_folder import INSIDE, LOADER, write_folder

mlflow = pytest.importorskip("mlflow", reason="needs the extra mlflow")
CONTENT = stub_bytes()
INFO = read_file_info(io.BytesIO(CONTENT))


def test_it_holds_our_file_and_no_pickle(tmp_path):
    folder = write_folder(CONTENT, INFO, tmp_path)
    assert (folder / INSIDE).read_bytes() == CONTENT
    flavors = mlflow.models.Model.load(str(folder)).flavors
    assert list(flavors) == ["python_function"]
    assert flavors["python_function"]["loader_module"] == LOADER
    assert not [path for path in folder.rglob("*.pkl")]
    assert "keraswrap" not in (folder / "requirements.txt").read_text()


@pytest.mark.parametrize("column", ["text", "review"])
def test_rows_of_a_model_of_texts_are_texts_in_a_column_of_any_name(tmp_path, column):
    about = dataclasses.replace(INFO, class_name="TransformerClassifier")
    model = mlflow.models.Model.load(str(write_folder(CONTENT, about, tmp_path)))
    assert json.loads(model.signature.to_dict()["inputs"]) == [{"type": "string", "required": True}]
    frame = pd.DataFrame({column: ["a", "b"]})
    enforced = mlflow.models.utils._enforce_schema(frame, model.signature.inputs)
    assert enforced.iloc[:, 0].tolist() == ["a", "b"]
