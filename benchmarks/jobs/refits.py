"""Fit a small net two hundred times in one process, and record its memory."""

from __future__ import annotations

import ctypes
import gc
import os

import numpy as np
from dense import build, data
from job import main

WIDTH, BATCH, EPOCHS = 32, 32, 2


def resident():
    """Return this process's memory in MB, without what the allocator could return."""
    gc.collect()
    ctypes.CDLL("libc.so.6").malloc_trim(0)
    with open("/proc/self/statm", encoding="ascii") as pages:
        return int(pages.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def ours(rate):
    from keraswrap import KerasWrapperModel

    return KerasWrapperModel(
        build,
        {"width": WIDTH},
        {
            "optimizer": "adam",
            "optimizer__learning_rate": rate,
            "loss": "sparse_categorical_crossentropy",
        },
        {"epochs": EPOCHS, "batch_size": BATCH},
        random_state=0,
    )


def scikeras(rate):
    from scikeras.wrappers import KerasClassifier

    return KerasClassifier(
        build,
        width=WIDTH,
        optimizer="adam",
        optimizer__learning_rate=rate,
        loss="sparse_categorical_crossentropy",
        epochs=EPOCHS,
        batch_size=BATCH,
        verbose=0,
    )


def keras_wrappers(rate):
    from keras.optimizers import Adam
    from keras.wrappers import SKLearnClassifier

    def compiled(X, y):
        net = build(WIDTH, {"n_features_in_": X.shape[1], "n_classes_": y.shape[1]})
        net.compile(Adam(rate), "categorical_crossentropy")
        return net

    kwargs = {"epochs": EPOCHS, "batch_size": BATCH, "verbose": 0}
    return SKLearnClassifier(compiled, fit_kwargs=kwargs)


SIDES = {"ours": ours, "scikeras": scikeras, "keras.wrappers": keras_wrappers}


def run(side, rows, fits, every, kept):
    """Fit with a different learning rate each time; keep the last estimators, drop all others."""
    X, y = data(rows)
    rates = np.geomspace(1e-4, 1e-2, fits)
    held, memory = [], {}
    for number, rate in enumerate(rates, 1):
        clf = SIDES[side](float(rate)).fit(X, y)
        clf.predict(X)
        del clf
        if number % every == 0:
            memory[number] = round(resident(), 2)
    before = resident()
    for rate in rates[:kept]:
        held.append(SIDES[side](float(rate)).fit(X, y))
    after = resident()
    numbers = [n for n in memory if n > fits // 4]
    slope = np.polyfit(numbers, [memory[n] for n in numbers], 1)[0]
    return {
        "mb": memory,
        "mb_a_fit": round(float(slope), 4),
        "kept": len(held),
        "kept_mb_each": round((after - before) / kept, 4),
        "weights_mb_each": round(weights(X, y) * 4 / 1e6, 4),
    }


def weights(X, y):
    """Count the parameters of such a net."""
    meta = {"n_features_in_": X.shape[1], "n_classes_": len(set(y))}
    return build(WIDTH, meta).count_params()


if __name__ == "__main__":
    main(run)
