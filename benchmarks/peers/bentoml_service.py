"""A BentoML service around ``predict_proba``, with adaptive batching."""

from __future__ import annotations

import os

import bentoml
import numpy as np

from keraswrap.model_files import load_estimator

# The largest request that is measured: BentoML refuses those above a batch.
MOST_ROWS = 512


@bentoml.service(workers=1, logging={"access": {"enabled": False}})
class Served:
    def __init__(self) -> None:
        self.model = load_estimator(os.environ["SERVED_MODEL"])

    @bentoml.api(batchable=True, max_batch_size=MOST_ROWS)
    def rows(self, rows: np.ndarray) -> np.ndarray:
        return self.model.predict_proba(rows)

    @bentoml.api(batchable=True, max_batch_size=MOST_ROWS)
    def texts(self, texts: list[str]) -> np.ndarray:
        return self.model.predict_proba(list(texts))
