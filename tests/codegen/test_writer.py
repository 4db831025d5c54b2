"""PipelineWriter as users meet it."""

import pickle

import numpy as np
import pandas as pd
import pytest
from mixed_tables import mixed, numbers, parts, scripted, specify
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.datasets import load_iris
from sklearn.exceptions import NotFittedError
from sklearn.metrics import accuracy_score

from keraswrap.codegen import PipelineWriter
from keraswrap.codegen._design import begin
from keraswrap.exceptions import EndpointError, InputError, InputTypeError, ParameterError

NAIVE = {"name": "GaussianNB", "var_smoothing": 1e-09}


def specifications(n, task="classification"):
    """Specifications for the table of `mixed`, without vectors of texts."""
    _, space = parts(task)
    told = []
    for seed in range(n):
        one = specify(space, seed)
        told.append({**one, "texts": {"encode": "tfidf_words", "max_features": 100}})
    return told


def writer(*answers, **told):
    told = {"n_candidates": 2, "cv": 3, "time_limit": None, "random_state": 0, **told}
    model = told.pop("model", None) or scripted(*(answers or specifications(2)))
    return PipelineWriter(model, **told)


@pytest.fixture(scope="module")
def fitted():
    X, y = mixed()
    return writer(description="Visits.").fit(X, y), X, y


def test_what_is_learned(fitted):
    found, X, _ = fitted
    assert found.n_features_in_ == 5
    assert found.feature_names_in_.tolist() == list(X.columns)
    assert found.classes_.tolist() == ["no", "yes"]
    assert (found.task_, found.seed_, found.cost_) == ("classification", 0, 0.0)
    assert sorted(found.leaderboard_["source"]) == sorted(
        ["defaults", *["language model"] * 2, *["random search"] * 2]
    )
    assert found.best_score_ == found.leaderboard_["score"].iloc[0]
    assert found.columns_["kind"].tolist() == ["number", "number", "category", "category", "text"]
    assert "scikit-learn" in found.versions_


def test_predictions_are_those_of_the_best_estimator(fitted):
    found, X, y = fitted
    assert np.array_equal(found.predict(X), found.best_estimator_.predict(X))
    assert found.score(X, y) == accuracy_score(y, found.predict(X))
    if hasattr(found.best_estimator_, "predict_proba"):
        assert found.predict_proba(X).shape == (120, 2)
    assert np.array_equal(found.predict({name: X[name] for name in X}), found.predict(X))


def test_the_holdout_is_scored_by_a_fit_on_the_other_rows(fitted):
    found, X, y = fitted
    job, _, _ = writer()._begin(X, y)
    alone = clone(found.best_estimator_).fit(X.iloc[job.rows], y.iloc[job.rows])
    assert len(job.aside) == 24
    assert found.holdout_score_ == alone.score(X.iloc[job.aside], y.iloc[job.aside])
    used = {int(row) for train, test in job.folds for row in [*train, *test]}
    assert not used & set(job.aside.tolist())


def test_rows_set_aside_are_not_told():
    X = pd.DataFrame({"a": np.arange(100.0), "b": np.arange(100.0) ** 2})
    y = np.arange(100) % 2
    job, settings, _ = writer()._begin(X, y)
    X.loc[job.aside] = 1e6
    same = begin(type(job.table)(X, job.table.target, job.table.columns), settings)
    assert same.briefing.told == job.briefing.told


def test_the_code_gives_the_same_pipeline(fitted):
    found, X, y = fitted
    scope = {}
    exec(found.to_code(), scope)
    assert np.array_equal(scope["pipeline"].fit(X, y).predict(X), found.predict(X))
    assert "seed 0" in found.to_code()


def test_the_summary_says_what_was_tried_and_whether_it_added_anything(fitted):
    found, _, _ = fitted
    assert found.summary().splitlines()[0].startswith("5 candidates, of which")
    assert found.verdict_ in found.summary()


def test_the_same_seed_gives_the_same():
    X, y = mixed()
    one, same = (writer().fit(X, y) for _ in range(2))
    kept = ["candidate", "source", "score", "to_best_low", "error", "specification"]
    pd.testing.assert_frame_equal(one.leaderboard_[kept], same.leaderboard_[kept])
    assert one.to_code() == same.to_code()


