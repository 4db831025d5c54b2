"""Texts in, labels or numbers out, through one estimator."""

import pickle

import numpy as np
import pandas as pd
import pytest
from checkpoints import write_checkpoint
from sklearn.base import clone
from sklearn.metrics import accuracy_score, get_scorer, roc_auc_score
from sklearn.model_selection import GridSearchCV
from sklearn.utils.estimator_checks import estimator_checks_generator

from keraswrap import KerasWrapperModel
from keraswrap.exceptions import InputError, InputTypeError, ParameterError
from keraswrap.text import (
    TransformerClassifier,
    TransformerRegressor,
    build_text_classifier,
    encode_texts,
)
from keraswrap.text._schedule import DEFAULTS, choose_recipe

TEXTS = ["it is good", "the great and fine", "it broke", "awful"] * 6
LABELS = np.array(["good", "good", "bad", "bad"] * 6)


@pytest.fixture(scope="module")
def bert(tmp_path_factory):
    return str(write_checkpoint(tmp_path_factory.mktemp("checkpoint") / "bert"))


def quick(bert, kind=TransformerClassifier, **kwargs):
    settings = {"epochs": 10, "learning_rate": 0.02, "max_length": 16, "dropout": 0.0}
    settings |= {"batch_size": 4, "trainable": "all"}
    return kind(bert, **{**settings, "cache": False, "random_state": 0, **kwargs})


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


@pytest.mark.parametrize(
    "kind",
    [
        tuple,
        lambda texts: np.array(texts),
        pd.Series,
        lambda texts: pd.Series(texts, index=range(100, 124), dtype="string"),
        lambda texts: pd.DataFrame({"review": texts}),
        lambda texts: pytest.importorskip("pyarrow").array(texts),
        lambda texts: pytest.importorskip("datasets").Dataset.from_dict({"t": texts})["t"],
    ],
    ids=["tuple", "array", "Series", "string Series", "frame", "Arrow", "hub column"],
)
def test_texts_come_in_any_form(fitted, kind):
    np.testing.assert_array_equal(fitted.predict_proba(kind(TEXTS)), fitted.predict_proba(TEXTS))


def test_a_dataset_brings_its_labels(bert, fitted):
    data = pytest.importorskip("datasets").Dataset.from_dict({"text": TEXTS, "label": LABELS})
    clf = quick(bert).fit(data)
    np.testing.assert_array_equal(clf.predict_proba(data), fitted.predict_proba(TEXTS))
    assert clf.score(data) == fitted.score(TEXTS, LABELS)


def test_same_seed_same_bits_also_when_pickled_or_cloned(bert, fitted):
    proba = fitted.predict_proba(TEXTS)
    assert (clone(fitted).fit(TEXTS, LABELS).predict_proba(TEXTS) == proba).all()
    assert (pickle.loads(pickle.dumps(fitted)).predict_proba(TEXTS) == proba).all()
    again = quick(bert, random_state=fitted.seed_).fit(TEXTS, LABELS)
    assert (again.predict_proba(TEXTS) == proba).all()


@pytest.mark.parametrize("early_stopping", [False, True])
def test_a_head_on_kept_vectors_is_the_head_on_a_frozen_encoder(bert, tmp_path, early_stopping):
    """The claim of trainable="head": the same settings on the whole net, and its result."""
    settings = {"trainable": "head", "dropout": 0.3, "early_stopping": early_stopping}
    settings |= {"validation_fraction": 0.25, "batch_size": 5}
    clf = quick(bert, cache=tmp_path, **settings).fit(TEXTS, LABELS)
    recipe = choose_recipe(clf, "head", len(TEXTS), 8)
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


@pytest.mark.parametrize(("trainable", "least"), [("all", 0.8), ("head", 0.0)])
def test_numbers(bert, trainable, least):
    y = np.tile([103.0, 104.0, 97.0, 96.0], 6)
    reg = quick(bert, TransformerRegressor, trainable=trainable).fit(TEXTS, y)
    assert reg.score(TEXTS, y) > least
    assert abs(reg.predict(TEXTS).mean() - 100) < 2  # in the units of y
    both = np.stack([y, -y], axis=1)
    assert reg.fit(TEXTS, both).predict(TEXTS).shape == both.shape


def test_class_and_sample_weights_are_passed_on(bert, fitted):
    weights = np.where(LABELS == "good", 1.0, 0.0)
    assert set(quick(bert).fit(TEXTS, LABELS, weights).predict(TEXTS)) == {"good"}
    ignored = quick(bert, class_weight={"good": 0}).fit(TEXTS, LABELS)
    assert set(ignored.predict(TEXTS)) == {"bad"}


