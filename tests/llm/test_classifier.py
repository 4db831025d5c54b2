"""What the classifiers share: parameters, texts, budgets, and how they are searched."""

import numpy as np
import pandas as pd
import pytest
from reviews import BOTH, X, Y, biased, fake
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import parametrize_with_checks

from keraswrap.exceptions import (
    BudgetError,
    InputError,
    InputTypeError,
    ParameterError,
    SavedFileError,
)
from keraswrap.llm import (
    AnswerCache,
    FakeLM,
    FewShotClassifier,
    MultiLabelZeroShotClassifier,
    ZeroShotClassifier,
)
from keraswrap.model_selection import cross_val_predict_proba


def test_a_model_may_speak_freely(make):
    model = fake(says=lambda prompt: "Well, it depends on " + prompt[:4])
    clf = make(model=model).fit(X, Y)
    assert clf.explain_low_prob(X[0]) == ["Well, it depends on Read"]
    assert clf.explain_low_prob(X, max_tokens=2) == ["Well, it"] * 6


def test_the_cache_of_a_process_can_be_cleared(make):
    clf = make().fit(X, Y)
    for n_calls, again in [(6, clf.clear_model_cache), (12, None)]:
        clf.predict(X)
        clf.predict_proba(X)
        assert len(clf.model_.calls) == n_calls
        if again:
            again()
    off = make(use_caching=False).fit(X, Y)
    off.predict(X)
    off.predict(X)
    assert len(off.model_.calls) == 12


def test_a_grid_asks_once_what_does_not_change_the_prompt():
    model = fake()
    grid = {"calibration": [None, "contextual"], "probas_sum_to_1": [True, False]}
    GridSearchCV(ZeroShotClassifier(model=model), grid, cv=2).fit(X, Y)
    assert len(model.calls) == len(X) + 3


def test_a_grid_over_examples_and_models():
    grid = {"max_samples": [0, 2, 4], "model": [fake(), biased()]}
    search = GridSearchCV(FewShotClassifier(model=fake(), random_state=0), grid, cv=2).fit(X, Y)
    assert search.best_params_["model"] is grid["model"][0]


def test_probabilities_out_of_sample_take_labels_as_they_are(make):
    proba = cross_val_predict_proba(make(), X, Y, cv=2)
    np.testing.assert_allclose(proba, make().fit(X, Y).predict_proba(X))
    with pytest.raises(InputError, match="use cross_val_predict_proba"):
        cross_val_predict(make(), X, Y, cv=2, method="predict_proba")


def test_it_is_a_step_of_a_pipeline(make):
    strip = FunctionTransformer(lambda texts: [text.upper() for text in texts])
    assert make_pipeline(strip, make()).fit(X, Y).predict(X).tolist() == Y


def test_money_is_counted_from_fit_on(tmp_path):
    model = fake(prices=(1e6, 0))
    clf = ZeroShotClassifier(model=model, prompt="{text}", max_cost=12, cache=tmp_path / "a")
    clf.fit(y=Y)
    assert clf.estimate(X).cost == sum(len(text.split()) for text in X) == 13
    with pytest.raises(BudgetError, match="max_cost=12"):
        clf.predict(X)
    assert 0 < clf.cost_ <= 12
    rest = clf.set_params(max_cost=None).estimate(X)
    assert rest.cached == len(model.calls) > 0
    assert clf.fit(y=Y).predict(X).tolist() == Y
    assert AnswerCache(tmp_path / "a").info().n_answers == 6


