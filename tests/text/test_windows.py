"""Long texts in windows: transformers' own windows, a text that counts once, pooled answers."""

import numpy as np
import pytest
from checkpoints import write_checkpoint
from sklearn.model_selection import GridSearchCV

from keraswrap import KerasWrapperModel
from keraswrap._texts import Texts
from keraswrap.exceptions import ParameterError
from keraswrap.text import (
    TextEmbedder,
    TextTokenizer,
    TransformerClassifier,
    TransformerRegressor,
    build_text_classifier,
)
from keraswrap.text._codec import codec_of
from keraswrap.text._schedule import choose_recipe

FILL = "it was the text and it is the text and it was a text"
# What a text is stands in its last word, beyond the length that is read.
TEXTS = [f"{FILL} {word}" for word in ("good", "great", "bad", "poor")] * 5 + ["good", "bad"] * 4
LABELS = np.array(["good", "good", "bad", "bad"] * 5 + ["good", "bad"] * 4)


@pytest.fixture(scope="module")
def bert(tmp_path_factory):
    return str(write_checkpoint(tmp_path_factory.mktemp("checkpoint") / "bert"))


def quick(bert, kind=TransformerClassifier, **kwargs):
    settings = {"epochs": 30, "learning_rate": 0.02, "max_length": 8, "dropout": 0.0}
    settings |= {"trainable": "all", "batch_size": 8, "random_state": 0, "cache": False}
    return kind(bert, **settings | {"long_texts": "windows", "overlap": 2} | kwargs)


def test_a_text_counts_once_and_its_windows_probabilities_are_averaged(bert):
    clf = quick(bert, epochs=3).fit(TEXTS, LABELS)
    spread = codec_of(bert).spread(Texts((TEXTS,)), 8, 2)
    recipe = choose_recipe(clf, "all", len(spread.ids), 8)
    arguments = {"encoder": bert, "trainable": "all", "dropout": 0.0}
    windows = KerasWrapperModel(
        build_text_classifier, arguments, recipe.compile_kwargs, recipe.params, random_state=0
    ).fit(spread.ids, LABELS[spread.owner], 1 / np.bincount(spread.owner)[spread.owner])
    proba = windows.predict_proba(spread.ids)
    expected = [proba[spread.owner == n].mean(axis=0) for n in range(len(TEXTS))]
    np.testing.assert_allclose(clf.predict_proba(TEXTS), expected, atol=1e-6)
    assert len(spread.ids) > len(TEXTS) == len(clf.predict(TEXTS))


@pytest.mark.thorough
def test_windows_read_what_is_cut_otherwise(bert):
    clf = quick(bert).fit(TEXTS, LABELS)
    assert clf.score(TEXTS, LABELS) > 0.9
    assert clf.truncated_share_ == 0.0
    cut = quick(bert, long_texts="truncate").fit(TEXTS[:20], LABELS[:20])
    assert cut.score(TEXTS[:20], LABELS[:20]) == 0.5
    assert cut.truncated_share_ == 1.0


def test_short_texts_are_as_without_windows(bert):
    texts, labels = TEXTS[20:], LABELS[20:]
    whole = quick(bert, long_texts="truncate", epochs=2, recipe="standard").fit(texts, labels)
    windows = quick(bert, epochs=2).fit(texts, labels)
    assert (windows.predict_proba(texts) == whole.predict_proba(texts)).all()


def test_files_and_heads_keep_the_windows(bert, tmp_path):
    fitted = quick(bert, early_stopping=True, validation_fraction=0.3, epochs=1)
    assert "val_loss" in fitted.fit(TEXTS, LABELS).history_
    fitted.save(tmp_path / "saved")
    again = TransformerClassifier.load(tmp_path / "saved")
    assert (again.predict_proba(TEXTS) == fitted.predict_proba(TEXTS)).all()
    assert again.truncated_share_ == 0.0
    head = quick(bert, trainable="head", epochs=1).fit(TEXTS, LABELS)
    assert head.predict_proba(TEXTS).shape == (28, 2)


@pytest.mark.thorough
def test_a_search_tunes_the_windows(bert):
    search = GridSearchCV(quick(bert, epochs=1), {"overlap": [0, 3]}, cv=2).fit(TEXTS, LABELS)
    assert search.best_estimator_.truncated_share_ == 0.0


@pytest.mark.thorough
def test_cleanlab_gets_a_row_for_each_text(bert):
    from cleanlab.classification import CleanLearning

    cleaner = CleanLearning(quick(bert, epochs=1), seed=0, cv_n_folds=2)
    texts, labels = np.array(TEXTS, dtype=object), (LABELS == "good").astype(int)
    issues = cleaner.find_label_issues(texts, labels)
    assert len(issues) == len(TEXTS)


def test_numbers_are_averaged_too(bert):
    reg = quick(bert, TransformerRegressor).fit(TEXTS, (LABELS == "good").astype(float))
    assert reg.predict(TEXTS).shape == (28,)
    assert reg.score(TEXTS, (LABELS == "good").astype(float)) > 0.3


def test_an_embedder_averages_the_vectors_of_windows(bert):
    whole = TextEmbedder(bert, max_length=8, cache=False, normalize=False)
    windows = TextEmbedder(
        bert, max_length=8, cache=False, normalize=False, long_texts="windows", overlap=2
    )
    long, parts = "it is good the text broke and", ["it is good the text broke", "text broke and"]
    vectors = whole.fit_transform(parts)
    assert TextTokenizer(bert, 8).fit_transform([long])[0, -1] != 0
    np.testing.assert_allclose(
        windows.fit_transform([long, "it"])[0], vectors.mean(axis=0), atol=1e-5
    )


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"long_texts": "slide"}, r"\('truncate', 'windows'\), got 'slide'"),
        ({"overlap": 6}, "overlap from 0 to 5 tokens, fewer than the 6"),
        ({"overlap": -1}, "overlap from 0 to 5 tokens"),
        ({"overlap": 1.5}, "overlap from 0 to 5 tokens"),
    ],
)
def test_windows_that_cannot_be_are_refused(bert, params, message):
    with pytest.raises(ParameterError, match=message):
        quick(bert, **params).fit(TEXTS, LABELS)
    embedder = TextEmbedder(bert, max_length=8, cache=False, long_texts="windows")
    with pytest.raises(ParameterError, match=message):
        embedder.set_params(**params).fit(TEXTS)
