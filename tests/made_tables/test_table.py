"""Tables follow their description, repeat themselves, and are marked as synthetic."""

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from keraswrap.datasets import SyntheticColumn, make_synthetic_purchases, make_synthetic_table
from keraswrap.exceptions import InputTypeError, ParameterError

AGE = SyntheticColumn("age", low=18, high=80, whole=True, missing=0.2, effect=1.0)
CITY = SyntheticColumn("city", categories=("Oslo", "Rome"), effect=(0.0, 1.5))


def test_the_seed_determines_the_table():
    one, same, other = (make_synthetic_purchases(50, random_state=s) for s in (0, 0, 1))
    pd.testing.assert_frame_equal(one, same)
    assert not one.equals(other)


def test_it_is_marked_as_synthetic_with_all_it_takes_to_draw_it_again():
    table = make_synthetic_purchases(50, random_state=3)
    told = json.loads(json.dumps(table.attrs))
    assert (told["synthetic"], told["name"]) == (True, "synthetic_purchases")
    assert "describes nobody" in told["description"]
    again = make_synthetic_table(
        [SyntheticColumn(**one) for one in told["columns"]],
        len(table),
        target=told["target"],
        share=0.3,
        random_state=told["random_state"],
    )
    pd.testing.assert_frame_equal(again, table)


def test_the_purchases_are_as_described():
    table = make_synthetic_purchases(20_000)
    assert list(table) == ["age", "income", "education", "marital status", "purchase"]
    gaps = table.isna().mean()
    assert gaps.to_numpy() == pytest.approx([0.08, 0.15, 0.05, 0.1, 0], abs=0.01)
    assert (table["purchase"] == "yes").mean() == pytest.approx(0.3, abs=0.01)
    assert table["age"].between(18, 80).mean() == pytest.approx(0.92, abs=0.01)
    assert table["income"].median() == pytest.approx(np.sqrt(12_000 * 150_000), rel=0.02)


def test_a_regression_finds_the_effects():
    age = SyntheticColumn("age", low=0, high=1, effect=1.0)
    table = make_synthetic_table([age, CITY], 40_000)
    X = np.column_stack([(table["age"] - 0.5) * np.sqrt(12), table["city"] == "Rome"])
    fit = LogisticRegression(C=np.inf).fit(X, table["target"] == "yes")
    assert fit.coef_[0] == pytest.approx([1.0, 1.5], abs=0.06)


@pytest.mark.parametrize("share", [0.02, 0.5, 0.9])
def test_classes_have_their_share(share):
    table = make_synthetic_table([AGE, CITY], 20_000, classes=("a", "b"), share=share)
    assert (table["target"] == "b").mean() == pytest.approx(share, abs=0.01)


def test_a_target_of_numbers_has_its_noise():
    columns = [SyntheticColumn("x", low=0, high=1, effect=2.0)]
    table = make_synthetic_table(columns, 20_000, classes=None, noise=0.5)
    left = table["target"] - 2 * (table["x"] - 0.5) * np.sqrt(12)
    assert (left.mean(), left.std()) == (pytest.approx(0, abs=0.02), pytest.approx(0.5, rel=0.02))


def test_whole_numbers_without_gaps_are_integers():
    whole = SyntheticColumn("n", low=0, high=9, whole=True)
    assert make_synthetic_table([whole], 5)["n"].dtype == np.int64


@pytest.mark.parametrize(
    ("told", "error", "message"),
    [
        ({"columns": []}, InputTypeError, "Expected columns as a list of SyntheticColumn"),
        ({"columns": ["age"]}, InputTypeError, "Expected columns as a list of SyntheticColumn"),
        ({"columns": [AGE, AGE]}, ParameterError, "with different names"),
        ({"target": "age"}, ParameterError, "with different names"),
        ({"n_rows": 0}, ParameterError, "Expected n_rows as a whole number of at least 1, got 0"),
        ({"random_state": None}, ParameterError, "Expected random_state as a whole number"),
        ({"classes": ("a",)}, ParameterError, "Expected two different classes, or None"),
        ({"classes": "ab"}, ParameterError, "Expected two different classes, or None"),
        ({"share": 1}, ParameterError, "Expected share between 0 and 1, got 1"),
        ({"noise": -1}, ParameterError, "Expected noise from 0 on, got -1"),
    ],
)
def test_what_cannot_be_drawn(told, error, message):
    with pytest.raises(error, match=message):
        make_synthetic_table(**{"columns": [AGE], **told})


def test_columns_may_come_one_at_a_time_but_not_alone():
    columns = [SyntheticColumn(name, low=0, high=1) for name in "ab"]
    assert make_synthetic_table(iter(columns), 3).equals(make_synthetic_table(columns, 3))
    with pytest.raises(InputTypeError, match="Expected columns as a list of SyntheticColumn"):
        make_synthetic_table(columns[0], 3)
    with pytest.raises(ParameterError, match="Expected target as a text, got 3"):
        make_synthetic_table(columns, 3, target=3)
