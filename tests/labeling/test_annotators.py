"""Annotators: every form is read and asked in one way, and answers become probabilities."""

import numpy as np
import pandas as pd
import pytest
from ruled_texts import PEOPLE, TEXTS, rule
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.dummy import DummyClassifier
from sklearn.svm import LinearSVC

from keraswrap.exceptions import InputError, InputTypeError
from keraswrap.labeling import label_texts
from keraswrap.labeling._annotators import Annotator, read_annotators, read_answers
from keraswrap.labeling._rows import read_rows
from keraswrap.llm import FakeLM, ZeroShotClassifier

ROWS = read_rows(["a", "b", "c"])
CLASSES = np.array(["no", "yes"])
NONE = [np.nan, np.nan]


def read(answers, columns=CLASSES, n=2):
    proba, outside = read_answers(answers, columns, CLASSES, (n, "one"))
    return proba.round(3).tolist(), outside


@pytest.mark.parametrize(
    ("answers", "expected", "outside"),
    [
        (["yes", "no"], [[0.1, 0.9], [0.9, 0.1]], 0),
        (["yes", "maybe"], [[0.1, 0.9], NONE], 1),
        ([None, np.nan], [NONE, NONE], 0),
        (pd.Series([pd.NA, "yes"], dtype="string"), [NONE, [0.1, 0.9]], 0),
        (["", "  "], [NONE, NONE], 0),
        (np.array([3, 4]), [NONE, NONE], 2),
        ([{}, "no"], [NONE, [0.9, 0.1]], 1),
        ([[0.2, 0.6], [3, 1]], [[0.25, 0.75], [0.75, 0.25]], 0),
        (np.array([[0, 0], [np.nan, 1]]), [NONE, NONE], 0),
        (pd.DataFrame({"yes": [0.8, 0.2], "no": [0.2, 0.8]}), [[0.2, 0.8], [0.8, 0.2]], 0),
        # Of three columns, what is outside the classes is left out.
        (pd.DataFrame({"yes": [0.3], "other": [0.6], "no": [0.1]}), [[0.25, 0.75]], 0),
        (pd.DataFrame({"yes": [0.0], "other": [1.0], "no": [0.0]}), [NONE], 0),
    ],
)
def test_answers_become_probabilities(answers, expected, outside):
    found = read(answers, n=len(answers))
    np.testing.assert_array_equal(found[0], expected)
    assert found[1] == outside


@pytest.mark.parametrize(
    ("answers", "match"),
    [
        (["yes"], r"label for each of 2 texts, or probabilities of shape \(2, 2\), got shape \(1,"),
        ([[1, 2, 3]] * 2, r"got shape \(2, 3\)"),
        ([[True, False]] * 2 + [[True]], "a label or probabilities for each of 2 texts, got list"),
        (None, "a label or probabilities for each of 2 texts, got NoneType"),
        ([[0.5, -0.5]] * 2, "probabilities of annotator 'one' from 0 on, got -0.5"),
        ([[0.5, np.inf]] * 2, "probabilities of annotator 'one' from 0 on, got inf"),
        (np.array([["yes", "no"]] * 2), r"got shape \(2, 2\) of dtype <U3"),
    ],
)
def test_answers_in_another_form_are_refused(answers, match):
    with pytest.raises(InputError, match=match):
        read(answers)


def fitted(classifier):
    return classifier.fit(np.zeros((2, 1)), ["no", "yes"])


@pytest.mark.parametrize(
    ("source", "kind", "classes"),
    [
        (rule, "function", []),
        (fitted(DummyClassifier()), "classifier", ["no", "yes"]),
        (DummyClassifier(), "trained", []),
        (ZeroShotClassifier(model=FakeLM()), "language model", []),
        (ZeroShotClassifier(model=FakeLM()).fit(None, ["a", "b"]), "language model", ["a", "b"]),
        (["yes", None, "no"], "labels", ["no", "yes"]),
        (np.full((3, 2), 0.5), "labels", []),
        (pd.DataFrame({"x": [0.1] * 3, "y": [0.9] * 3}), "labels", ["x", "y"]),
    ],
)
def test_each_form_has_its_kind_and_the_classes_that_it_names(source, kind, classes):
    (found,) = read_annotators(ROWS, {"one": source})
    assert (found.name, found.kind, found.classes) == ("one", kind, classes)


def test_names_are_those_of_functions_and_classes_numbered_where_they_repeat():
    listed = [rule, DummyClassifier(), DummyClassifier(), ["yes"] * 3]
    found = [one.name for one in read_annotators(ROWS, listed)]
    assert found == ["rule", "DummyClassifier 1", "DummyClassifier 2", "list"]
    frame = pd.DataFrame({"a": ["yes"] * 3, 2: ["no"] * 3})
    assert [one.name for one in read_annotators(ROWS, frame)] == ["a", "2"]


