"""Any number of labels for each text."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.metrics import f1_score
from sklearn.model_selection import GridSearchCV

from keraswrap.exceptions import InputError, ParameterError
from keraswrap.llm import FakeLM, MultiLabelZeroShotClassifier

CUES = {"price": "cheap", "speed": "quick", "sound": "loud"}
X = ["Cheap and quick.", "Loud!", "Nothing to say.", "Quick, loud and cheap."]
LISTS = [["price", "speed"], ["sound"], [], ["speed", "sound", "price"]]
Y = np.array([[1, 0, 1], [0, 1, 0], [0, 0, 0], [1, 1, 1]])  # price, sound, speed


def answer(prompt, word):
    text, label = prompt.split("Text:\n")[1].split("\n\nLabel: ")
    fits = CUES[label.split()[0]] in text.lower()
    return np.log(0.6 if fits == (word == "yes") else 0.2)


def make(**kwargs):
    return MultiLabelZeroShotClassifier(**{"model": FakeLM(answer), **kwargs})


@pytest.mark.parametrize("y", [list(CUES), LISTS, np.array(list(CUES)), pd.Series(LISTS)])
def test_each_label_is_asked_about(y):
    clf = make().fit(X, y)
    assert clf.classes_.tolist() == ["price", "sound", "speed"]
    np.testing.assert_array_equal(clf.predict(X), Y)
    np.testing.assert_allclose(clf.predict_proba(X), np.where(Y, 0.75, 0.25))


def test_columns_stay_where_they_are():
    frame = pd.DataFrame(Y[:, [2, 0, 1]], columns=["speed", "price", "sound"])
    for clf in (make().fit(X, frame), make(classes=list(frame)).fit(X, frame.to_numpy())):
        assert clf.classes_.tolist() == ["speed", "price", "sound"]
        assert f1_score(frame, clf.predict(X), average="macro") == 1
        assert clf.score(X, frame) == 1


@pytest.mark.parametrize(
    "call",
    [
        lambda clf, texts, labels, weights: clf.fit(texts, labels[::-1]),
        lambda clf, texts, labels, weights: clf.score(texts, labels[::-1]),
        lambda clf, texts, labels, weights: clf.score(texts, labels, weights[::-1]),
    ],
)
def test_rows_in_another_order_are_refused(call):
    rows = list("abcd")
    texts, weights = pd.Series(X, rows), pd.Series([1.0, 2, 3, 4], rows)
    labels = pd.DataFrame(Y, rows, ["price", "sound", "speed"])
    clf = make().fit(texts, labels)
    assert clf.score(texts, labels, weights) == 1
    with pytest.raises(InputError, match="same index values in another order"):
        call(clf, texts, labels, weights)


def test_the_threshold_decides():
    clf = make(threshold=0.8).fit(X, LISTS)
    assert clf.predict(X).sum() == 0
    assert clf.set_params(threshold=0.2).predict(X).all()


def test_what_is_asked():
    clf = make(descriptions={"price": "what it costs"}).fit(y=LISTS)
    prompt = clf.get_prompt("Fine {label}.", "price")
    assert prompt.endswith("Text:\nFine {label}.\n\nLabel: price (what it costs)\n\nAnswer:\n")
    with pytest.raises(ParameterError, match="got 'colour'"):
        clf.get_prompt("x", "colour")


@pytest.mark.parametrize("calibration", ["contextual", "batch"])
def test_what_a_model_affirms_anyway_is_taken_away(calibration):
    def eager(prompt, word):
        return answer(prompt, word) + (2.0 if word == "yes" else -1.0)

    assert make(model=FakeLM(eager)).fit(X, LISTS).predict(X).all()
    clf = make(model=FakeLM(eager), calibration=calibration).fit(X, LISTS)
    assert clf.prior_.shape == (3, 2)
    proba = clf.predict_proba(X)
    assert (proba[Y == 1].min(), proba[Y == 0].max()) > (0.5, 0.0)
    assert proba[Y == 0].max() < proba[Y == 1].min()


def test_batch_calibration_compares_texts():
    clf = make(calibration="batch").fit(y=LISTS)
    assert clf.predict_proba(X).shape == (4, 3)
    with pytest.raises(InputError, match="several texts to calibrate by, got 1"):
        clf.predict(X[:1])


def test_answers_in_words():
    said = {"price": "Yes.", "sound": "no", "speed": "Who knows?"}
    says = FakeLM(gives_log_probs=False, says=lambda p: said[p.split("Label: ")[-1].split("\n")[0]])
    clf = make(model=says).fit(y=LISTS)
    with (
        pytest.warns(UserWarning, match="gave no log-probabilities for 2 of 3"),
        pytest.warns(UserWarning, match="to 1 of 3 questions was neither of"),
    ):
        assert clf.predict(["x"]).tolist() == [[1, 0, None]]
    assert clf.answers_ == list(said.values())


def test_it_can_be_searched_and_copied():
    model = FakeLM(answer)
    clf = make(model=model)
    assert clone(clf).model is model
    frame = pd.DataFrame(Y, columns=["price", "sound", "speed"])
    search = GridSearchCV(clf, {"threshold": [0.1, 0.5, 0.9]}, cv=2).fit(X, frame)
    assert search.best_params_ == {"threshold": 0.5}
    assert len(model.calls) == 12


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"threshold": 2}, "threshold between 0 and 1"),
        ({"answers": ("yes",)}, "answers as two texts"),
        ({"answers": ("yes", "yes")}, "got 'yes' twice"),
        ({"prompt": "{text}"}, r"with the field \{label\}"),
        ({"model": None}, "got neither"),
        ({"descriptions": {"colour": "x"}}, "got 'colour'"),
    ],
)
def test_parameters_are_checked(change, message):
    with pytest.raises(ParameterError, match=message):
        make(**change).fit(X, LISTS)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (None, "got None"),
        (Y, "a name for each of 3 columns of y, got None"),
        (pd.DataFrame(Y), "labels as texts"),
        ([["a"], "b"], "a list of labels for each text"),
        (LISTS[:3], "the same length, got 4 texts and labels of 3"),
        (pd.DataFrame(Y[:3], columns=list("abc")), "the same length, got 4 texts"),
        ([[]], "at least one label"),
        (pd.DataFrame(Y, columns=["a", "a", "b"]), "different names"),
    ],
)
def test_labels_are_checked(y, message):
    with pytest.raises(InputError, match=message):
        make().fit(X, y)
