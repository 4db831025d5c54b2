"""Labels, their words, and the answers that mean them."""

import numpy as np
import pandas as pd
import pytest

from keraswrap.exceptions import InputError, ParameterError
from keraswrap.llm import FakeLM, ZeroShotClassifier
from keraswrap.llm._label_words import read_classes, read_words, show_labels
from keraswrap.llm._protocol import Continuation


@pytest.mark.parametrize(
    "y",
    [
        ["b", "a", "b"],
        ("b", "a"),
        np.array(["b", "a"]),
        np.array(["b", "a"], dtype=object),
        pd.Series(["b", "a"], index=[7, 3]),
        pd.Series(["b", "a"], dtype="category"),
    ],
)
def test_labels_may_be_held_in_anything(y):
    labels, classes = read_classes(y)
    assert classes.tolist() == ["a", "b"]
    assert labels.tolist() == list(y)


@pytest.mark.filterwarnings("error")
def test_each_label_may_come_once():
    assert len(read_classes([f"intent {n}" for n in range(77)])[1]) == 77


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (None, "Expected the labels in y, got None"),
        ("positive", "a list of labels in y, got one text"),
        ([], "at least one label in y, got none"),
        ([0, 1], "labels as texts, which the model can read, got 0.*names of the classes"),
        ([True, False], "labels as texts"),
        (["a", 1], r"labels of one kind, got \['int', 'str'\]"),
        (["a", None], "contains NaN, None or infinity, first in row 1"),
        (["a", " "], "labels with text in them, got an empty one"),
        (["a", "b\ud83d"], "valid Unicode, got half a character in row 1"),
        ([["a", "b"], ["b", "a"]], "one label for each row"),
    ],
)
def test_what_is_no_label_is_refused(y, message):
    with pytest.raises(InputError, match=message):
        read_classes(y)


@pytest.mark.parametrize(
    ("labels", "ends"),
    [
        (["bad", "good"], False),
        (["good", "good enough"], True),
        (["Good", "good enough"], False),
        (["a", "ab", "b"], True),
        (["ab", "ac", "a b"], False),
    ],
)
def test_answers_end_where_a_word_begins_another(labels, ends):
    words = read_words(labels)
    assert (words.words, words.ends) == (tuple(labels), ends)
    clf = ZeroShotClassifier(model=FakeLM()).fit(y=labels)
    assert clf._continuations() == tuple(Continuation(label, ends) for label in sorted(labels))


def test_a_label_may_have_several_words():
    words = read_words(["bad", "good"], {"good": ["superb", "great"]})
    assert words.words == ("bad", "superb", "great")
    assert words.owners.tolist() == [0, 1, 1]
    assert words.names == ("bad", "superb")


@pytest.mark.parametrize(
    ("verbalizers", "message"),
    [
        ({"goood": ["x"]}, "verbalizers of the labels.*got 'goood'"),
        ({"good": "superb"}, "a list of words for the label 'good'"),
        ({"good": []}, "a list of words for the label 'good'"),
        ({"good": [" "]}, "a list of words"),
        ({"good": ["bad"]}, "verbalizers that differ, got 'bad' twice"),
        ([["x"], ["y"]], "verbalizers as a dict by label"),
    ],
)
def test_verbalizers_are_words_by_label(verbalizers, message):
    with pytest.raises(ParameterError, match=message):
        read_words(["bad", "good"], verbalizers)


@pytest.mark.parametrize(
    ("answer", "label"),
    [
        ("good", "good"),
        ("  'Good'.\n", "good"),
        ("**SUPERB**", "good"),
        ("“bad”", "bad"),
        ("not good", None),
        ("good or bad", None),
        ("goodness", None),
        ("...", None),
        ("", None),
        (None, None),
    ],
)
def test_an_answer_is_a_label_or_none(answer, label):
    words = read_words(["bad", "good"], {"good": ["nice", "superb"]})
    found = words.match(answer)
    assert (None if found is None else words.classes[found]) == label


@pytest.mark.parametrize(("answer", "number"), [("US", 1), ("us", 2), ("Us", None), ("us.", None)])
def test_case_counts_where_labels_differ_by_nothing_else(answer, number):
    assert read_words(["UK", "US", "us"]).match(answer) == number


def test_labels_are_shown_by_their_first_words():
    words = read_words(["bad", "good"], {"good": ["superb", "great"]})
    assert show_labels(words) == "bad, superb"
    assert show_labels(words, {"good": "All is well."}) == "\n- bad\n- superb: All is well."


def test_labels_that_are_only_punctuation_can_be_named():
    words = read_words(["+", "-"])
    assert (words.match("-"), words.match(" + "), words.match("?")) == (1, 0, None)
