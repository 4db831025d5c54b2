"""A served model: sizes of what it is given, and whether another one suits."""

from dataclasses import replace

import numpy as np
import pytest
from served import LABELS, X
from sklearn.linear_model import LogisticRegression

from keraswrap.serving import ServedModel
from keraswrap.serving._columns import Column
from keraswrap.serving._inputs import MatrixInputs
from keraswrap.serving._model import is_finite
from keraswrap.serving._outputs import Answers, Output


def counting(pads):
    """A model of one number, and the sizes that it was asked."""
    sizes, output = [], Output("numbers")

    def ask(rows):
        sizes.append(len(rows))
        return Answers(output, values=rows[:, 0])

    return ServedModel(
        None, "1", MatrixInputs(Column("", "number", (1,))), output, ask, pads
    ), sizes


def test_a_compiled_net_is_given_powers_of_two_and_answers_what_was_asked():
    model, sizes = counting(pads=True)
    found = [model.predict(model.inputs.read([[k] for k in range(n)], 9)) for n in (1, 3, 4, 5)]
    assert sizes == [1, 4, 4, 8]
    assert [one.values.tolist() for one in found] == [[*map(float, range(n))] for n in (1, 3, 4, 5)]


@pytest.mark.parametrize("batch_rows", [1, 2, 3, 200, 256])
def test_no_batch_waits_for_a_compilation(batch_rows):
    model, sizes = counting(pads=True)
    model.warm_up(batch_rows)
    warm = set(sizes)
    for n in range(1, batch_rows + 1):
        model.predict(model.inputs.read([[0.0]] * n, 9))
    assert set(sizes) == warm


def test_another_is_warmed_up_by_one_some_and_many():
    model, sizes = counting(pads=False)
    model.warm_up(256)
    assert sizes == [1, 2, 64]


def test_models_of_the_same_rows_and_answers_can_replace_each_other(estimator):
    one = ServedModel.of(estimator, "1", {"file": "a.keraswrap"})
    again = ServedModel.of(LogisticRegression().fit(-X, LABELS), "2")
    fewer = ServedModel.of(LogisticRegression().fit(X[:, :2], LABELS), "2")
    other = ServedModel.of(LogisticRegression().fit(X, LABELS == "ant"), "2")
    assert one.facts == {"class": "LogisticRegression", "file": "a.keraswrap"}
    assert [one.same_schema(model) for model in (again, fewer, other)] == [True, False, False]


def test_numbers_of_every_head_are_looked_at():
    good = Answers(Output("numbers"), values=np.ones(2), spread=np.ones(2))
    bad = replace(good, spread=np.array([1.0, np.nan]))
    assert is_finite(Answers(parts={"a": good}))
    assert not is_finite(Answers(parts={"a": good, "b": bad}))
