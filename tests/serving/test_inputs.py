"""Rows of every kind of estimator: what is found, checked and given to it."""

import numpy as np
import pandas as pd
import pytest
from served import model
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import make_column_transformer
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from keraswrap.serving import ServedModel
from keraswrap.serving._columns import FLOAT32, Column
from keraswrap.serving._found_inputs import find_inputs
from keraswrap.serving._inputs import ColumnInputs, MatrixInputs, TextInputs
from keraswrap.serving._refusals import RequestError

MIXED = ColumnInputs((Column("text", "text"), Column("age", "number")), as_frame=True)
ANY = ColumnInputs((Column("a", "any"), Column("b", "any")), as_frame=True)
NAMED = MatrixInputs(Column("", "number", (2,), largest=FLOAT32), ("a", "b"))


def frame(inputs, rows):
    return inputs.assemble(inputs.read(rows, 99))


def test_rows_by_name_are_in_the_order_of_the_model():
    expected = pd.DataFrame({"a": [1.0, 3.0], "b": [2.0, 4.0]})
    for rows in ([{"b": 2, "a": 1}, {"a": 3, "b": 4}], [[1, 2], [3, 4]]):
        pd.testing.assert_frame_equal(frame(NAMED, rows), expected)


def test_columns_of_several_kinds():
    found = frame(MIXED, [{"age": 3, "text": "x"}, {"text": "y", "age": 4.5}])
    assert found.to_dict("list") == {"text": ["x", "y"], "age": [3.0, 4.5]}
    found = frame(ANY, [["x", None], [None, 2], [True, 3.5]])
    assert found["a"].tolist() == ["x", None, True]
    np.testing.assert_array_equal(found["b"].to_numpy(), [np.nan, 2.0, 3.5])


@pytest.mark.parametrize(
    ("inputs", "rows", "said"),
    [
        (NAMED, [{"a": 1}], r"Expected the columns \['a', 'b'\] in row 0, got none named \['b'\]"),
        (NAMED, [{"a": 1, "b": 2, "c": 3}], r"besides \['c'\]"),
        (NAMED, [{"a": 1, "b": 2}, [1, 2]], "Expected an object as in the first row, got a list"),
        (NAMED, [[1, 2], {"a": 1, "b": 2}], "got an object in row 1"),
        (NAMED, [[1, 1e39]], "in the column 'b', none beyond 3.4e\\+38, got 1e\\+39"),
        (NAMED, [[1, 2], [None, 2]], "Expected a number in the column 'a', got null in row 1"),
        (NAMED, [{"b": True, "a": 1}], "'b', got true in row 0. Write true as 1 and false as 0"),
        (MIXED, [{"text": 5, "age": 1}], "Expected a text in the column 'text', got 5 in row 0"),
        (MIXED, [{"text": "x" * 100, "age": 1}], "at most 99 characters in the column 'text'"),
        (MIXED, [["x"]], "a list of 2 values, got a list of 1 in row 0"),
        (MIXED, ["x"], "got 'x' in row 0"),
        (ANY, [["x", {}]], "true, false or null in the column 'b', got an object"),
        (ANY, [["x" * 100, 1]], "at most 99 characters"),
        (TextInputs(), [3], "Expected a text, got 3 in row 0"),
        (TextInputs(), ["ok", " "], "got a blank one in row 1"),
        (TextInputs(), [["a", "b"]], "got a list in row 0"),
        (TextInputs(pairs=True), [["a", "b"], ["a"]], "Expected pairs of texts, got a list in row"),
        (TextInputs(pairs=True), [["a", "b"], "c"], "Expected pairs of texts, got 'c' in row 1"),
    ],
)
def test_other_rows_are_told(inputs, rows, said):
    with pytest.raises(RequestError, match=said):
        inputs.read(rows, 99)


def test_what_an_estimator_takes_is_found():
    X = pd.DataFrame({"a": [0.0, 1.0], "b": [1.0, 0.0]})
    assert find_inputs(model()) == MatrixInputs(Column("", "number", (3,)))
    named = find_inputs(LogisticRegression().fit(X, [0, 1]))
    assert named == ColumnInputs((Column("a", "any"), Column("b", "any")), as_frame=True)
    gaps = find_inputs(HistGradientBoostingClassifier().fit(X.to_numpy(), [0, 1]))
    assert gaps.column.gaps
    words = make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(["a b", "cd"], [0, 1])
    assert find_inputs(words) == TextInputs(empty=True)


def test_examples_are_values_that_encoders_know():
    frame = pd.DataFrame(
        {"town": ["Rome", None], "size": ["S", "M"], "say": ["a b", "cd"], "n": [1.0, 2.0]}
    )
    filled = make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder())
    columns = [(OneHotEncoder(), ["town"]), (filled, ["size"]), (TfidfVectorizer(), "say")]
    encoded = make_column_transformer(*columns, remainder="passthrough")
    estimator = make_pipeline(encoded, LogisticRegression()).fit(frame, [0, 1])
    served = ServedModel.of(estimator, "1")
    (block,) = served.inputs.examples()
    found = {name: values.tolist() for name, values in block.columns.items()}
    assert found == {"town": ["Rome"], "size": ["M"], "say": ["An example."], "n": [0.0]}
    served.warm_up(2)


@pytest.mark.parametrize(
    "wrap",
    [
        lambda one: VotingClassifier([("one", one)]),
        lambda one: StackingClassifier([("one", one)], cv=2),
        lambda one: CalibratedClassifierCV(one, cv=2),
        lambda one: GridSearchCV(one, {"logisticregression__C": [1.0]}, cv=2),
        lambda one: make_pipeline(OneVsRestClassifier(one)),
    ],
)
def test_encoders_are_found_inside_other_estimators(wrap):
    frame = pd.DataFrame({"town": ["Rome", "Oslo"] * 4, "n": np.arange(8.0)})
    encoded = make_column_transformer((OneHotEncoder(), ["town"]), remainder="passthrough")
    estimator = wrap(make_pipeline(encoded, LogisticRegression())).fit(frame, [0, 0, 1, 1] * 2)
    served = ServedModel.of(estimator, "1")
    assert served.inputs.examples()[0].columns["town"].tolist() == ["Oslo"]
    served.warm_up(1)


@pytest.mark.parametrize("inputs", [NAMED, MIXED, ANY, TextInputs(pairs=True), TextInputs()])
def test_examples_suit_the_model(inputs):
    for block in inputs.examples():
        assert block.n == 1
        assert len(inputs.assemble(block)) == 1
    assert inputs.row_schema()