def test_a_seed_is_drawn_and_kept_and_no_global_generator_touched():
    X, y = mixed()
    before = np.random.get_state()
    found, other = (writer(random_state=None)._begin(X[["age", "rooms"]], y)[1] for _ in range(2))
    assert found.seed != other.seed
    one = writer(random_state=np.random.RandomState(0), holdout=0).fit(X[["age", "rooms"]], y)
    assert one.seed_ == np.random.RandomState(0).randint(2**32, dtype=np.uint32)
    after = np.random.get_state()
    assert np.array_equal(before[1], after[1])
    assert before[2] == after[2]


def test_regression():
    X, _ = mixed()
    found = writer(*specifications(2, "regression")).fit(X, numbers(X))
    assert is_regressor(found)
    assert found.best_score_ > 0.5
    assert not hasattr(found, "predict_proba")


def test_an_array_and_a_scorer_of_ones_own():
    X, y = load_iris(return_X_y=True)
    answer = {"drop": [], "numbers": {"scale": "none", "multiply_pairs": False}, "estimator": NAIVE}
    found = writer(answer, n_candidates=1, scoring="neg_log_loss", holdout=0).fit(X, y)
    assert found.holdout_score_ is None
    assert found.predict_proba(X).shape == (150, 3)
    assert not hasattr(found, "feature_names_in_")
    own = writer(answer, n_candidates=1, scoring=lambda e, X, y: float(e.score(X, y))).fit(X, y)
    assert 0.9 < own.best_score_ <= 1


def test_no_cell_is_in_any_prompt():
    X, y = mixed()
    bad = {**specifications(1)[0], "estimator": {"name": "SVC", "C": 1.0}}
    model = scripted("no json", bad, *specifications(2))
    # What scikit-learn raises for it names a class.
    writer(model=model, n_candidates=4, scoring=raise_with_a_cell).fit(X, y)
    told = "\n".join(prompt.text for prompt in model.calls)
    assert len(model.calls) == 4
    cells = {str(cell) for name in ("age", "city", "note") for cell in X[name].dropna()}
    assert not [cell for cell in cells if cell in told]
    assert "It raised ValueError." in told


def raise_with_a_cell(estimator, X, y):
    if "Hist" not in repr(estimator):
        raise ValueError(f"cannot score {X['note'].iloc[0]!r}")
    return 0.5


def test_a_model_that_gives_nothing_usable_leaves_the_baselines():
    X, y = mixed()
    with pytest.warns(UserWarning, match="added nothing: of 2 answers, none led to a pipeline"):
        found = writer("no json").fit(X, y)
    assert found.best_source_ in ("defaults", "random search")
    assert len(found.predict(X)) == 120
    exec(found.to_code(), {})


def test_the_end_of_the_budget_is_told_and_the_rest_goes_on():
    X, y = mixed()
    model = scripted(*specifications(3), prices=(0.0, 1e6))
    with pytest.warns(UserWarning, match="asked for 0 of 2 candidates. budget: Expected a cost"):
        found = writer(model=model, max_cost=10).fit(X, y)
    assert found.stopped_.startswith("budget")
    assert (found.leaderboard_["source"] == "random search").sum() == 2


def test_an_error_leaves_the_estimator_as_it_was_and_answers_are_kept(tmp_path):
    X, y = mixed()
    cache = tmp_path / "answers.sqlite"
    found = writer(cache=cache).fit(X, y)
    before = found.to_code()
    found.model = scripted("x", fail_after=0)
    with pytest.raises(EndpointError, match="told to fail"):
        found.fit(X, y)
    assert found.to_code() == before
    asked = scripted(*specifications(2))
    one = writer(model=asked, cache=cache).fit(X, y)
    two = writer(model=asked, cache=cache).fit(X, y)
    assert len(asked.calls) == 2
    assert one.to_code() == two.to_code()


