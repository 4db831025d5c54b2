"""Save an estimator as an MLflow model that answers probabilities: run in MLflow's environment."""

from __future__ import annotations

import json
import os
import sys

os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"

import mlflow.sklearn

from keraswrap.model_files import load_estimator


def run(source, folder):
    # The documented way to have its server answer probabilities and not labels.
    mlflow.sklearn.save_model(
        load_estimator(source),
        folder,
        serialization_format="cloudpickle",
        pyfunc_predict_fn="predict_proba",
        pip_requirements=[],
    )


if __name__ == "__main__":
    run(**json.loads(sys.argv[1]))
