"""check_synthetic: one that copies is caught, one that writes anew passes."""

import numpy as np
import pandas as pd
import pytest
from fake_writers import copier, rows, writer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from keraswrap.exceptions import InputError, InputTypeError, ParameterError
from keraswrap.synthetic import TextSynthesizer, check_synthetic

TEXTS, LABELS = rows(40)
TRAIN, HELD = (TEXTS[::2], LABELS[::2]), (TEXTS[1::2], LABELS[1::2])


NEW = ", which nobody here could ever have expected of it"


def made_by(model, n=20, **params):
    maker = TextSynthesizer(model, **{"max_tries": 5, "checks": ["repeat"], **params})
    return maker.fit(*TRAIN).sample(n, "bad")


def check(made, **params):
    return check_synthetic(made, TRAIN[0], HELD[0], TRAIN[1], HELD[1], **params)


def kinds(found):
    return [one.kind for one in found.findings]


def test_a_generator_that_copies_is_caught():
    made = made_by(copier(), checks=[], n=10)
    found = check(made)
    assert not found.passes
    assert kinds(found)[0] == "copy"
    assert found.copying.n_copies == 10
    assert found.nearest.share == 1
    assert "nearer_to_train" in kinds(found)
    assert found.copying.run_share == 1
    assert "error: Texts that are copies of training rows: 10." in str(found)


def test_a_generator_that_adds_a_word_is_caught():
    model = copier()
    says = model.says
    model.says = lambda prompt: says(prompt) + " Truly."
    found = check(made_by(model, checks=[], n=10))
    assert not found.passes
    assert found.copying.n_near_copies == 10


def test_one_that_writes_anew_passes():
    found = check(made_by(writer()))
    assert found.passes
    assert found.findings == ()
    assert found.copying.n_copies == found.copying.n_near_copies == 0
    assert found.nearest.low <= found.nearest.share <= found.nearest.high
    assert found.labels.share == found.labels.real_share == 0
    assert "no sign of memorizing" in str(found)
    assert "does not show that nobody can be recognized" in str(found)


def test_one_that_rewords_its_examples_passes_with_a_warning():
    model = copier()
    says = model.says
    model.says = lambda prompt: " ".join(says(prompt).split()[-8:]) + NEW
    found = check(made_by(model, checks=[]))
    assert found.passes
    assert found.nearest.verdict == "nearer to training rows"


def test_wrong_labels_are_found():
    model = writer()
    says = model.says
    model.says = lambda prompt, sampling: says(prompt.replace('"bad"', '"good"'), sampling)
    found = check(made_by(model, n=10))
    assert found.labels.share == 1
    assert found.labels.real_share == 0
    assert "label_issue" in kinds(found)


@pytest.mark.parametrize("of", [list, np.array, pd.Series])
def test_plain_texts_are_checked_too_but_not_their_labels(of):
    found = check_synthetic(of(["It broke.", "Quite a new text."]), ["it broke"], of(["Superb!"]))
    assert found.findings[0].rows.tolist() == [0]
    assert found.labels is None
    assert "labels were not judged" in found.notes[0]
    assert found.nearest.n == 2


def test_the_same_seed_gives_the_same_figures_as_json():
    made = made_by(writer())
    found, again = check(made).to_dict(), check(made).to_dict()
    assert found == again
    assert set(found) >= {"n", "passes", "copying", "nearest", "diversity", "labels", "provenance"}
    assert found["provenance"]["seed"] == 0
    assert check(made_by(copier(), checks=[], n=3)).to_frame()["kind"].value_counts()["copy"] == 3


def test_an_embedder_and_a_classifier_of_ones_own_are_used():
    made = made_by(writer())
    by_words = TfidfVectorizer()
    inner = LogisticRegression()
    found = check(made, embedder=by_words)
    assert found.diversity.spread != check(made).diversity.spread
    assert not hasattr(by_words, "vocabulary_")
    from sklearn.pipeline import make_pipeline

    assert check(made, estimator=make_pipeline(TfidfVectorizer(), inner)).labels.n == 20


@pytest.mark.parametrize(
    ("args", "params", "error", "match"),
    [
        (([], ["a"], ["b"]), {}, InputError, "at least one text"),
        ((["x"], [], ["b"]), {}, InputError, "at least one text"),
        ((["x"], ["a"], [3]), {}, InputTypeError, "got 3 in row 0"),
        ((["x"], [" ", ""], ["b"]), {}, InputError, "texts as train, got 2 rows without a word"),
        ((["x"], ["a"], [""]), {}, InputError, "texts as holdout, got 1 row without a word"),
        ((["x"], ["a"], ["b"], [1, 2]), {}, InputError, "1 texts, got 2 labels"),
        ((["x"], ["a"], ["b"]), {"estimator": LinearSVC()}, InputTypeError, "predict_proba"),
        ((["x"], ["a"], ["b"]), {"embedder": "words"}, InputTypeError, "a transformer"),
        ((["x"], ["a"], ["b"]), {"random_state": -1}, ParameterError, "random_state"),
    ],
)
def test_bad_input_is_named(args, params, error, match):
    with pytest.raises(error, match=match):
        check_synthetic(*args, **params)


def test_a_table_without_texts_or_of_other_classes_is_refused():
    with pytest.raises(InputError, match="at least one accepted text"):
        check(made_by(writer(), n=0))
    with pytest.raises(InputError, match=r"y_train with the classes of the texts, \['bad'\]"):
        check_synthetic(made_by(writer(), n=1), ["a", "b"], ["c", "d"], ["x", "y"], ["x", "y"])
