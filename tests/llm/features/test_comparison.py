"""What features are worth: gains where there are some, and none where there are none."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import log_loss, mean_absolute_error
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline

from keraswrap.exceptions import InputError, InputTypeError, ParameterError
from keraswrap.llm import FakeLM, LanguageModelFeatures, Question, compare_features
from keraswrap.llm.features._row_scores import row_scores

WORDS = ["tent", "lamp", "rope", "boots", "map", "stove", "knife", "mug"]
BROKEN = Question("broken", "Is it broken?", ["no", "yes"], [0, 1])
TFIDF = {"TF-IDF": TfidfVectorizer()}


def reviews(n, seed=0):
    """Texts about random things, and labels that only a reader of "text 17" can know."""
    rng = np.random.default_rng(seed)
    texts = [f"{' '.join(rng.choice(WORDS, 4))} {k}" for k in range(n)]
    return texts, rng.integers(0, 2, n)


def oracle(texts, y, right):
    """A model that answers rightly about a share of the texts."""
    rng = np.random.default_rng(1)
    told = {t: one if rng.random() < right else 1 - one for t, one in zip(texts, y, strict=True)}

    def answer(prompt, word):
        text = prompt.split("Text:\n")[-1].split("\n\nQuestion")[0]
        return np.log(0.9 if told[text] == (word == "yes") else 0.1)

    return FakeLM(answer)


def compare(features, *args, **kwargs):
    given = {"baselines": TFIDF, "estimator": LogisticRegression(), **kwargs}
    return compare_features(features, *args, **given)


def test_a_gain_is_found_and_each_text_is_asked_once():
    texts, y = reviews(200)
    model = oracle(texts, y, 0.9)
    found = compare(LanguageModelFeatures([BROKEN], model), texts, y)
    beside, instead = found.gains
    assert (beside.use, instead.use, beside.verdict, instead.verdict) == (
        *("beside", "instead of"),
        *("gain", "gain"),
    )
    assert instead.with_features > 0.85
    assert instead.gain == pytest.approx(instead.with_features - instead.without)
    assert instead.low < instead.gain < instead.high
    assert len(model.calls) == len(texts)
    assert "accuracy of 200 held-out rows" in str(found)
    assert found.to_frame()["verdict"].tolist() == ["gain", "gain"]


def test_features_that_know_nothing_seldom_gain():
    verdicts = []
    for seed in range(25):
        texts, y = reviews(80, seed)
        verdicts.append(compare(Noise(seed), texts, y).gains[0].verdict)
    assert verdicts.count("gain") <= 3  # one in forty, and what small samples add


def test_shuffled_labels_gain_nothing_with_examples():
    texts, y = reviews(120)
    label = Question("label", "Which label?", ["0", "1"], [0, 1])

    def recall(prompt, word):
        """The label of the example most like the text: knows all that it is shown."""
        text = prompt.split("Text:\n")[-1].split("\n\nQuestion")[0]
        shown = dict(part.split("\n\nLabel:\n") for part in _examples(prompt))
        said = shown.get(text) or list(shown.values())[len(text) % len(shown)]
        return np.log(0.9 if word == said else 0.1)

    features = LanguageModelFeatures(
        [label], FakeLM(recall), examples="few_shot", n_examples=60, random_state=0
    )
    found = compare(features, texts, y)
    assert found.gains[1].with_features < 0.65
    assert found.gains[0].verdict != "gain"


def _examples(prompt):
    block = prompt.split("labels:\n\n")[1].split("\n\nRead the next")[0]
    return block.removeprefix("Text:\n").split("\n\nText:\n")


def test_a_frames_numbers_are_on_both_sides():
    texts, y = reviews(150)
    numbers = np.where(np.random.default_rng(2).random(150) < 0.85, y, 1 - y)
    frame = pd.DataFrame({"review": [None, *texts[1:]], "stars": numbers.astype(float)})
    frame.loc[3, "stars"] = np.nan
    features = LanguageModelFeatures([BROKEN], oracle(texts, y, 0.55))
    found = compare(features, frame, y)
    assert [gain.baseline for gain in found.gains] == ["numbers alone", "TF-IDF", "TF-IDF"]
    assert found.gains[0].without > 0.75
    assert found.gains[2].with_features > 0.75


def test_numbers_are_predicted_too():
    texts, y = reviews(150)
    target = y + np.random.default_rng(0).normal(0, 0.3, 150)
    features = LanguageModelFeatures([BROKEN], oracle(texts, y, 1.0))
    found = compare_features(features, texts, target, baselines=TFIDF)
    assert found.metric == "absolute_error"
    assert found.gains[0].verdict == "gain"
    assert found.gains[0].with_features < 0.3 < found.gains[0].without


@pytest.mark.parametrize("metric", ["accuracy", "log_loss"])
def test_scores_are_those_of_scikit_learn(metric):
    texts, y = reviews(100)
    model = LogisticRegression()
    found = compare(Lengths(), texts, y, estimator=model, metric=metric, cv=4)
    folds = StratifiedKFold(4, shuffle=True, random_state=0)
    proba = cross_val_predict(
        make_pipeline(TfidfVectorizer(), model), texts, y, cv=folds, method="predict_proba"
    )
    expected = log_loss(y, proba) if metric == "log_loss" else (proba.argmax(axis=1) == y).mean()
    assert found.gains[0].without == pytest.approx(expected)


def test_a_class_that_a_fit_has_not_seen_is_a_great_loss():
    fitted = LogisticRegression().fit([[0.0], [1.0]], [0, 1])
    losses = row_scores(fitted, [[0.0], [1.0]], np.array([0, 2]), "log_loss")
    assert losses[1] == pytest.approx(np.log(1e-15))
    line = LinearRegression().fit([[0.0], [1.0]], [0, 1])
    errors = row_scores(line, [[0.0], [1.0]], np.array([1.0, 1.0]), "absolute_error")
    assert -errors.mean() == pytest.approx(mean_absolute_error([1, 1], [0, 1]))


class Noise(TransformerMixin, BaseEstimator):
    """A number that is drawn for each text."""

    def __init__(self, seed):
        self.seed = seed

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        keys = [list(text.encode()) for text in X]
        return np.array([[np.random.default_rng([self.seed, *key]).random()] for key in keys])


class Lengths(TransformerMixin, BaseEstimator):
    """The number of characters."""

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        return np.array([[len(text)] for text in X])


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"metric": "auc"}, ParameterError, "since y holds classes, got 'auc'"),
        ({"cv": 1}, ParameterError, "cv as a whole number"),
        ({"features": "length"}, InputTypeError, "a transformer of a column of texts"),
        ({"baselines": [TfidfVectorizer()]}, InputTypeError, "baselines as a dict"),
        ({"X": pd.DataFrame({"a": ["x"], "b": ["y"]}), "y": [1]}, InputError, r"got \['a', 'b'\]"),
        ({"y": [0, 1]}, InputError, r"a label for each of 4 rows, got y of shape \(2,\)"),
        ({"y": [0, 1, None, 1]}, InputError, "missing ones in y"),
        ({"y": [1, 1, 1, 1]}, InputError, r"two classes in y, got \[1\]"),
    ],
)
def test_what_is_passed_is_checked(change, error, message):
    given = {"features": Lengths(), "X": ["a", "b", "c", "d"], "y": [0, 1, 0, 1], **change}
    with pytest.raises(error, match=message):
        compare_features(**given)
