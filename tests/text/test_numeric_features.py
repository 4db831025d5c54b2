"""Numbers beside texts, in one net: learned, standardized, saved, and refused where unusable."""

import pickle

import numpy as np
import pandas as pd
import pytest
from checkpoints import write_checkpoint
from scipy.special import softmax
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV as Reference

from keraswrap.data import row_view
from keraswrap.exceptions import InputError, InputTypeError, ParameterError
from keraswrap.issues import find_label_issues
from keraswrap.model_selection import GridSearchCV
from keraswrap.text import (
    TextEmbedder,
    TransformerClassifier,
    TransformerRegressor,
    build_text_classifier,
)

# Every text comes with every label: only the number tells.
TEXTS = ["it is good", "the great and fine", "it broke", "awful"] * 6
STARS = np.where(np.arange(24) // 4 % 2, 80.0, 20.0) + np.random.default_rng(0).normal(0, 5, 24)
FRAME = pd.DataFrame({"weight": np.arange(24) % 5, "review": TEXTS, "stars": STARS})
LABELS = np.where(STARS > 50, "good", "bad")


@pytest.fixture(scope="module")
def bert(tmp_path_factory):
    return str(write_checkpoint(tmp_path_factory.mktemp("checkpoint") / "bert"))


def quick(bert, kind=TransformerClassifier, **kwargs):
    settings = {"epochs": 30, "learning_rate": 0.05, "max_length": 16, "dropout": 0.0}
    settings |= {"batch_size": 8, "trainable": "head", "numeric_features": True}
    return kind(bert, **{**settings, "cache": False, "random_state": 0, **kwargs})


@pytest.fixture(scope="module")
def fitted(bert):
    return quick(bert).fit(FRAME, LABELS)


def net_of(clf):
    network = clf.estimator_.network_
    return network.build(network.state)


@pytest.mark.parametrize("trainable", ["head", "all", "lora:2"])
def test_what_only_the_number_tells_is_learned(bert, trainable):
    rate = {"head": 0.05}.get(trainable, 0.02)
    clf = quick(bert, trainable=trainable, learning_rate=rate).fit(FRAME, LABELS)
    blind = quick(bert, trainable=trainable, learning_rate=rate, numeric_features=False)
    assert clf.score(FRAME, LABELS) > 0.9 > 0.8 > blind.fit(TEXTS, LABELS).score(TEXTS, LABELS)
    assert clf.numeric_scaling_.names == ("weight", "stars")
    np.testing.assert_allclose(clf.numeric_scaling_.mean, [FRAME["weight"].mean(), STARS.mean()])


def test_probabilities_are_those_computed_by_hand(bert, fitted):
    vectors = TextEmbedder(bert, normalize=False, max_length=16, cache=False).fit_transform(TEXTS)
    numbers = FRAME[["weight", "stars"]].to_numpy()
    numbers = (numbers - numbers.mean(axis=0)) / numbers.std(axis=0)
    kernel, bias = net_of(fitted).get_weights()
    by_hand = softmax(np.hstack([vectors, numbers]).astype(float) @ kernel + bias, axis=1)
    np.testing.assert_allclose(fitted.predict_proba(FRAME), by_hand, atol=1e-6)


FORMS = {
    "dict": lambda X: X.to_dict("list"),
    "matrix": lambda X: {"text": TEXTS, "numbers": X[["weight", "stars"]].to_numpy()},
    "nullable": lambda X: X.astype({"weight": "Int64", "review": "string"}),
    "view": lambda X: row_view(X).X,
    "Arrow": lambda X: pytest.importorskip("pyarrow").Table.from_pandas(X),
    "hub": lambda X: pytest.importorskip("datasets").Dataset.from_pandas(X),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_tables_come_in_any_form(bert, fitted, form):
    found = quick(bert).fit(form(FRAME), LABELS)
    wanted = fitted.predict_proba(FRAME)
    np.testing.assert_allclose(found.predict_proba(form(FRAME)), wanted, atol=1e-6)


def test_columns_are_matched_by_name(fitted):
    other = FRAME[["stars", "review", "weight"]]
    np.testing.assert_array_equal(fitted.predict_proba(other), fitted.predict_proba(FRAME))


@pytest.mark.parametrize("trainable", ["head", "all"])
@pytest.mark.parametrize("kind", [TransformerClassifier, TransformerRegressor])
def test_it_is_saved_pickled_and_cloned(bert, kind, trainable, tmp_path):
    y = LABELS if kind is TransformerClassifier else STARS * 2
    made = quick(bert, kind, trainable=trainable, epochs=2).fit(FRAME, y)
    made.save(tmp_path / "a.keraswrap")
    wanted = made.predict(FRAME)
    for again in (
        kind.load(tmp_path / "a.keraswrap"),
        pickle.loads(pickle.dumps(made)),
        clone(made).fit(FRAME, y),
    ):
        np.testing.assert_array_equal(again.predict(FRAME), wanted)
        assert again.numeric_scaling_.names == ("weight", "stars")


def test_texts_alone_are_not_touched(bert):
    plain = quick(bert, numeric_features=False, trainable="all", epochs=1).fit(TEXTS, LABELS)
    assert plain.numeric_scaling_ is None
    assert [each.name for each in net_of(plain).inputs] == ["ids"]


def test_searches_and_label_issues_take_tables(bert):
    grid, settings = {"learning_rate": [0.001, 0.05]}, {"cv": 3, "error_score": "raise"}
    ours = GridSearchCV(quick(bert), grid, **settings).fit(FRAME, LABELS)
    theirs = Reference(quick(bert), grid, **settings).fit(FRAME, LABELS)
    assert ours.best_params_ == theirs.best_params_ == {"learning_rate": 0.05}
    np.testing.assert_array_equal(
        ours.cv_results_["mean_test_score"], theirs.cv_results_["mean_test_score"]
    )
    by_name = GridSearchCV(quick(bert), grid, **settings).fit(FRAME.to_dict("list"), LABELS)
    np.testing.assert_array_equal(by_name.oof_proba_, ours.oof_proba_)
    assert len(find_label_issues(quick(bert), FRAME, LABELS, cv=3)) == 24


def test_windows_share_the_numbers_of_their_text(bert):
    long = FRAME.assign(review=[" ".join([text] * 9) for text in TEXTS])
    clf = quick(bert, long_texts="windows").fit(long, LABELS)
    assert clf.score(long, LABELS) > 0.9
    assert clf.predict_proba(long).shape == (24, 2)


def without(name):
    return FRAME.drop(columns=name)


@pytest.mark.parametrize(
    ("X", "error", "match"),
    [
        (TEXTS, InputTypeError, "Expected a DataFrame, or a dict of columns.*got list"),
        (without("review"), InputError, r"one column of texts.*got \[\] without numbers"),
        (without(["weight", "stars"]), InputTypeError, "Expected a DataFrame"),
        (FRAME.assign(more=TEXTS), InputError, r"got \['review', 'more'\] without numbers"),
        (FRAME.assign(stars=[np.nan, *STARS[1:]]), InputError, "column 'stars', got nan in row 0"),
        (FRAME.assign(weight=[*range(23), np.inf]), InputError, "'weight', got inf in row 23"),
        (FRAME.assign(review=[None, *TEXTS[1:]]), InputTypeError, "a text in each row, got nan"),
        ({"text": TEXTS, "stars": STARS[:9]}, InputError, "columns of one length, got the lengths"),
        ({"text": TEXTS, "n": np.zeros((24, 2, 2))}, InputError, r"shape \(24, 2, 2\)"),
    ],
)
def test_tables_that_cannot_be_read_are_refused_before_training(bert, X, error, match):
    with pytest.raises(error, match=match):
        quick(bert).fit(X, LABELS)


def test_other_columns_than_in_fit_are_refused(fitted):
    with pytest.raises(InputError, match=r"without \['stars'\] and with \['age'\] besides"):
        fitted.predict(FRAME.rename(columns={"stars": "age"}))


def test_a_checkpoints_own_head_has_no_place_for_numbers(bert):
    with pytest.raises(ParameterError, match="'auto' or 'new' with numeric_features=True"):
        quick(bert, head="checkpoint").fit(FRAME, LABELS)
    with pytest.raises(ParameterError, match="'auto' or 'new' where numbers are read"):
        build_text_classifier(bert, 2, head="checkpoint", n_numeric=1)
