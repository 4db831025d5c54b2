"""Run NannyML's defaults on draws of old and new rows; run by the peer's Python."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

os.environ["NML_DISABLE_USAGE_LOGGING"] = "1"

import nannyml
import numpy as np
import pandas as pd
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer

VECTORS = [f"v{k}" for k in range(20)]


def frames(folder, seed):
    """Return reference and new rows; vectors are those of the reference's words."""
    old, new = (np.load(folder / f"{seed}_{name}.npz") for name in ("old", "new"))
    words = TfidfVectorizer(min_df=2).fit(old["texts"])
    svd = TruncatedSVD(len(VECTORS), random_state=0).fit(words.transform(old["texts"]))
    for part in (old, new):
        second = part["classes"][1]
        frame = pd.DataFrame(svd.transform(words.transform(part["texts"])), columns=VECTORS)
        frame["p"] = part["proba"][:, 1]
        frame["predicted"], frame["y"] = (frame["p"] > 0.5).astype(int), part["y"] == second
        yield frame.assign(y=frame["y"].astype(int))


def alarms(old, new):
    told = {"y_pred": "predicted", "y_pred_proba": "p", "y_true": "y"}
    told |= {"problem_type": "classification_binary", "metrics": ["accuracy"]}
    vectors = nannyml.DataReconstructionDriftCalculator(column_names=VECTORS).fit(old)
    single = nannyml.UnivariateDriftCalculator(
        column_names=["p", "predicted"], treat_as_categorical=["predicted"]
    ).fit(old)
    return {
        "vectors (PCA)": alert(vectors.calculate(new)),
        "outputs": alert(single.calculate(new)),
        "expected accuracy (CBPE)": alert(nannyml.CBPE(**told).fit(old).estimate(new)),
        "real accuracy": alert(nannyml.PerformanceCalculator(**told).fit(old).calculate(new)),
    }


def alert(result):
    frame = result.filter(period="analysis").to_df()
    columns = [name for name in frame.columns if name[-1] == "alert"]
    return bool(frame[columns].to_numpy(bool).any())


def main(folder, draws, made):
    found, seconds = [], []
    for seed in range(int(draws)):
        old, new = frames(Path(folder), seed)
        start = time.perf_counter()
        found.append(alarms(old, new))
        seconds.append(time.perf_counter() - start)
    rates = {name: [one[name] for one in found] for name in found[0]}
    rates["any"] = [any(one.values()) for one in found]
    np.savez(made, seconds=seconds, **rates)


if __name__ == "__main__":
    main(*sys.argv[1:])
