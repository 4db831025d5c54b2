"""Texts in, labels or numbers out, through one estimator."""

import pickle

import numpy as np
import pytest
from checkpoints import write_checkpoint
from quick import LABELS, TEXTS, quick
from sklearn.base import clone
from sklearn.metrics import accuracy_score, get_scorer, roc_auc_score
from sklearn.model_selection import GridSearchCV
from sklearn.utils.estimator_checks import estimator_checks_generator

from keraswrap import KerasWrapperModel
from keraswrap._engine.stacks import _training
from keraswrap.exceptions import ParameterError
from keraswrap.model_selection import _stacked_fits, cross_val_predict_proba
from keraswrap.text import (
    TransformerClassifier,
    TransformerRegressor,
    build_text_classifier,
    encode_texts,
)
from keraswrap.text._schedule import choose_recipe


@pytest.fixture(scope="module")
def bert(tmp_path_factory):
    return str(write_checkpoint(tmp_path_factory.mktemp("checkpoint") / "bert"))


@pytest.fixture(scope="module")
def fitted(bert):
    return quick(bert).fit(TEXTS, LABELS)


def test_it_learns_and_gives_labels_back(fitted):
    assert fitted.score(TEXTS, LABELS) > 0.9
    assert set(fitted.predict(TEXTS)) <= {"good", "bad"}
    proba = fitted.predict_proba(TEXTS)
    np.testing.assert_allclose(proba.sum(axis=1), 1)
    assert get_scorer("roc_auc")(fitted, TEXTS, LABELS) > 0.9
    assert fitted.classes_.tolist() == ["bad", "good"]
    assert fitted.padding_share_["cut"] < fitted.padding_share_["fixed"]


def test_a_dataset_brings_its_labels(bert, fitted):
    data = pytest.importorskip("datasets").Dataset.from_dict({"text": TEXTS, "label": LABELS})
    clf = quick(bert).fit(data)
    np.testing.assert_array_equal(clf.predict_proba(data), fitted.predict_proba(TEXTS))
    assert clf.score(data) == fitted.score(TEXTS, LABELS)


@pytest.mark.parametrize("early_stopping", [False, True])
def test_a_head_on_kept_vectors_is_the_head_on_a_frozen_encoder(bert, tmp_path, early_stopping):
    """The claim of trainable="head": the same settings on the whole net, and its result."""
    settings = {"trainable": "head", "dropout": 0.3, "early_stopping": early_stopping}
    settings |= {"validation_fraction": 0.25, "batch_size": 5}
    clf = quick(bert, cache=tmp_path, **settings).fit(TEXTS, LABELS)
    recipe = choose_recipe(clf, "head", 18 if early_stopping else 24, 8)
    whole = KerasWrapperModel(
        build_text_classifier,
        {"encoder": bert, "trainable": "head", "dropout": 0.3},
        recipe.compile_kwargs,
        {**recipe.params, "group_by_length": False},
        random_state=0,
    ).fit(encode_texts(TEXTS, bert, 16), LABELS)
    np.testing.assert_allclose(
        clf.predict_proba(TEXTS), whole.predict_proba(encode_texts(TEXTS, bert, 16)), atol=1e-6
    )
    np.testing.assert_allclose(clf.history_["loss"], whole.history_["loss"], atol=1e-6)
    assert len(clf.history_["loss"]) == len(whole.history_["loss"])


def test_folds_and_grids_embed_each_text_once(bert, tmp_path):
    clf = quick(bert, trainable="head", cache=tmp_path)
    search = GridSearchCV(clf, {"learning_rate": [0.01, 0.05]}, cv=2)
    best = search.fit(TEXTS, LABELS).best_estimator_
    assert best.vectorizer_.n_computed_ == 0  # all of them were there
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


@pytest.mark.thorough
def test_searches_tune_what_the_net_is(bert):
    grid = [{"max_length": [4]}, {"pooling": ["cls"], "trainable": ["last:1"]}]
    search = GridSearchCV(quick(bert, epochs=1), grid, cv=2).fit(TEXTS, LABELS)
    assert search.best_params_ in search.cv_results_["params"]
    assert search.predict_proba(TEXTS).shape == (24, 2)


