"""Answers as columns: numbers, names, counts of what is asked, and what is refused."""

import pickle

import numpy as np
import pandas as pd
import pytest
from asked_reviews import EXPECTED, QUALITY, TEXTS, TOPIC, answer
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import parametrize_with_checks

from keraswrap.exceptions import (
    BudgetError,
    EndpointError,
)
from keraswrap.llm import AnswerCache, FakeLM, LanguageModelFeatures, OpenAICompatibleLM

NAMES = ["quality", "topic__price", "topic__sound"]


def test_expected_values_and_probabilities(make):
    found = make().fit_transform(TEXTS)
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, EXPECTED)
    proba = make(output="probabilities").fit(TEXTS).transform(TEXTS)
    np.testing.assert_allclose(proba[:, :3] @ [-1, 0, 1], found[:, 0])
    np.testing.assert_allclose(proba[:, :3].sum(axis=1), 1)
    np.testing.assert_allclose(proba[:, 3:], found[:, 1:])


# What is asked


def test_each_distinct_text_is_asked_each_question_once_in_a_whole_search(make, lm):
    X = pd.DataFrame({"review": TEXTS * 6, "stars": np.arange(30) % 7})
    y = [("uperb" in text) != (n == 0) for n, text in enumerate(X["review"])]
    columns = ColumnTransformer([("text", make(), "review")], remainder="passthrough")
    pipe = make_pipeline(columns, LogisticRegression())
    grid = {
        "columntransformer__text__output": ["expected", "probabilities"],
        "columntransformer__text__calibration": [None, "batch"],
        "logisticregression__C": [0.1, 100],
    }
    search = GridSearchCV(pipe, grid, cv=5).fit(X, y)
    assert len(lm.calls) == len(set(TEXTS)) * 2
    assert search.score(X, y) > 0.9
    assert len(lm.calls) == len(set(TEXTS)) * 2


def test_a_further_question_is_asked_alone(make, lm):
    make([QUALITY]).fit_transform(TEXTS)
    make([TOPIC, QUALITY]).fit_transform(TEXTS)
    assert len(lm.calls) == 2 * len(TEXTS)


def test_estimates_are_what_is_then_asked(make, lm):
    estimate = make().estimate([*TEXTS, *TEXTS, None])
    assert (estimate.calls, estimate.cached, len(lm.calls)) == (10, 10, 0)
    features = make().fit(TEXTS)
    features.transform(TEXTS[:2])
    assert len(lm.calls) == 4
    assert (features.estimate(TEXTS).calls, features.estimate(TEXTS).cached) == (6, 4)


def test_a_budget_that_ends_in_the_middle_loses_nothing(make, tmp_path):
    dear = FakeLM(answer, prices=(1e6, 0.0))
    features = make(model=dear, cache=tmp_path / "answers", max_cost=150)
    with pytest.raises(BudgetError, match="a larger max_cost"):
        features.fit_transform(TEXTS)
    done = len(dear.calls)
    assert 0 < done < 10
    assert 0 < features.cost_ <= 150
    again = FakeLM(answer, prices=(1e6, 0.0))
    features.set_params(model=again, max_cost=None)
    np.testing.assert_allclose(features.fit_transform(TEXTS), EXPECTED)
    assert len(again.calls) == 10 - done


def test_a_failure_in_the_middle_is_resumed(make, tmp_path):
    given = {"cache": tmp_path / "answers"}
    with pytest.raises(EndpointError, match="told to fail"):
        make(model=FakeLM(answer, batch_size=1, fail_after=7), **given).fit_transform(TEXTS)
    other = FakeLM(answer)  # as in another process
    np.testing.assert_allclose(make(model=other, **given).fit_transform(TEXTS), EXPECTED)
    assert len(other.calls) == 3


def test_classifiers_and_features_share_a_cache_file(make, lm, tmp_path):
    cache = AnswerCache(tmp_path / "answers")
    make(cache=cache).fit_transform(TEXTS)
    assert cache.info().n_answers == len(lm.calls) == 10


# Answers in words, and none


# Calibration


# As scikit-learn knows it


@pytest.mark.parametrize("kind", ["pandas", "polars"])
def test_columns_are_named_after_theirs(make, kind):
    frame = pytest.importorskip(kind).DataFrame
    features = make()
    features.fit(frame({"review": TEXTS}))
    named = [f"review__{name}" for name in NAMES]
    assert features.get_feature_names_out().tolist() == named
    assert features.get_feature_names_out(["title"])[0] == "title__quality"
    assert make().fit(TEXTS).get_feature_names_out().tolist() == NAMES
    out = features.set_output(transform=kind).transform(frame({"review": TEXTS}))
    assert isinstance(out, frame)
    assert list(out.columns) == named
    np.testing.assert_allclose(out.to_numpy(), EXPECTED)


@pytest.mark.parametrize("kind", ["pandas", "polars"])
def test_names_pass_through_a_column_transformer(make, kind):
    pytest.importorskip(kind)
    frame = pd.DataFrame({"review": [*TEXTS, None], "stars": [1, 5, 3, 5, 4, 2.0]})
    columns = ColumnTransformer(
        [("text", make(), "review")], remainder="passthrough", verbose_feature_names_out=False
    ).set_output(transform=kind)
    out = columns.fit_transform(frame)
    assert list(out.columns) == [*(f"review__{name}" for name in NAMES), "stars"]
    assert np.isnan(out.to_numpy()[-1, :3]).all()


def test_clones_share_the_model_and_pickles_hold_no_key(make, lm, monkeypatch):
    features = make().fit(TEXTS)
    assert clone(features).model is lm
    copy = pickle.loads(pickle.dumps(features))
    np.testing.assert_allclose(copy.transform(TEXTS), EXPECTED)
    monkeypatch.setenv("SHOP_KEY", "sk-secret")
    server = OpenAICompatibleLM("https://localhost:1/v1", "m", api_key_env="SHOP_KEY")
    remote = make(model=server).fit(TEXTS)
    told = [repr(remote), str(remote.get_params()), str(vars(remote)), remote._repr_html_()]
    assert not any("sk-secret" in each for each in told)
    assert b"sk-secret" not in pickle.dumps(remote)


def test_it_is_fitted_first(make):
    for call in ("transform", "get_feature_names_out"):
        with pytest.raises(NotFittedError, match="not fitted"):
            getattr(make(), call)(*([TEXTS] if call == "transform" else []))


@parametrize_with_checks(
    [LanguageModelFeatures([QUALITY], FakeLM())],
    expected_failed_checks=lambda _: {},
)
@pytest.mark.filterwarnings("ignore")
def test_check(estimator, check):
    check(estimator)