def test_training_ends_early_and_keeps_the_best(bert):
    settings = {"early_stopping": True, "validation_fraction": 0.25, "n_iter_no_change": 1}
    losses = quick(bert, **settings, learning_rate=1.0).fit(TEXTS, LABELS).history_["val_loss"]
    assert len(losses) < 10
    assert np.argmin(losses) == len(losses) - 2


# The recipe


@pytest.mark.parametrize("kind", list(DEFAULTS))
def test_the_learning_rate_rises_and_falls(kind):
    import keras

    recipe = choose_recipe(TransformerClassifier(), kind, 1000, 384)
    optimizer = keras.optimizers.get(recipe.compile_kwargs["optimizer"])
    rates = [float(optimizer._learning_rate(step)) for step in range(recipe.steps + 1)]
    assert recipe.steps == recipe.epochs * -(-1000 // 16)
    assert rates[0] == 0
    assert max(rates) == pytest.approx(DEFAULTS[kind].learning_rate)
    assert np.argmax(rates) == recipe.warmup_steps == round(0.1 * recipe.steps)
    assert rates[-1] == pytest.approx(0, abs=1e-9)


def test_without_warmup_it_only_falls():
    import keras

    recipe = choose_recipe(TransformerClassifier(warmup=0), "all", 100, 384)
    optimizer = keras.optimizers.get(recipe.compile_kwargs["optimizer"])
    assert float(optimizer._learning_rate(0)) == pytest.approx(DEFAULTS["all"].learning_rate)


# Bad input


@pytest.mark.parametrize(
    ("params", "error", "message"),
    [
        ({"trainable": "most"}, ParameterError, "trainable to be 'all', 'head'"),
        ({"pooling": "max"}, Exception, "pooling to be one of"),
        ({"warmup": 1.0}, ParameterError, r"warmup in \[0, 1\), got 1.0"),
        ({"learning_rate": 0}, ParameterError, r"learning_rate in \(0, inf\), got 0"),
        ({"dropout": -0.1}, ParameterError, "dropout in"),
        ({"epochs": 0}, ParameterError, "epochs to be a whole number"),
        ({"batch_size": None}, ParameterError, "batch_size to be a whole number"),
        ({"max_length": 4000}, ParameterError, "max_length of at most"),
        ({"encoder": "no-such-place"}, ParameterError, "existing directory"),
        ({"class_weight": {"worse": 1}}, ParameterError, "keyed by the labels"),
    ],
    ids=str,
)
def test_bad_parameters_are_refused_and_the_earlier_fit_stays(fitted, params, error, message):
    clf = pickle.loads(pickle.dumps(fitted)).set_params(**params)
    with pytest.raises(error, match=message):
        clf.fit(TEXTS, LABELS)
    assert (clf.estimator_.network_.state.variables[0].size) > 0


@pytest.mark.parametrize(
    ("X", "y", "error", "message"),
    [
        (["good", None], [0, 1], InputTypeError, "None in row 1"),
        (["good", float("nan")], [0, 1], InputTypeError, "nan in row 1"),
        (["good", "  "], [0, 1], InputError, "row"),
        (["good", 3], [0, 1], InputTypeError, "3 in row 1"),
        ([b"good", "bad"], [0, 1], InputTypeError, "row 0"),
        (["good", "\ud800"], [0, 1], InputError, "row 1"),
        ("good", [0], InputTypeError, "wrap it"),
        ([], [], InputError, "at least one text"),
        (["good", "bad"], None, InputError, "requires y"),
        (["good", "bad"], [0], InputError, "2 rows, y has 1"),
        (["good", "bad"], [0, None], InputError, "NaN, None"),
        (["good", "bad"], [0, 0], InputError, "at least 2 classes"),
    ],
    ids=str,
)
def test_bad_data_is_refused(bert, X, y, error, message):
    with pytest.raises(error, match=message):
        quick(bert).fit(X, y)


def test_a_text_is_no_path(fitted, bert):
    assert fitted.predict_proba([bert, "/etc/passwd"]).shape == (2, 2)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", [TransformerClassifier, TransformerRegressor])
def test_scikit_learns_checks_for_texts(bert, kind):
    for estimator, check in estimator_checks_generator(quick(bert, kind)):
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


def test_a_wrong_precision_is_refused(bert):
    with pytest.raises(ParameterError, match="Expected precision to be one of 'auto'"):
        quick(bert, precision="half").fit(TEXTS, LABELS)