def test_cleanlab_finds_what_was_flipped(bert):
    from cleanlab.classification import CleanLearning

    y = (LABELS == "good").astype(int)
    texts, flipped = np.array(TEXTS * 3, dtype=object), np.tile(y, 3)
    flipped[:3] = 1 - flipped[:3]
    cleaner = CleanLearning(quick(bert, batch_size=8), seed=0, cv_n_folds=2)
    issues = cleaner.find_label_issues(texts, flipped)
    assert issues.index[issues["is_label_issue"]].tolist() == [0, 1, 2]


def test_several_labels(bert):
    y = np.tile([[1, 0, 1], [1, 1, 0], [0, 0, 1], [0, 1, 0]], (6, 1))
    clf = quick(bert, classes=["fine", "long", "other"]).fit(TEXTS, y)
    assert clf.predict_proba(TEXTS).shape == y.shape == clf.predict(TEXTS).shape
    assert clf.classes_.tolist() == ["fine", "long", "other"]
    assert roc_auc_score(y, clf.predict_proba(TEXTS)) > 0.8
    assert clf.score(TEXTS, y) == accuracy_score(y, clf.predict(TEXTS))


def test_class_and_sample_weights_are_passed_on(bert, fitted):
    weights = np.where(LABELS == "good", 1.0, 0.0)
    assert set(quick(bert).fit(TEXTS, LABELS, weights).predict(TEXTS)) == {"good"}
    ignored = quick(bert, class_weight={"good": 0}).fit(TEXTS, LABELS)
    assert set(ignored.predict(TEXTS)) == {"bad"}


# The recipe


# Bad input


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("target", ["auto", "special"])
@pytest.mark.parametrize("kind", [TransformerClassifier, TransformerRegressor])
def test_scikit_learns_checks_for_texts(bert, kind, target):
    special = "ordered" if kind is TransformerClassifier else "gaussian"
    target = special if target == "special" else target
    for estimator, check in estimator_checks_generator(quick(bert, kind, target=target)):
        check(clone(estimator))


def test_it_computes_in_the_precision_asked_for(bert, tmp_path):
    clf = quick(bert, precision="mixed_bfloat16").fit(TEXTS, LABELS)
    clf.save(tmp_path / "saved")
    again = TransformerClassifier.load(tmp_path / "saved")
    for each in (clf, again, pickle.loads(pickle.dumps(clf))):
        assert (each.precision_, each.jit_compile_) == ("mixed_bfloat16", False)
        assert (each.predict_proba(TEXTS) == clf.predict_proba(TEXTS)).all()
    assert clf.score(TEXTS, LABELS) > 0.9


def test_a_large_encoder_gets_the_precision_that_is_chosen_at_its_first_build(bert, monkeypatch):
    monkeypatch.setattr("keraswrap._engine.precision.LARGE", 1)
    monkeypatch.setenv("KERASWRAP_PRECISION", "mixed_bfloat16")
    clf = quick(bert, epochs=1).fit(TEXTS, LABELS)
    assert clf.precision_ == clf.estimator_.precision == "mixed_bfloat16"
    head = quick(bert, epochs=1, trainable="head").fit(TEXTS, LABELS)
    assert head.precision_ == "float32"


def test_additions_are_not_trained_in_weights_of_16_bits(bert):
    clf = quick(bert, trainable="lora:2", precision="bfloat16")
    with pytest.raises(ParameterError, match=r"float32 for 'lora:2'.*Use 'mixed_bfloat16'"):
        clf.fit(TEXTS, LABELS)


def test_heads_of_several_folds_are_trained_together(bert, monkeypatch):
    monkeypatch.setattr(_stacked_fits, "_TRACING", 0)
    counts, run = [], _training._Course.run
    monkeypatch.setattr(
        _training._Course, "run", lambda self: (counts.append(len(self.members)), run(self))
    )
    clf = quick(bert, trainable="head", epochs=3)
    together = cross_val_predict_proba(clf, TEXTS, LABELS, cv=4)
    assert counts == [4]
    alone = cross_val_predict_proba(clf, TEXTS, LABELS, cv=4, stack_fits=False)
    np.testing.assert_allclose(together, alone, rtol=0, atol=2e-6)
    cross_val_predict_proba(quick(bert, epochs=1), TEXTS, LABELS, cv=4)  # the whole net
    assert counts == [4]
