"""A checkpoint's own head: taken where it is for these classes, and never lost in silence."""

import warnings

import numpy as np
import pytest
from checkpoints import write_checkpoint
from encoder_reference import Reference

from keraswrap._targets.probabilities import softmax
from keraswrap.exceptions import ParameterError
from keraswrap.text import TransformerClassifier, encode_texts, read_pad_id
from keraswrap.text._head_classes import match_head, match_labels

TEXTS = ["it is good and the text", "awful", "it broke and it was poor text"]
NAMES = ("bad", "fair", "Good")
META = {"classes_": np.array(["Good", "bad", "fair"])}


@pytest.fixture(scope="module")
def headed(tmp_path_factory):
    return str(write_checkpoint(tmp_path_factory.mktemp("headed") / "bert", "bert", head=NAMES))


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    return str(write_checkpoint(tmp_path_factory.mktemp("bare") / "bert", "bert"))


def expected_proba(folder):
    ids, reference = encode_texts(TEXTS, folder, 12), Reference(folder)
    return softmax(reference.logits(reference.states(ids, ids != read_pad_id(folder))))


def test_a_fine_tuned_checkpoint_predicts_as_it_is(headed):
    clf = TransformerClassifier.from_checkpoint(headed, max_length=12)
    assert clf.classes_.tolist() == sorted(NAMES)
    columns = [NAMES.index(name) for name in clf.classes_]
    expected = expected_proba(headed)[:, columns]
    np.testing.assert_allclose(clf.predict_proba(TEXTS), expected, atol=1e-5)
    assert clf.predict(TEXTS).tolist() == clf.classes_[expected.argmax(axis=1)].tolist()


def test_and_can_be_trained_on_from_there(headed):
    params = {"max_length": 12, "epochs": 1, "learning_rate": 1e-9, "warmup": 0, "dropout": 0.0}
    clf = TransformerClassifier(headed, random_state=0, **params)
    clf.fit(TEXTS, ["good", "bad", "fair"])
    columns = [NAMES.index(name) for name in ("bad", "fair", "Good")]
    np.testing.assert_allclose(
        clf.predict_proba(TEXTS), expected_proba(headed)[:, columns], atol=1e-4
    )
    assert clf.classes_.tolist() == ["bad", "fair", "good"]


def test_the_head_can_be_trained_alone(headed):
    clf = TransformerClassifier(headed, trainable="head", epochs=1, max_length=12, random_state=0)
    names = [w.path for w in clf.fit(TEXTS, NAMES).estimator_.net.trainable_weights]
    assert names
    assert all("head" in name for name in names)


def test_several_labels_have_a_sigmoid_each(tmp_path):
    folder = write_checkpoint(
        tmp_path / "bert", "bert", head=NAMES, problem_type="multi_label_classification"
    )
    clf = TransformerClassifier.from_checkpoint(folder, max_length=12)
    assert clf.classes_.tolist() == list(NAMES)
    proba = clf.predict_proba(TEXTS)
    np.testing.assert_array_equal(clf.predict(TEXTS), proba > 0.5)
    assert not np.allclose(proba.sum(axis=1), 1)


@pytest.mark.parametrize(
    ("classes", "columns"),
    [
        (["Good", "bad", "fair"], [2, 0, 1]),
        (["GOOD", "Fair", "BAD"], [2, 1, 0]),
        ([0, 1, 2], [0, 1, 2]),
        ([2, 0, 1], [2, 0, 1]),
        ([1, 2, 3], None),
        (["bad", "good"], None),
        (["bad", "good", "neutral"], None),
    ],
)
def test_classes_are_found_by_name_or_position(classes, columns):
    assert match_labels(NAMES, classes) == columns


def test_another_sets_classes_get_a_new_head_and_a_warning(headed):
    other = {"classes_": np.array(["cat", "dog", "eel"])}
    with pytest.warns(UserWarning, match=r"A new head is trained.*\['bad', 'fair', 'Good'\]"):
        assert match_head(headed, "auto", 3, other) is None
    with pytest.raises(ParameterError, match="head='new' or y of the checkpoint's labels"):
        match_head(headed, "checkpoint", 3, other)


def test_a_new_head_can_be_asked_for(headed):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert match_head(headed, "new", 3, META) is None
        assert match_head(headed, "auto", 3, META)[1] == [2, 0, 1]


def test_what_is_not_there_cannot_be_taken(bare):
    assert match_head(bare, "auto", 3, META) is None
    with pytest.raises(ParameterError, match=r"which has none. Use head='new'"):
        match_head(bare, "checkpoint", 3, META)
    with pytest.raises(ParameterError, match=r"with a classification head.*which has none"):
        TransformerClassifier.from_checkpoint(bare)
    with pytest.raises(ParameterError, match=r"\('auto', 'new', 'checkpoint'\), got 'old'"):
        match_head(bare, "old", 3, META)