def test_columns_that_are_not_used_are_named():
    X, y = mixed()
    with pytest.warns(UserWarning, match="1 of 6 columns are not used: 'empty': it is empty"):
        writer().fit(X.assign(empty=None), y)


def test_cloning_shares_the_model_and_a_pickle_predicts(fitted):
    found, X, _ = fitted
    assert clone(found).model is found.model
    found.model.says = None
    again = pickle.loads(pickle.dumps(found))
    assert np.array_equal(again.predict(X), found.predict(X))


def test_tags():
    X, y = mixed()
    assert not is_classifier(writer())
    assert is_classifier(writer(task="classification"))
    assert is_classifier(writer().fit(X, y))


def test_an_estimate_asks_nothing():
    X, y = mixed()
    model = scripted("x", prices=(1.0, 1.0))
    found = writer(model=model, n_candidates=3, max_tokens=50).estimate(X, y)
    assert (found.calls, found.tokens_out, model.calls) == (3, 150, [])
    assert found.cost > 0


@pytest.mark.parametrize(
    ("told", "error", "message"),
    [
        (
            {"n_candidates": 0},
            ParameterError,
            "Expected n_candidates as a whole number of at least 1",
        ),
        ({"cv": 1}, ParameterError, "Expected cv of at least 2"),
        ({"cv": 100}, InputError, "Expected at least a row for each of cv=100|rows of each class"),
        (
            {"holdout": 1},
            ParameterError,
            "Expected holdout as a number from 0 on and below 1, got 1",
        ),
        ({"holdout": np.nan}, ParameterError, "Expected holdout as a number"),
        ({"max_cost": -1}, ParameterError, "Expected max_cost as a number from 0 on"),
        ({"time_limit": 0}, ParameterError, "Expected time_limit as seconds above 0"),
        ({"show_rows": -1}, ParameterError, "Expected show_rows as a whole number of at least 0"),
        ({"n_jobs": 0}, ParameterError, "Expected n_jobs as a whole number"),
        ({"max_tokens": 0}, ParameterError, "Expected max_tokens as a whole number of at least 1"),
        ({"temperature": -1}, ParameterError, "Expected temperature"),
        ({"scoring": "acuracy"}, ParameterError, "Expected scoring as the name of a scorer"),
        ({"scoring": 3}, ParameterError, "Expected scoring as the name of a scorer"),
        ({"scoring": "r2"}, InputError, "gradient boosting with its defaults works with, got: "),
        ({"task": "ranking"}, ParameterError, "Expected task to be None or one of"),
        ({"random_state": -1}, ParameterError, "Expected random_state as a whole number"),
        ({"description": 3}, InputTypeError, "Expected description as a text, got 3"),
        ({"progress": "yes"}, ParameterError, "Expected progress as a bool"),
        ({"model": object()}, InputTypeError, "Expected model to be a LanguageModel or the name"),
    ],
)
def test_what_cannot_be_used_is_told_before_anything_is_asked(told, error, message):
    X, y = mixed()
    model = scripted("x")
    with pytest.raises(error, match=message):
        writer(**{"model": model, **told}).fit(X, y)
    assert model.calls == []


def test_it_must_be_fitted_and_given_the_same_columns(fitted):
    found, X, _ = fitted
    with pytest.raises(NotFittedError, match="not fitted yet"):
        writer().predict(X)
    with pytest.raises(ValueError, match="feature names should match"):
        found.predict(X.rename(columns={"age": "years"}))


def test_numbered_columns_in_another_order():
    X, y = mixed(60)
    X.columns = [3, 1, 2, 7, 0]
    found = writer(specifications(1)[0], n_candidates=1).fit(X, y)
    with pytest.raises(InputError, match=r"Expected the columns \[3, 1, 2, 7, 0\] in this order"):
        found.predict(X[[1, 3, 2, 7, 0]])


def test_a_score_needs_targets_in_the_order_of_rows(fitted):
    found, X, y = fitted
    X, y = X.set_axis([f"r{k}" for k in range(120)]), y.set_axis([f"r{k}" for k in range(120)])
    with pytest.raises(InputError, match="in another order"):
        found.score(X, y[::-1])
