"""Every choice leads to a pipeline that can be fitted, and that does what was chosen."""

import numpy as np
import pandas as pd
import pytest
from mixed_tables import mixed, parts, specify
from sklearn.base import clone

from keraswrap.codegen._calls import make, write
from keraswrap.codegen._data import read_table
from keraswrap.codegen._offers import ESTIMATORS
from keraswrap.codegen._plan import plan_defaults, plan_pipeline
from keraswrap.codegen._space import Choice
from keraswrap.codegen._specification import ENCODERS, IMPUTERS, SCALERS, space_of

PLAIN = {
    "drop": [],
    "numbers": {
        "as_categories": [],
        "impute": "median",
        "indicate_missing": False,
        "scale": "standard",
        "multiply_pairs": False,
    },
    "categories": {"encode": "one_hot", "max_categories": 10},
    "texts": {"encode": "tfidf_words", "max_features": 100},
    "estimator": {"name": "DecisionTreeClassifier", "max_depth": 3, "min_samples_leaf": 1},
}


def plan(task="classification", **changed):
    table, space = parts(task)
    read = space.read({**PLAIN, **changed})
    return table, plan_pipeline(read, table.columns, table.target.task, 0)


def fit(table, pipeline):
    return make(pipeline).fit(table.X, table.target.values)


def numbers(**changed):
    return {"numbers": {**PLAIN["numbers"], **changed}}


CHOICES = [
    *(numbers(impute=one) for one in IMPUTERS),
    *(numbers(scale=one) for one in SCALERS),
    *(numbers(indicate_missing=True, multiply_pairs=one) for one in (False, True)),
    numbers(as_categories=["c1"]),
    *({"categories": {"encode": one, "max_categories": 5}} for one in ENCODERS),
    {"texts": {"encode": "tfidf_characters", "max_features": 100}},
    {"drop": ["c0", "c1"]},
    {"drop": ["c0", "c1", "c2", "c3"]},
]


@pytest.mark.parametrize("changed", CHOICES, ids=str)
def test_each_choice_of_a_step_can_be_fitted(changed):
    table, pipeline = plan(**changed)
    assert fit(table, pipeline).predict(table.X).shape == (120,)


@pytest.mark.parametrize("offer", ESTIMATORS.values(), ids=lambda offer: offer.name)
def test_each_estimator_can_be_fitted_on_gaps_and_repeats_itself(offer):
    table, space = parts(offer.task)
    chosen = {"name": offer.name, **{n: values[0] for n, values in offer.choices.items()}}
    told = {**PLAIN, **numbers(impute="auto"), "estimator": chosen}
    if offer.task == "regression":
        told["target"] = "log"
    pipeline = plan_pipeline(space.read(told), table.columns, table.target.task, 7)
    before = np.random.get_state()
    one, same = fit(table, pipeline), fit(table, pipeline)
    after = np.random.get_state()
    assert np.array_equal(before[1], after[1])
    assert before[2] == after[2]  # a fit without a seed would draw from the global generator
    assert np.array_equal(one.predict(table.X), same.predict(table.X))


@pytest.mark.parametrize("name", ["TargetEncoder", "QuantileTransformer"])
def test_steps_that_draw_at_random_repeat_themselves(name):
    encode = {"categories": {"encode": "target", "max_categories": 5}}
    table, pipeline = plan(**encode, **numbers(scale="quantile"))
    assert name in write(pipeline)
    one, same = (fit(table, pipeline)[:-1].transform(table.X) for _ in range(2))
    assert np.array_equal(one, same)


def test_gaps_are_left_to_an_estimator_that_takes_them():
    _, tree = plan(**numbers(impute="auto"))
    assert "SimpleImputer" not in write(tree)
    linear = {"estimator": {"name": "LogisticRegression", "C": 1.0, "class_weight": None}}
    assert "SimpleImputer(strategy='median'" in write(plan(**numbers(impute="auto"), **linear)[1])


