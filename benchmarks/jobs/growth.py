"""Time one fit on more and more rows, or one search over more and more candidates."""

from __future__ import annotations

import warnings

import numpy as np
from dense import build, data
from job import main, timed

WIDTH = 16


def ours(epochs, batch):
    from refits import ours as make

    return make(1e-3).set_params(epochs=epochs, batch_size=batch)


def mlp(epochs, batch):
    import threadpoolctl
    from sklearn.neural_network import MLPClassifier

    threadpoolctl.threadpool_limits(1, "blas")
    return MLPClassifier(
        (WIDTH, WIDTH), alpha=0.0, batch_size=batch, max_iter=epochs, tol=0.0, random_state=0
    )


def plain(epochs, batch):
    """Return plain Keras: build, compile, fit."""
    import keras

    class Plain:
        def fit(self, X, y):
            meta = {"n_features_in_": X.shape[1], "n_classes_": 3}
            net = build(WIDTH, meta)
            net.compile("adam", "sparse_categorical_crossentropy")
            net.fit(X, y, batch_size=batch, epochs=epochs, verbose=0)
            return self

    keras.utils.set_random_seed(0)
    return Plain()


SIDES = {"ours": ours, "mlp": mlp, "keras": plain}


def run(side, rows, epochs, batch, candidates=0, folds=0):
    warnings.simplefilter("ignore")  # MLPClassifier's: it did not converge
    X, y = data(rows)
    seconds = {}
    if candidates:
        search = make_search(side, epochs, batch, candidates, folds)
        with timed(seconds, "work"):
            search.fit(X, y)
    else:
        SIDES[side](1, batch).fit(X[: 4 * batch], y[: 4 * batch])  # loads and traces
        clf = SIDES[side](epochs, batch)
        with timed(seconds, "work"):
            clf.fit(X, y)
    return {"seconds": seconds}


def make_search(side, epochs, batch, candidates, folds):
    if side == "ours":
        import keras  # noqa: F401  # its import is measured elsewhere

        from keraswrap.model_selection import GridSearchCV
    else:
        from sklearn.model_selection import GridSearchCV
    name = "compile__optimizer__learning_rate" if side == "ours" else "learning_rate_init"
    grid = {name: np.geomspace(1e-4, 1e-2, candidates).tolist()}
    return GridSearchCV(SIDES[side](epochs, batch), grid, cv=folds, refit=False)


if __name__ == "__main__":
    main(run)
