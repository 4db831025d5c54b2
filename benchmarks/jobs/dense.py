"""Run a grid search over a small dense net as each side does it: same net, grid and folds."""

from __future__ import annotations

import functools
import itertools
import warnings

from job import main, timed

# 5 rates x 2 batch sizes x 5 widths = 50 candidates.
RATES = (3e-4, 1e-3, 3e-3, 1e-2, 3e-2)
BATCHES = (32, 64)
WIDTHS = (8, 16, 32, 64, 128)


def data(rows):
    from sklearn.datasets import make_classification
    from sklearn.preprocessing import StandardScaler

    X, y = make_classification(
        rows, 20, n_informative=8, n_classes=3, n_clusters_per_class=2, random_state=0
    )
    return StandardScaler().fit_transform(X).astype("float32"), y


def build(width, meta):
    """Build the net of every side: two hidden layers, three classes."""
    import keras

    inputs = keras.Input((meta["n_features_in_"],))
    hidden = inputs
    for _ in range(2):
        hidden = keras.layers.Dense(width, activation="relu")(hidden)
    outputs = keras.layers.Dense(meta["n_classes_"], activation="softmax")(hidden)
    return keras.Model(inputs, outputs)


def ours(epochs):
    import keras  # noqa: F401  # its import is measured elsewhere

    from keraswrap import KerasWrapperModel
    from keraswrap.model_selection import GridSearchCV

    clf = KerasWrapperModel(
        build,
        {"width": 8},
        {"optimizer": "adam", "loss": "sparse_categorical_crossentropy"},
        {"epochs": epochs},
        random_state=0,
    )
    names = "compile__optimizer__learning_rate", "batch_size", "model__width"
    return clf, names, GridSearchCV


def ours_alone(epochs):
    """Return our search with each run trained by itself."""
    clf, names, search = ours(epochs)
    return clf, names, functools.partial(search, stack_fits=False)


def ours_in_sklearn(epochs):
    """Return our wrapper with scikit-learn's search, to see what reusing the net does alone."""
    from sklearn.model_selection import GridSearchCV

    clf, names, _ = ours(epochs)
    return clf, names, GridSearchCV


def scikeras(epochs):
    import keras
    from scikeras.wrappers import KerasClassifier
    from sklearn.model_selection import GridSearchCV

    keras.utils.set_random_seed(0)
    clf = KerasClassifier(
        build,
        width=8,
        optimizer="adam",
        optimizer__learning_rate=1e-3,
        loss="sparse_categorical_crossentropy",
        epochs=epochs,
        verbose=0,
    )
    names = "optimizer__learning_rate", "batch_size", "width"
    return clf, names, GridSearchCV


def mlp(epochs):
    """Return scikit-learn's own net, with one BLAS thread, since more are slower."""
    import threadpoolctl
    from sklearn.model_selection import GridSearchCV
    from sklearn.neural_network import MLPClassifier

    threadpoolctl.threadpool_limits(1, "blas")
    # As in Keras: no penalty, Keras's epsilon for Adam, and no early stopping.
    clf = MLPClassifier(
        alpha=0.0, epsilon=1e-7, max_iter=epochs, n_iter_no_change=epochs, tol=0.0, random_state=0
    )
    names = "learning_rate_init", "batch_size", "hidden_layer_sizes"
    return clf, names, GridSearchCV


SIDES = {
    "ours": ours,
    "ours alone": ours_alone,
    "ours in sklearn": ours_in_sklearn,
    "scikeras": scikeras,
    "mlp": mlp,
}


def grid(names, width_of, every):
    """Return the grid, or every n-th of its candidates if a side is slow."""
    values = RATES, BATCHES, [width_of(width) for width in WIDTHS]
    if every == 1:
        return dict(zip(names, map(list, values), strict=True))
    chosen = list(itertools.product(*values))[::every]
    return [dict(zip(names, ([value] for value in each), strict=True)) for each in chosen]


def run(side, rows, folds, epochs, every, n_jobs):
    from sklearn.model_selection import StratifiedKFold

    warnings.simplefilter("ignore")  # MLPClassifier's at every fit: it did not converge
    X, y = data(rows)
    clf, names, search = SIDES[side](epochs)
    candidates = grid(names, (lambda width: (width, width)) if side == "mlp" else int, every)
    splits = StratifiedKFold(folds, shuffle=True, random_state=0)
    seconds = {}
    with timed(seconds, "search"):
        found = search(
            clf, candidates, cv=splits, n_jobs=n_jobs, refit=False, error_score="raise"
        ).fit(X, y)
    scores = found.cv_results_["mean_test_score"]
    fits = len(scores) * folds
    best = [found.best_params_[name] for name in names]
    return {
        "seconds": seconds,
        "fits": fits,
        "seconds_a_fit": seconds["search"] / fits,
        "cpu_seconds_a_fit": seconds["search_cpu"] / fits,
        "best": dict(zip(("rate", "batch", "width"), best, strict=True)),
        "best_score": round(float(found.best_score_), 4),
        "scores": [round(float(score), 4) for score in scores],
    }


if __name__ == "__main__":
    main(run)
