"""What rows an estimator takes, found without a fit of a net."""

from types import SimpleNamespace as Some

import numpy as np
import pytest
from served import LABELS, X
from sklearn.frozen import FrozenEstimator

from keraswrap.serving._columns import FLOAT32, Column
from keraswrap.serving._found_inputs import find_inputs, innermost
from keraswrap.serving._inputs import ColumnInputs, MatrixInputs, TextInputs


def net(arrays, columns=None, is_double=False):
    return Some(network_=Some(sample=Some(arrays=arrays, columns=columns), is_double=is_double))


def texts(names=None, **settings):
    scaling = None if names is None else Some(names=names)
    return Some(vectorizer_=None, numeric_scaling_=scaling, **settings)


def test_meta_estimators_are_looked_into(estimator):
    inner = Some(rank_by="margin", estimator_=FrozenEstimator(estimator))
    assert innermost(Some(rank_by="margin", estimator_=inner)) is estimator
    assert innermost(estimator) is estimator
    assert find_inputs(FrozenEstimator(estimator)) == MatrixInputs(Column("", "number", (3,)))


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (net({"": np.ones((1, 2, 3))}), MatrixInputs(Column("", "number", (2, 3), False, FLOAT32))),
        (net({"": np.ones((1, 2))}, is_double=True), MatrixInputs(Column("", "number", (2,)))),
        (net({"": np.ones((1, 2))}, ["a", "b"], True),
         MatrixInputs(Column("", "number", (2,)), ("a", "b"))),
        (net({"": np.array(["x"], object)}), TextInputs(empty=True)),
        (net({"": np.array(["x"], object)}, ["t"]), ColumnInputs((Column("t", "text"),), True)),
        (net({"t": np.array(["x"]), "n": np.ones((1, 4))}, is_double=True),
         ColumnInputs((Column("t", "text"), Column("n", "number", (4,))), False)),
    ],
)  # fmt: skip
def test_a_net_takes_what_its_sample_is(model, expected):
    assert find_inputs(model) == expected


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (texts(empty="raise", long_texts="truncate"), TextInputs(pairs=True)),
        (texts(empty="allow", long_texts="windows"), TextInputs(empty=True)),
        (texts(["text", "age"], empty="raise"), ColumnInputs(
            (Column("text_", "text"), Column("text", "number"), Column("age", "number")), True)),
    ],
)  # fmt: skip
def test_texts_may_be_pairs_or_stand_beside_numbers(model, expected):
    assert find_inputs(model) == expected


def test_an_estimator_that_knows_no_number_of_columns_takes_texts(estimator):
    assert find_inputs(Some(classes_=LABELS)) == TextInputs(empty=True)
    assert find_inputs(estimator).column.shape == X.shape[1:]
