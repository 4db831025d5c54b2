"""Run the article's job as each side does it: tune a fine-tuned encoder, clean its labels.

Grid search with a final fit, label issues by cross-validation, and a fit without
them. The peers follow the article: GridSearchCV of scikit-learn, then CleanLearning
with k + 1 fits. keraswrap uses the probabilities that its search has kept.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from job import main, timed

REVIEWS = Path(__file__).parents[2] / ".peers"


def reviews(rows, test_rows, max_length, seed):
    """Read what bench_article.py wrote: ids, labels, and where the encoder is."""
    with np.load(REVIEWS / f"reviews-{rows}-{test_rows}-{max_length}-{seed}.npz") as held:
        return {name: held[name] for name in held.files}


def net_kwargs(encoder, trainable):
    return {"encoder": encoder, "n_classes": 2, "trainable": trainable}


def compiled(jit_compile, rate, loss, net):
    """Return the net of every side, compiled, for wrappers that do not compile."""
    import keras

    from keraswrap.text import build_text_classifier

    model = build_text_classifier(**net)
    model.compile(keras.optimizers.Adam(rate), loss, jit_compile=jit_compile)
    return model


def make_cleanlab(net, rate, jit_compile):
    import keras
    from peers_patched import cleanlab_wrapper

    from keraswrap.text import build_text_classifier

    compile_kwargs = {
        "optimizer": keras.optimizers.Adam(rate),
        "loss": keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        "jit_compile": jit_compile,
    }
    clf = cleanlab_wrapper()(build_text_classifier, net, compile_kwargs, {"verbose": 0})
    return clf, lambda batch, epochs: {"batch_size": [batch], "epochs": [epochs]}


def make_scikeras(net, rate, jit_compile):
    import keras
    from scikeras.wrappers import KerasClassifier

    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)

    class Logits(KerasClassifier):
        # 1: the wrapper takes a net's outputs for probabilities, but this net returns logits.
        def predict_proba(self, X, **kwargs):
            scores = self.model_.predict(X, verbose=0, batch_size=32)
            powers = np.exp(scores - scores.max(axis=1, keepdims=True))
            return powers / powers.sum(axis=1, keepdims=True)

        def predict(self, X, **kwargs):
            return self.classes_[self.predict_proba(X).argmax(axis=1)]

    def build():
        return compiled(jit_compile, rate, loss, net)

    clf = Logits(build, verbose=0)
    return clf, lambda batch, epochs: {"batch_size": [batch], "epochs": [epochs]}


def make_keras(net, rate, jit_compile):
    from peers_patched import keras_wrapper

    def build(X, y):
        import keras

        # The wrapper one-hot encodes labels.
        loss = keras.losses.CategoricalCrossentropy(from_logits=True)
        return compiled(jit_compile, rate, loss, net)

    def candidate(batch, epochs):
        return {"fit_kwargs": [{"batch_size": batch, "epochs": epochs, "verbose": 0}]}

    return keras_wrapper()(build, fit_kwargs={"verbose": 0}), candidate


PEERS = {"cleanlab": make_cleanlab, "scikeras": make_scikeras, "keras.wrappers": make_keras}


def splitter(folds, seed):
    from sklearn.model_selection import StratifiedKFold

    return StratifiedKFold(folds, shuffle=True, random_state=seed)


def do_as_the_article(side, held, task, seconds, precision, jit_compile):
    """Tune with scikit-learn's search, clean with CleanLearning, both with fits of their own."""
    import keras
    from cleanlab.classification import CleanLearning
    from sklearn.base import clone
    from sklearn.model_selection import GridSearchCV

    keras.config.set_dtype_policy(precision)
    keras.utils.set_random_seed(task["seed"])
    net = net_kwargs(str(held["encoder"]), task["trainable"])
    clf, candidate = PEERS[side](net, task["rate"], jit_compile)
    grid = [candidate(batch, epochs) for batch in task["batches"] for epochs in task["epochs"]]
    folds = splitter(task["folds"], task["seed"])
    with timed(seconds, "tuning"):
        search = GridSearchCV(clf, grid, scoring="accuracy", cv=folds, error_score="raise")
        search.fit(held["ids"], held["given"])
    before = search.predict(held["test_ids"])
    best = clone(clf).set_params(**search.best_params_)
    with timed(seconds, "cleaning"):
        cleaner = CleanLearning(best, seed=task["seed"], cv_n_folds=task["folds"])
        cleaner.fit(held["ids"], held["given"])
    found = cleaner.get_label_issues()["is_label_issue"].to_numpy()
    if "keraswrap._engine" in sys.modules:
        raise AssertionError("Expected nothing of keraswrap to train a peer's net.")
    return search, before, found, cleaner.predict(held["test_ids"]), {}


def do_ours(held, task, seconds):
    """Tune with a search that shares its runs, and clean with the probabilities it kept."""
    import keras  # noqa: F401  # its import is measured elsewhere
    from cleanlab.classification import CleanLearning
    from sklearn.base import clone

    from keraswrap import KerasWrapperModel
    from keraswrap.model_selection import GridSearchCV
    from keraswrap.text import build_text_classifier

    clf = KerasWrapperModel(
        build_text_classifier,
        net_kwargs(str(held["encoder"]), task["trainable"]),
        {"optimizer": "adam", "optimizer__learning_rate": task["rate"]},
        random_state=task["seed"],
    )
    grid = {"batch_size": task["batches"], "epochs": task["epochs"]}
    folds = splitter(task["folds"], task["seed"])
    with timed(seconds, "tuning"):
        search = GridSearchCV(clf, grid, scoring="accuracy", cv=folds, error_score="raise")
        search.fit(held["ids"], held["given"])
    before = search.predict(held["test_ids"])
    with timed(seconds, "cleaning"):
        best = clone(clf).set_params(**search.best_params_)
        cleaner = CleanLearning(best, seed=task["seed"])
        cleaner.fit(held["ids"], held["given"], pred_probs=search.oof_proba_)
    found = cleaner.get_label_issues()["is_label_issue"].to_numpy()
    fitted = search.best_estimator_
    chose = {"precision": fitted.precision_, "jit_compile": fitted.jit_compile_}
    return search, before, found, cleaner.predict(held["test_ids"]), {"chose": chose}


def run(side, rows, test_rows, max_length, seed, precision=None, jit_compile=None, **task):
    task |= {"seed": seed}
    held = reviews(rows, test_rows, max_length, seed)
    seconds = {}
    if side == "ours":
        done = do_ours(held, task, seconds)
    else:
        done = do_as_the_article(side, held, task, seconds, precision, jit_compile)
    search, before, found, after, more = done
    best = search.best_params_.get("fit_kwargs", search.best_params_)
    wrong = held["given"] != held["truth"]
    return {
        "seconds": seconds,
        "total": round(seconds["tuning"] + seconds["cleaning"], 2),
        "total_cpu": round(seconds["tuning_cpu"] + seconds["cleaning_cpu"], 2),
        "best_params": {name: best[name] for name in ("batch_size", "epochs")},
        "search_accuracy": round(float(search.best_score_), 4),
        "candidates": [round(float(s), 4) for s in search.cv_results_["mean_test_score"]],
        "accuracy": {
            "before": float(np.mean(before == held["test_truth"])),
            "after": float(np.mean(after == held["test_truth"])),
        },
        "issues": {"found": int(found.sum()), "right": int((found & wrong).sum())},
        **more,
    }


if __name__ == "__main__":
    main(run)
