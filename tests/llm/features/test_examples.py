"""Examples with labels: drawn inside a fold, and never a row's own."""

import re

import numpy as np
import pytest
from asked_reviews import QUALITY, TEXTS, TOPIC
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold, cross_val_score
from sklearn.pipeline import make_pipeline

from keraswrap.exceptions import InputError
from keraswrap.llm import FakeLM, LanguageModelFeatures, Question

LABEL = Question("label", "Which label does it have?", ["0", "1"], [0, 1])
MANY = [f"text number {n}" for n in range(120)]


def shown_in(prompt):
    """The examples and the text of a prompt."""
    pairs = re.findall(r"Text:\n(.*?)\n\nLabel:\n(\S+)", prompt.text, re.DOTALL)
    return pairs, prompt.text.split("Text:\n")[-1].split("\n\nQuestion")[0]


def copier(prompt, word):
    """Answer with the label of the example that is most like the text: a perfect memory."""
    pairs = re.findall(r"Text:\n(.*?)\n\nLabel:\n(\S+)", prompt)
    text = prompt.split("Text:\n")[-1].split("\n\nQuestion")[0]
    own = [label for shown, label in pairs if shown == text]
    said = own[0] if own else pairs[sum(text.encode()) % len(pairs)][1]
    return np.log(0.9 if word == said else 0.1)


def few_shot(model, **kwargs):
    given = {"examples": "few_shot", "random_state": 0, **kwargs}
    return LanguageModelFeatures([LABEL], model, **given)


def labels(seed):
    return np.random.default_rng(seed).integers(0, 2, len(MANY))


@pytest.mark.parametrize("seed", range(3))
def test_shuffled_labels_give_chance(seed):
    y = labels(seed)
    model = FakeLM(copier)
    found = few_shot(model, n_examples=100).fit_transform(MANY, y)[:, 0]
    assert abs(np.corrcoef(found, y)[0, 1]) < 0.2  # 0.18 is two standard errors
    pipe = make_pipeline(few_shot(model, n_examples=100), LogisticRegression())
    assert abs(cross_val_score(pipe, MANY, y, cv=4).mean() - 0.5) < 0.13


def test_no_row_sees_its_own_label_nor_its_fold():
    model = FakeLM()
    y = labels(0)
    few_shot(model, n_examples=1000, cv=4).fit_transform([*MANY[:60], *MANY[:60]], y)
    for prompt in model.calls:
        pairs, text = shown_in(prompt)
        assert text not in dict(pairs)
        assert len(pairs) >= 60 - 31


def test_transform_shows_all_rows_but_a_texts_own_label():
    model = FakeLM(copier)
    y = labels(1)
    features = few_shot(model, n_examples=1000).fit(MANY, y)
    assert len(features.examples_) == len(MANY)
    found = features.transform(MANY)[:, 0]
    assert abs(np.corrcoef(found, y)[0, 1]) < 0.2
    assert {len(shown_in(prompt)[0]) for prompt in model.calls} == {len(MANY) - 1}
    features.transform(["another text"])
    assert len(shown_in(model.calls[-1])[0]) == len(MANY)


def test_a_text_that_is_cut_does_not_see_its_own_label_either():
    model = FakeLM(context_length=120)
    texts, y = ["short", "first " + "long " * 50], [0, 1]
    features = few_shot(model, n_examples=2).fit(texts, y)
    with pytest.warns(UserWarning, match="Cut the end of 1 of 1 texts"):
        features.transform(["other " * 60])
    assert len(shown_in(model.calls[-1])[0]) == 2
    model.context_length = 80
    with pytest.warns(UserWarning, match="Cut the end of 1 of 1 texts"):
        features.transform(texts[1:])
    pairs, text = shown_in(model.calls[-1])
    assert texts[1].startswith(text)
    assert text != texts[1]
    assert pairs == [("short", "0")]


def test_examples_come_from_the_rows_of_a_fold_alone():
    model = FakeLM()
    y = labels(2)
    for train, test in KFold(3, shuffle=True, random_state=0).split(MANY):
        model.calls.clear()
        features = few_shot(model, n_examples=10).fit([MANY[n] for n in train], y[train])
        features.transform([MANY[n] for n in test])
        shown = {text for prompt in model.calls for text, _ in shown_in(prompt)[0]}
        assert shown <= {MANY[n] for n in train}


def test_examples_are_balanced_over_classes_or_ranges():
    model, y = FakeLM(), np.arange(120) < 20
    chosen = few_shot(model, n_examples=6).fit(MANY, y).examples_
    assert sorted(label for _, label in chosen) == ["False"] * 3 + ["True"] * 3
    chosen = few_shot(model, n_examples=4).fit(MANY, np.arange(120) / 7).examples_
    assert sorted(int(float(label) * 7 + 0.5) // 30 for _, label in chosen) == [0, 1, 2, 3]


def test_the_same_seed_shows_the_same():
    def prompts(seed):
        model = FakeLM()
        few_shot(model, random_state=seed).fit_transform(MANY, labels(0))
        return model.calls

    assert prompts(1) == prompts(1)
    assert prompts(1) != prompts(2)


@pytest.mark.parametrize("calibration", ["batch", "contextual"])
def test_examples_go_with_calibration_and_missing_texts(calibration):
    given = {"examples": "few_shot", "random_state": 0, "calibration": calibration}
    features = LanguageModelFeatures([QUALITY, TOPIC], FakeLM(), **given)
    texts, y = [None, *TEXTS, *MANY[:10]], [0, 1] * 8
    found = features.fit_transform(texts, y)
    assert np.isnan(found).any(axis=1).tolist() == [True] + [False] * 15
    assert "None" not in [text for text, _ in features.examples_]
    assert features.answers_["quality"] == [None] * 16


@pytest.mark.parametrize(
    ("texts", "y", "message"),
    [
        (MANY, None, "labels in y with examples='few_shot', got None"),
        (MANY, [1], r"for each of 120 texts, got y of shape \(1,\)"),
        (MANY, np.zeros((120, 2)), r"got y of shape \(120, 2\)"),
        (MANY[:2], [1.0, np.nan], "missing ones in y"),
        (MANY[:2], ["a", None], "missing ones in y"),
        (MANY[:1], ["a"], "at least 2 texts"),
    ],
)
def test_labels_are_checked(texts, y, message):
    with pytest.raises(InputError, match=message):
        few_shot(FakeLM()).fit_transform(texts, y)
