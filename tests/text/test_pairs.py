"""Pairs of texts: transformers' own rows, and nets that tell the two apart."""

import numpy as np
import pandas as pd
import pytest
from checkpoints import write_checkpoint
from encoder_reference import Reference

from keraswrap.exceptions import InputError, InputTypeError, ParameterError
from keraswrap.text import (
    TextEmbedder,
    TextTokenizer,
    TransformerClassifier,
    TransformerRegressor,
    build_text_encoder,
)

WORDS = ("good", "great", "bad", "poor")
# Which of two words comes first in the list above: one alone gives at most 10 of 12 right.
PAIRS = [(a, b) for a in WORDS for b in WORDS if a != b] * 2
FIRST = np.array([WORDS.index(a) < WORDS.index(b) for a, b in PAIRS])


@pytest.fixture(scope="module")
def bert(tmp_path_factory):
    return str(write_checkpoint(tmp_path_factory.mktemp("checkpoint") / "bert"))


def test_the_net_reads_two_segments(bert):
    rows = TextTokenizer(bert, 8).fit_transform(PAIRS[:4])
    segments = np.array([[0, 0, 0, 1, 1, 0, 0, 0]] * 4)
    states = Reference(bert).states(rows, rows != 0, segments)
    vectors = build_text_encoder(bert, pooling="cls")(rows)
    np.testing.assert_allclose(vectors, states[:, 0], atol=1e-5)
    embedder = TextEmbedder(bert, "cls", False, 8, cache=False)
    np.testing.assert_allclose(embedder.fit_transform(PAIRS[:4]), states[:, 0], atol=1e-5)


@pytest.mark.parametrize(
    "hold",
    [
        np.array,
        lambda pairs: np.array(pairs, dtype=object),
        lambda pairs: pd.DataFrame(pairs, columns=["left", "right"]),
        lambda pairs: [list(pair) for pair in pairs],
    ],
    ids=["array", "objects", "frame", "lists"],
)
def test_pairs_are_the_same_whatever_holds_them(bert, hold):
    expected = TextTokenizer(bert, 8).fit_transform(PAIRS)
    assert np.array_equal(TextTokenizer(bert, 8).fit_transform(hold(PAIRS)), expected)


def quick(kind, bert, **kwargs):
    settings = {"epochs": 120, "learning_rate": 0.02, "max_length": 8, "dropout": 0.0}
    settings |= {"trainable": "all", "batch_size": 8, "random_state": 0, "cache": False}
    return kind(bert, **settings | kwargs)


def test_a_classifier_solves_what_only_pairs_say_and_comes_back_from_a_file(bert, tmp_path):
    clf = quick(TransformerClassifier, bert).fit(pd.DataFrame(PAIRS), FIRST)
    assert clf.score(pd.DataFrame(PAIRS), FIRST) > 0.95
    clf.save(tmp_path / "saved")
    again = TransformerClassifier.load(tmp_path / "saved")
    assert (again.predict_proba(PAIRS) == clf.predict_proba(PAIRS)).all()
    assert again.report_ == clf.report_
    assert again.unknown_share_ == 0.0


def test_a_regressor_and_a_head_take_pairs(bert):
    reg = quick(TransformerRegressor, bert).fit(PAIRS, FIRST.astype(float))
    assert reg.score(PAIRS, FIRST.astype(float)) > 0.7
    head = quick(TransformerClassifier, bert, trainable="head", epochs=1).fit(PAIRS, FIRST)
    assert head.predict_proba(PAIRS).shape == (len(PAIRS), 2)


@pytest.mark.parametrize(
    ("X", "error", "message"),
    [
        (pd.DataFrame({"text": ["good"], "age": [3]}), InputError, r"of which \['age'\] hold num"),
        (pd.DataFrame([["a", "b", "c"]]), InputError, r"or two that are pairs, got the columns"),
        ([("good", "bad"), ("good",)], InputTypeError, r"a pair of texts in each.*in row 1"),
        ([("good", "bad"), ("good", None)], InputTypeError, "got None in row 1"),
        ([("good", "bad"), ("good", " ")], InputError, "1 of 2 without any, in row 1"),
    ],
)
def test_what_is_no_pair_is_refused(bert, X, error, message):
    with pytest.raises(error, match=message):
        TextTokenizer(bert, 8).fit(X)


def test_pairs_have_no_windows(bert):
    clf = quick(TransformerClassifier, bert, long_texts="windows")
    with pytest.raises(ParameterError, match="long_texts='truncate' for pairs of texts"):
        clf.fit(PAIRS, FIRST)
