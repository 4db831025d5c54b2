"""A model's file as MLflow's folder of a model, which pyfunc loads without a pickle."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from keraswrap.tracking._mlflow_client import load_mlflow

if TYPE_CHECKING:
    from mlflow.models import ModelSignature

    from keraswrap.model_files import FileInfo

__all__ = ["FILE", "LOADER", "write_folder"]

# Both are recorded with every model, so they stay.
LOADER = "keraswrap.tracking.mlflow_flavor"
FILE = "model.keraswrap"
# Where MLflow puts it in the folder.
INSIDE = f"data/{FILE}"
_TEXTS = ("TransformerClassifier", "TransformerRegressor")


def write_folder(content: bytes, info: FileInfo, parent: Path) -> Path:
    """Write MLflow's folder of a model into `parent`, and return it.

    keraswrap is not among the requirements: an environment made from these would ask a
    package index for a name that is not ours there.
    """
    load_mlflow()
    from mlflow import pyfunc
    from mlflow.models import Model

    metadata = {"keraswrap.class": info.class_name, "keraswrap.sha256": info.sha256}
    file, folder = parent / FILE, parent / "model"
    file.write_bytes(content)
    pyfunc.save_model(
        path=str(folder),
        loader_module=LOADER,
        data_path=str(file),
        pip_requirements=_requirements(info),
        # Ready-made: with a signature of its own, save_model warns that there is no example.
        mlflow_model=Model(signature=_signature(info), metadata=metadata),
    )
    return folder


def _requirements(info: FileInfo) -> list[str]:
    left_out = ("python", "keraswrap")
    return [f"{name}=={v}" for name, v in sorted(info.versions.items()) if name not in left_out]


def _signature(info: FileInfo) -> ModelSignature | None:
    """Say that rows are texts, in a column of any name; of tables, columns are not known here."""
    if info.class_name not in _TEXTS:
        return None
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, DataType, Schema

    return ModelSignature(inputs=Schema([ColSpec(DataType.string)]))