@pytest.mark.parametrize(
    ("given", "error", "match"),
    [
        ([], InputError, "Expected annotators, got none"),
        (rule, InputTypeError, "annotators as a list, or a dict by name, got function"),
        ([3], InputTypeError, "annotator 'int' to be a classifier, a function of texts, or a lab"),
        ([DummyClassifier], InputTypeError, "annotator 'DummyClassifier' to be a classifier"),
        ([LinearSVC()], InputTypeError, "annotator 'LinearSVC' with predict_proba, to be fitted"),
        ({"people": rule}, InputError, "none of them 'people'"),
        ({1: rule, "1": rule}, InputError, r"names of annotators that differ.* got \['1', '1'\]"),
        ([["good"] * 2], InputError, "for 3 rows, as X has, got 2"),
        ([pd.DataFrame({"label": ["a", "b", "a"]})], InputError, r"other values in \['label'\]"),
    ],
)
def test_what_is_no_annotator_is_refused(given, error, match):
    with pytest.raises(error, match=match):
        read_annotators(ROWS, given)


class Reversed(ClassifierMixin, BaseEstimator):
    classes_ = np.array(["yes", "no"])

    def fit(self, X, y):
        return self

    def predict(self, X):
        return ["yes"] * len(X)

    def predict_proba(self, X):
        return [[0.9, 0.1]] * len(X)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (["no", "yes", "no"], [[0.9, 0.1], [0.9, 0.1]]),
        (np.array([[1, 3], [0, 1], [1, 1]]), [[0.5, 0.5], [0.25, 0.75]]),
        (
            lambda texts: ["yes" if text == "a" else "no" for text in texts],
            [[0.9, 0.1], [0.1, 0.9]],
        ),
        (Reversed(), [[0.1, 0.9], [0.1, 0.9]]),
    ],
)
def test_asking_about_some_rows_answers_for_these_in_their_order(source, expected):
    (who,) = read_annotators(ROWS, {"one": source})
    places = np.array([2, 0])
    proba, outside = who.ask(ROWS.take(places), places, CLASSES)
    np.testing.assert_allclose(proba, expected)
    assert outside == 0


def test_a_language_model_without_labels_is_fitted_with_the_classes():
    (who,) = read_annotators(ROWS, [ZeroShotClassifier(model=FakeLM({"1": ["a"], "0": ["b"]}))])
    ready = who.prepare(np.array([0, 1]))
    assert (ready.classes, ready.kind) == ([0, 1], "language model")
    assert not hasattr(who.source, "classes_")
    assert ready.prepare(np.array([0, 1, 2])) is ready
    proba, _ = ready.ask(["a", "b"], np.arange(2), np.array([0, 1]))
    assert proba.argmax(axis=1).tolist() == [1, 0]


def test_annotators_that_ask_one_model_have_one_key():
    lm = FakeLM()
    by_model = [ZeroShotClassifier(model=lm, prompt=prompt) for prompt in ("a {text}", "b {text}")]
    one, same, other, function = read_annotators(
        ROWS, [*by_model, ZeroShotClassifier(model=FakeLM()), rule]
    )
    assert one.model == same.model
    assert len({one.model, other.model, function.model}) == 3
    named = Annotator("x", "language model", ZeroShotClassifier(model_name="some/model"), [])
    assert named.model == ("name", "some/model")


@pytest.mark.parametrize(
    ("source", "at_once"),
    [
        (ZeroShotClassifier(model=FakeLM()), False),
        (ZeroShotClassifier(model=FakeLM(), calibration="batch"), True),
        (["yes"] * 3, True),
        (rule, False),
    ],
)
def test_batch_calibration_needs_all_rows_at_once(source, at_once):
    assert read_annotators(ROWS, {"one": source})[0].at_once is at_once


@pytest.mark.parametrize("kind", [int, bool])
def test_a_language_model_answers_labels_that_are_no_texts(kind):
    model = FakeLM({str(kind(0)): ["broke"], str(kind(1)): ["fine"]})
    people = [kind(label == "good") if label else None for label in PEOPLE]
    table = label_texts(TEXTS, [ZeroShotClassifier(model=model)], people)
    assert table.label.tolist() == [kind("fine" in text) for text in TEXTS]


def test_scores_do_not_pass_for_probabilities():
    def logits(texts):
        return np.array([[-1.0, 2.0] if "fine" in text else [2.0, -1.0] for text in texts])

    with pytest.warns(UserWarning, match="probabilities of annotator 'logits' from 0 on, got -1"):
        table = label_texts(TEXTS, [logits], PEOPLE)
    assert table.annotators["n_answers"].tolist() == [0]
    assert table.acceptance.reason.startswith("No random row was asked about in full")


def test_a_classifier_that_knows_nothing_of_scikit_learn_is_taken_as_fitted():
    class Plain:
        def fit(self, X, y):
            raise AssertionError("fitted once more")

        def predict(self, texts):
            return ["good" if "fine" in text else "bad" for text in texts]

    texts = ["fine", "broke"] * 30
    table = label_texts(texts, {"plain": Plain()}, ["good", "bad"] * 25 + [None] * 10)
    assert table.answers["plain"].tolist() == ["good", "bad"] * 30