def test_columns_that_are_left_out_or_treated_as_categories():
    _, pipeline = plan(drop=["c0", "c4"], **numbers(as_categories=["c1"]))
    code = write(pipeline)
    assert "['rooms', 'city', 'member']" in code
    assert "age" not in code
    assert "note" not in code


def test_the_logarithm_of_a_target_is_undone():
    table, space = parts("regression")
    ridge = {"name": "Ridge", "alpha": 0.01}
    told = {**PLAIN, "target": "log", "estimator": ridge}
    pipeline = plan_pipeline(space.read(told), table.columns, table.target.task, 0)
    made = fit(table, pipeline)
    inner = made["estimator"].regressor_
    seen = inner.predict(made["columns"].transform(table.X))
    assert np.array_equal(made.predict(table.X), np.expm1(seen))


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_the_defaults_take_every_kind_of_column(task):
    table, _ = parts(task)
    made = make(plan_defaults(table.columns, table.target.task, 0))
    assert made.fit(table.X, table.target.values).predict(table.X).shape == (120,)
    assert clone(made)["estimator"].get_params()["categorical_features"] == [0, 1]


@pytest.mark.parametrize("dtype", ["Int64", "Float64", "float32", "int8"])
@pytest.mark.parametrize("gaps", [False, True])
def test_numbers_of_every_dtype(dtype, gaps):
    X, y = mixed(gaps=False)
    X = X[["rooms"]].astype(dtype)
    if gaps and dtype not in ("int8",):
        X.loc[::5, "rooms"] = pd.NA if dtype[0].isupper() else np.nan
    table = read_table(X, y)
    space = space_of(table.columns, table.target.task)
    for seed in range(12):
        pipeline = plan_pipeline(specify(space, seed), table.columns, table.target.task, 0)
        assert len(fit(table, pipeline).predict(X)) == len(X)


@pytest.mark.parametrize("kind", ["object", "str", "category", "boolean"])
def test_categories_of_every_dtype_with_gaps(kind):
    X, y = mixed(gaps=False)
    X = X[["member"]].astype("boolean") if kind == "boolean" else X[["city"]].astype(kind)
    X.iloc[::5, 0] = None
    table = read_table(X, y)
    for encode in ENCODERS:
        told = {"categories": {"encode": encode, "max_categories": 5}}
        read = {**told, "estimator": {"name": "GaussianNB", "var_smoothing": 0.01}}
        pipeline = plan_pipeline(read, table.columns, table.target.task, 0)
        assert len(fit(table, pipeline).predict(table.X)) == len(X)
    defaults = plan_defaults(table.columns, table.target.task, 0)
    assert len(fit(table, defaults).predict(table.X)) == len(X)


def test_unseen_categories_gaps_and_words_are_predicted():
    table, _ = parts()
    new = table.X.head(2).assign(city=["Bonn", None], note=["never seen", None], age=np.nan)
    for encode in ENCODERS:
        told = {"categories": {"encode": encode, "max_categories": 5}}
        _, pipeline = plan(**told)
        assert len(fit(table, pipeline).predict(new)) == 2


def test_an_array_of_numbers_goes_by_position():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(40, 3)), rng.integers(0, 2, 40)
    table = read_table(X, y)
    space = space_of(table.columns, table.target.task)
    pipeline = plan_pipeline(specify(space, drop=["c1"]), table.columns, table.target.task, 0)
    assert "[0, 2]" in write(pipeline)
    assert len(fit(table, pipeline).predict(X)) == 40


@pytest.mark.slow
def test_vectors_of_texts():
    table, pipeline = plan(texts={"encode": "embedding", "max_features": 100})
    made = fit(table, pipeline)
    assert made["columns"].transform(table.X).shape[1] > 384


def test_all_choices_of_the_space_are_known_to_the_plan():
    _, space = parts("regression")
    told = {name: node for name, node in space.fields.items() if not isinstance(node, Choice)}
    assert set(told) == {"drop", "numbers", "categories", "texts", "estimator"}
    assert set(space.fields["numbers"].fields) == set(PLAIN["numbers"])