def test_a_broken_cache_is_refused_before_anything_is_asked(tmp_path):
    (tmp_path / "a").write_text("no cache at all " * 100)
    clf = ZeroShotClassifier(model=fake(), calibration="contextual", cache=tmp_path / "a")
    with pytest.raises(SavedFileError, match="Move it away"):
        clf.fit(y=Y)
    assert clf.model.calls == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model": None}, "either model_name, or model.*got neither"),
        ({"model_name": "gpt2"}, "either model_name, or model.*got both"),
        ({"model": None, "model_name": "gpt2", "tokenizer": 3}, "got both"),
        ({"tokenizer": object()}, "tokenizer=None, since FakeLM has its own, got object"),
        ({"error_low_prob": "explode"}, "error_low_prob to be one of .*got 'explode'"),
        ({"error_low_prob": None}, "error_low_prob to be one of"),
        ({"threshold_low_prob": 1.1}, "threshold_low_prob between 0 and 1, got 1.1"),
        ({"threshold_low_prob": "0"}, "threshold_low_prob between 0 and 1"),
        ({"threshold_low_prob": np.nan}, "threshold_low_prob between 0 and 1"),
        ({"calibration": "platt"}, "calibration to be one of"),
        ({"calibration": ["batch"]}, "calibration to be one of"),
        ({"on_too_long": "cut"}, "on_too_long to be one of"),
        ({"probas_sum_to_1": 2}, "probas_sum_to_1 as a bool"),
        ({"length_norm": "no"}, "length_norm as a bool"),
        ({"use_caching": None}, "use_caching as a bool"),
        ({"chat": "yes"}, "chat as a bool"),
        ({"progress": "often"}, "progress as a bool or None"),
        ({"max_cost": -1}, "max_cost as a number from 0 on"),
        ({"max_cost": "1"}, "max_cost as a number from 0 on"),
        ({"max_cost": np.nan}, "max_cost as a number from 0 on"),
        ({"use_caching": False, "cache": "a"}, "use_caching=True with a cache"),
        ({"prompt": "{labels}"}, r"with the field \{text\}"),
        ({"verbalizers": {"neutral": ["so"]}}, "got 'neutral'"),
        ({"descriptions": {"neutral": "so"}}, "got 'neutral'"),
    ],
)
def test_parameters_are_checked_before_any_work(change, message, make):
    clf = make().set_params(**change)
    with pytest.raises(ParameterError, match=message):
        clf.fit(X, Y)
    assert not hasattr(clf, "classes_")


@pytest.mark.parametrize(
    ("rows", "labels", "error", "message"),
    [
        (X, None, InputError, "the labels in y, got None"),
        (X, Y[:2], InputError, "of the same length, got 6 texts and 2 labels"),
        (X, [0, 1] * 3, InputError, "labels as texts"),
        ("It broke.", Y[:1], InputTypeError, "a list of texts, got one str"),
        ([*X[:5], None], Y, InputTypeError, "a text in each row, got None in row 5"),
        (pd.DataFrame({"a": X, "b": X}), Y, InputError, "one column of texts, got"),
    ],
)
def test_texts_and_labels_are_checked(make, rows, labels, error, message):
    with pytest.raises(error, match=message):
        make().fit(rows, labels)


@pytest.mark.parametrize("rows", [[None], [np.nan], [3], [], "text", [b"x"], ["\ud800"]])
def test_predict_takes_texts_only(make, rows):
    with pytest.raises((InputError, InputTypeError), match="Expected"):
        make().fit(X, Y).predict(rows)


def test_an_unfitted_classifier_says_so(make):
    for method in ("predict", "predict_proba", "get_prompt", "estimate", "explain_low_prob"):
        with pytest.raises(NotFittedError, match="not fitted yet"):
            getattr(make(), method)("x")


@pytest.mark.parametrize("kind", [*BOTH, MultiLabelZeroShotClassifier])
@pytest.mark.parametrize(
    "use",
    [
        lambda clf: clf.score(X, Y),
        lambda clf: clf.get_prompt(X[0], Y[0]) if "classes" in vars(clf) else clf.get_prompt(X[0]),
        *(lambda clf: clf.answers_, lambda clf: clf.problems_, lambda clf: clf.cost_),
        *(lambda clf: clf.tokenizer_, lambda clf: clf.device_),
    ],
)
def test_nothing_is_told_of_a_fit_that_was_not(kind, use):
    with pytest.raises(NotFittedError, match="not fitted yet"):
        use(kind(model=fake()))


def test_a_fit_that_fails_keeps_the_one_before(make):
    clf = make().fit(X, Y)
    with pytest.raises(InputError, match="got None"):
        clf.fit(X, None)
    assert clf.predict(X).tolist() == Y


@parametrize_with_checks([cls(model=FakeLM()) for cls in (*BOTH, MultiLabelZeroShotClassifier)])
def test_scikit_learns_checks(estimator, check):
    check(estimator)
