"""What a refit was worth, against fits made by hand."""

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import make_blobs
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import MultinomialNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline

from keraswrap.exceptions import InputError, ParameterError
from keraswrap.issues import act, apply_corrections, compare_refit, find_label_issues, hash_data

X, TRUTH = make_blobs(500, centers=2, cluster_std=1.5, random_state=0)
Y = np.where(np.random.default_rng(0).random(500) < 0.25, 1 - TRUTH, TRUTH)
TRAIN, TEST = (X[:300], Y[:300]), (X[300:], TRUTH[300:])
FOUND = find_label_issues(LogisticRegression(), *TRAIN)


@pytest.mark.parametrize("strategy", ["prune", "relabel", "weight"])
def test_fits_are_those_it_says(strategy):
    action, clf = act(FOUND, strategy), LogisticRegression()
    told = compare_refit(clf, TRAIN, TEST, action)
    keep = action.keep
    weights = None if action.weights is None else action.weights[keep]
    after = LogisticRegression().fit(X[:300][keep], action.labels[keep], weights).score(*TEST)
    assert told["before"] == LogisticRegression().fit(*TRAIN).score(*TEST)
    assert told["after"] == after
    assert (told["n_changed"], told["n_test"]) == (int(action.changed.sum()), 200)


def decide(actions):
    """Decide on the rows, as a report exports it; what is accepted is the truth."""
    rows, done = np.array([*actions]), np.array([*actions.values()])
    accepted = done == "accept"
    columns = {"row_id": rows, "given_label": Y[rows], "action": done}
    new = np.where(accepted, TRUTH[rows].astype(str), "")
    return pd.DataFrame({**columns, "new_label": new, "data_hash": hash_data(*TRAIN)})


@pytest.mark.parametrize("frame", [False, True])
def test_corrected_data_are_fitted_as_they_are(frame):
    worst = FOUND.ranking()[:60].tolist()
    decisions = decide({row: "accept" if row % 3 else "drop" for row in worst})
    table = pd.DataFrame(TRAIN[0]).assign(y=TRAIN[1])
    data, label = (table, "y") if frame else (TRAIN, None)
    done = apply_corrections(data, decisions, label=label)
    told = compare_refit(KNeighborsClassifier(1), TRAIN, TEST, done)
    features, labels = (done.data[[0, 1]].to_numpy(), done.data["y"]) if frame else done.data
    assert told["after"] == KNeighborsClassifier(1).fit(features, labels).score(*TEST)
    assert told["n_changed"] == done.n_changed + done.n_dropped > 20
    assert (told["strategy"], told["interval"][0] > 0) == ("corrected", True)


def test_corrected_labels_of_any_length_are_fitted():
    X, y = X_Y = np.arange(6.0)[:, None], ["a", "a", "a", "b", "b", "b"]
    one = {"row_id": 5, "given_label": "b", "action": "relabel", "new_label": "much longer"}
    decisions = pd.DataFrame([one | {"data_hash": hash_data(X, y)}])
    done = apply_corrections(X_Y, decisions, new_classes=["much longer"])
    told = compare_refit(KNeighborsClassifier(1), X_Y, (X[5:], ["much longer"]), done)
    assert (told["before"], told["after"]) == (0, 1)


def test_a_gain_is_told_from_luck():
    told = compare_refit(KNeighborsClassifier(1), TRAIN, TEST, FOUND)
    assert told["interval"][0] > 0
    truth = act(FOUND, "none")
    none = compare_refit(KNeighborsClassifier(1), TRAIN, TEST, truth)
    assert none["before"] == none["after"] == none["random"]
    assert none["interval"] == (0.0, 0.0)


def test_the_same_seed_gives_the_same():
    runs = [compare_refit(LogisticRegression(), TRAIN, TEST, FOUND, random_state=3) for _ in "ab"]
    assert runs[0] == runs[1]


def test_texts_and_names_are_taken():
    texts, labels = ["good book", "bad book", "fine film", "dull film"] * 20, ["y", "n"] * 40
    labels[4] = "n"
    clf = make_pipeline(CountVectorizer(), MultinomialNB())
    found = find_label_issues(clf, texts, labels)
    told = compare_refit(clf, (texts, labels), (texts[:4], labels[:4]), act(found, "weight"))
    assert told["after"] == 1


WRONG = int(np.flatnonzero(Y[:300] != TRUTH[:300])[0])
DONE = apply_corrections(TRAIN, decide({WRONG: "accept"}))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"train": (X, Y)}, "Expected the 300 rows .* got 500"),
        ({"test": (X[:0], Y[:0])}, "at least one row in test"),
        ({"n_random": 0}, "n_random ≥ 1"),
        ({"action": DONE, "train": (X, Y)}, "Expected the 300 rows .* got 500"),
        ({"action": DONE, "train": (X[:300], TRUTH[:300])}, "1 of which were changed, got [0-9]+"),
        ({"train": (X[:300], TRUTH[:300])}, "issues that were found for these labels"),
        *(
            ({"action": act(FOUND, name), "train": (X[:300], 1 - Y[:300])}, "an action on these")
            for name in ("none", "prune", "relabel", "weight")
        ),
        ({"test": (X[300:], TRUTH[300:].astype(str))}, "one kind .* got numbers and texts"),
    ],
)
def test_what_cannot_be_compared_is_refused(changed, message):
    given = {"train": TRAIN, "test": TEST, "action": FOUND, **changed}
    with pytest.raises((InputError, ParameterError), match=message):
        compare_refit(LogisticRegression(), **given)
