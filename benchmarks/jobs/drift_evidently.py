"""Run evidently's preset of data drift on draws of old and new rows, by the peer's Python."""

from __future__ import annotations

import os
import sys
import time
import warnings
from pathlib import Path

os.environ["DO_NOT_TRACK"] = "1"

import numpy as np
import pandas as pd
from evidently import DataDefinition, Dataset, Report
from evidently.presets import DataDriftPreset

KINDS = DataDefinition(
    text_columns=["text"],
    categorical_columns=["predicted"],
    numerical_columns=["confidence", "characters"],
)


def read(folder, seed, name):
    part = np.load(folder / f"{seed}_{name}.npz")
    frame = pd.DataFrame({"text": part["texts"]})
    frame["predicted"] = part["classes"][part["proba"].argmax(axis=1)]
    frame["confidence"] = part["proba"].max(axis=1)
    frame["characters"] = frame["text"].str.len()
    return Dataset.from_pandas(frame, data_definition=KINDS)


def alarms(old, new):
    metrics = Report([DataDriftPreset()]).run(new, old).dict()["metrics"]
    count = next(m["value"] for m in metrics if m["metric_name"].startswith("DriftedColumns"))
    return {"data set": count["share"] >= 0.5, "any": count["count"] > 0}


def main(folder, draws, made):
    warnings.simplefilter("ignore")
    found, seconds = [], []
    for seed in range(int(draws)):
        old, new = (read(Path(folder), seed, name) for name in ("old", "new"))
        start = time.perf_counter()
        found.append(alarms(old, new))
        seconds.append(time.perf_counter() - start)
    rates = {name: [one[name] for one in found] for name in found[0]}
    np.savez(made, seconds=seconds, **rates)


if __name__ == "__main__":
    main(*sys.argv[1:])
