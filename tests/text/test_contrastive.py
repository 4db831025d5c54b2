"""Fits in two stages: texts are compared, then a head is fitted."""

import pickle

import keras
import numpy as np
import pytest
from checkpoints import write_checkpoint
from quick import LABELS, TEXTS, quick
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from keraswrap.exceptions import ParameterError
from keraswrap.text import TransformerClassifier
from keraswrap.text._contrastive import FEW, indicators, suits_contrastive

SEVERAL = np.array([[1, 0, 0], [1, 1, 0], [0, 1, 0], [0, 1, 0]] * 6)


@pytest.fixture(scope="module")
def bert(tmp_path_factory):
    return str(write_checkpoint(tmp_path_factory.mktemp("checkpoint") / "bert"))


def contrastive(bert, **settings):
    return quick(bert, **{"recipe": "contrastive", "batch_size": 8, **settings})


@pytest.fixture(scope="module")
def fitted(bert):
    return contrastive(bert).fit(TEXTS, LABELS)


def test_it_learns(fitted):
    assert fitted.score(TEXTS, LABELS) == 1
    proba = fitted.predict_proba(TEXTS)
    np.testing.assert_allclose(proba.sum(axis=1), 1, rtol=1e-6)
    assert fitted.classes_.tolist() == ["bad", "good"]


def test_both_stages_are_in_the_history(fitted):
    assert fitted.recipe_.name == "contrastive"
    assert len(fitted.history_["loss"]) == fitted.recipe_.epochs == 10
    assert fitted.history_["loss"][-1] < 0.95 * fitted.history_["loss"][0]
    # The head's loss is that of the fitted net on the texts.
    proba = fitted.predict_proba(TEXTS)[np.arange(24), (LABELS == "good").astype(int)]
    assert fitted.history_["head_loss"] == pytest.approx([-np.log(proba).mean()], rel=1e-3)
    assert fitted.callbacks_ == []
    assert fitted.padding_share_["cut"] <= fitted.padding_share_["fixed"]


def test_comparing_draws_a_class_together(bert):
    """The vectors of a fit of many epochs against those of one that hardly trains."""

    def gap(clf):
        net = clf.estimator_.net
        unit = keras.Model(net.input, net.layers[-2].output)
        vectors = np.array(unit(clf._features(TEXTS[:4])[0], training=False))
        cosines, same = vectors @ vectors.T, LABELS[:4, None] == LABELS[:4]
        return cosines[same].mean() - cosines[~same].mean()

    still = contrastive(bert, learning_rate=1e-9).fit(TEXTS, LABELS)
    assert gap(contrastive(bert).fit(TEXTS, LABELS)) > gap(still) + 0.1


@pytest.mark.parametrize(
    "trainable",
    ["all", *(pytest.param(name, marks=pytest.mark.thorough) for name in ("last:1", "lora:2"))],
)
def test_the_same_seed_gives_the_same_bits_also_from_files(bert, tmp_path, trainable):
    fits = [contrastive(bert, trainable=trainable, dropout=0.1) for _ in range(2)]
    proba = [each.fit(TEXTS, LABELS).predict_proba(TEXTS) for each in fits]
    np.testing.assert_array_equal(*proba)
    fits[0].save(tmp_path / "clf.keraswrap")
    loaded = TransformerClassifier.load(tmp_path / "clf.keraswrap")
    for again in (loaded, pickle.loads(pickle.dumps(fits[0]))):
        np.testing.assert_array_equal(again.predict_proba(TEXTS), proba[0])
        assert again.recipe_.name == "contrastive"
        assert again.history_ == fits[0].history_
    other = clone(fits[0]).set_params(random_state=1).fit(TEXTS, LABELS)
    assert not np.array_equal(other.predict_proba(TEXTS), proba[0])


@pytest.mark.thorough
def test_shuffled_labels_give_chance(bert):
    """Copies of a text with both labels: no fit can tell them apart."""
    labels = np.array(["good"] * 12 + ["bad"] * 12)  # of six equal groups of four texts
    clf = contrastive(bert).fit(TEXTS, labels)
    np.testing.assert_allclose(clf.predict_proba(TEXTS), 0.5, atol=0.02)


def test_several_labels_have_thresholds_of_one_half(bert):
    clf = contrastive(bert).fit(TEXTS, SEVERAL)
    proba = clf.predict_proba(TEXTS)
    np.testing.assert_array_equal(clf.predict(TEXTS), proba > 0.5)
    assert clf.predict(TEXTS).tolist() == SEVERAL.tolist()
    # Nobody has the last label: Laplace's rule.
    np.testing.assert_allclose(proba[:, 2], 1 / 26, rtol=1e-5)


@pytest.mark.parametrize(
    ("texts", "labels"),
    [
        (["it is good", "it broke"], ["good", "bad"]),  # two texts in all
        (["it is good", "the great and fine", "awful"], ["good", "good", "bad"]),
        ([("it is good", "great"), ("it broke", "awful")] * 2, ["good", "bad"] * 2),
    ],
)
def test_few_texts_and_pairs_are_enough(bert, texts, labels):
    clf = contrastive(bert).fit(texts, labels)
    assert clf.predict(texts).tolist() == labels


def test_a_class_that_y_lacks_is_improbable(bert):
    clf = contrastive(bert, classes=["good", "bad", "fair"]).fit(TEXTS, LABELS)
    of = dict(zip(clf.classes_, clf.predict_proba(TEXTS).T, strict=True))
    assert of["fair"].max() < np.exp(-10)
    assert clf.score(TEXTS, LABELS) == 1


