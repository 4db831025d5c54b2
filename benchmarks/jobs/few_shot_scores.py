"""Score probabilities of texts: accuracy, log loss, and expected calibration error."""

from __future__ import annotations

import numpy as np

BINS = 10


def scores(proba, rows):
    """Return figures of probabilities of shape (n, k) for the classes 0 to k - 1."""
    truth = np.asarray(rows["truth"])
    given = np.clip(proba[np.arange(len(truth)), truth], 1e-15, 1.0)
    sure, right = proba.max(axis=1), proba.argmax(axis=1) == truth
    bins = np.minimum((sure * BINS).astype(int), BINS - 1)
    gaps = [
        (bins == n).mean() * abs(sure[bins == n].mean() - right[bins == n].mean())
        for n in np.unique(bins)
    ]
    return {
        "accuracy": round(float(right.mean()), 4),
        "log_loss": round(float(-np.log(given).mean()), 4),
        "calibration_error": round(float(np.sum(gaps)), 4),
    }