@pytest.mark.thorough
def test_texts_of_weight_0_do_not_count(bert):
    weights = np.repeat([1.0, 0.0], [16, 8])
    wrong = np.where(weights > 0, LABELS, "bad")
    weighted = contrastive(bert).fit(TEXTS, wrong, weights)
    alone = contrastive(bert).fit(TEXTS[:16], LABELS[:16])
    assert weighted.recipe_ == alone.recipe_
    np.testing.assert_allclose(weighted.predict_proba(TEXTS), alone.predict_proba(TEXTS), atol=1e-5)


@pytest.mark.parametrize("how", ["class_weight", "sample_weight"])
def test_weights_shift_the_head(bert, how):
    """The same text with both labels is what its weights say."""
    texts, labels = ["it is good", "it broke"] * 8, np.array(["good", "good", "bad", "bad"] * 4)
    if how == "class_weight":
        clf = contrastive(bert, class_weight={"good": 3.0, "bad": 1.0}).fit(texts, labels)
    else:
        clf = contrastive(bert).fit(texts, labels, np.where(labels == "good", 3.0, 1.0))
    good = clf.predict_proba(texts)[:, clf.classes_.tolist().index("good")]
    np.testing.assert_allclose(good, 0.75, atol=0.02)


@pytest.mark.thorough
def test_a_search_may_compare_the_recipes(bert):
    grid = {"recipe": ["standard", "contrastive"]}
    search = GridSearchCV(quick(bert), grid, cv=2, error_score="raise").fit(TEXTS, LABELS)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


@pytest.mark.parametrize(
    ("settings", "match"),
    [
        ({"recipe": "triplets"}, r"Expected recipe to be one of .*got 'triplets'"),
        ({"trainable": "head"}, r"Expected trainable to be 'lora:r'.*got 'head'"),
        ({"head": "checkpoint"}, r"Expected head to be 'auto' or 'new'.*got 'checkpoint'"),
        ({"target": "ordered"}, r"Expected target to be 'auto'.*got 'ordered'"),
        ({"numeric_features": True}, r"Expected numeric_features to be False"),
        ({"long_texts": "windows"}, r"Expected long_texts to be 'truncate'.*got 'windows'"),
        ({"early_stopping": True}, r"Expected early_stopping to be False.*set epochs"),
    ],
)
def test_settings_without_a_meaning_are_refused_by_name(bert, settings, match):
    texts = {"text": TEXTS, "n": np.arange(24)} if "numeric_features" in settings else TEXTS
    with pytest.raises(ParameterError, match=match):
        contrastive(bert, **settings).fit(texts, LABELS)


def test_indicators_have_a_column_for_each_label_that_occurs():
    assert indicators(np.array([3, 1, 3])).tolist() == [[0, 1], [1, 0], [0, 1]]
    assert indicators(SEVERAL).tolist() == SEVERAL.tolist()


@pytest.mark.parametrize(
    ("counts", "few"),
    [
        ([FEW, FEW], True),
        ([FEW, FEW + 1], False),
        ([2 * FEW, 1], False),
        ([1, 1, 3 * FEW - 2], True),
    ],
)
def test_texts_are_few_by_their_mean_number_per_class(counts, few):
    y = np.repeat(np.arange(len(counts)), counts)
    assert suits_contrastive(TransformerClassifier(), "lora", y) is few
    assert suits_contrastive(TransformerClassifier(), "all", indicators(y)) is few


@pytest.mark.parametrize(
    ("settings", "kind"),
    [
        ({"head": "checkpoint"}, "lora"),
        ({"target": "ordered"}, "lora"),
        ({"numeric_features": True}, "lora"),
        ({"long_texts": "windows"}, "lora"),
        ({"early_stopping": True}, "lora"),
        ({}, "head"),
    ],
)
def test_what_rules_out_comparing_leaves_auto_with_the_standard_recipe(settings, kind):
    y = np.array([0, 1])
    assert suits_contrastive(TransformerClassifier(), "lora", y)
    assert not suits_contrastive(TransformerClassifier(**settings), kind, y)


@pytest.mark.parametrize(
    ("repeats", "weights", "name"),
    [(1, None, "contrastive"), (4, None, "standard"), (4, [1, 0, 0, 0], "contrastive")],
)
def test_auto_goes_by_the_texts_that_count(bert, repeats, weights, name):
    told = None if weights is None else np.repeat(weights, len(TEXTS))
    clf = contrastive(bert, recipe="auto", epochs=1)
    assert clf.fit(TEXTS * repeats, np.tile(LABELS, repeats), told).recipe_.name == name


@pytest.mark.parametrize(("head", "name"), [("auto", "standard"), ("new", "contrastive")])
def test_auto_keeps_a_head_that_the_checkpoint_brings(tmp_path, head, name):
    headed = str(write_checkpoint(tmp_path / "headed", "bert", head=("bad", "good")))
    clf = contrastive(headed, recipe="auto", head=head, epochs=1).fit(TEXTS, LABELS)
    assert clf.recipe_.name == name


def test_auto_leaves_pairs_to_the_standard_recipe(bert):
    pairs = [(text, "the great") for text in TEXTS]
    assert contrastive(bert, recipe="auto", epochs=1).fit(pairs, LABELS).recipe_.name == "standard"


def test_weights_of_texts_that_are_held_out_do_not_count(bert):
    """More weights than texts to train on."""
    held = contrastive(bert, recipe="auto", early_stopping=True, epochs=1)
    assert held.fit(TEXTS, LABELS, np.ones(len(TEXTS))).recipe_.name == "standard"
