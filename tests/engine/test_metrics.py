"""The metrics of one fit: copies, each by the name that it was given."""

import keras
import numpy as np
import pytest

from keraswrap._engine.metrics import make_metrics
from keraswrap.exceptions import ParameterError


def test_whatever_they_are_nested_in():
    made = make_metrics({"out": ["mae", keras.metrics.RootMeanSquaredError]})
    assert made["out"][0] == "mae"
    assert isinstance(made["out"][1], keras.metrics.RootMeanSquaredError)


def test_a_copy_counts_for_itself():
    given = keras.metrics.CosineSimilarity(axis=0)
    made = make_metrics(given)
    rows = np.array([[1.0, 2.0], [3.0, 1.0]]), np.array([[2.0, 1.0], [1.0, 1.0]])
    made.update_state(*rows)
    assert float(given.result()) == 0.0
    given.update_state(*rows)
    assert float(given.result()) == float(made.result())


@pytest.mark.parametrize("given", ["no such", 3])
def test_what_is_no_metric_is_refused(given):
    with pytest.raises(ParameterError, match="Expected a metric of Keras"):
        make_metrics([given])
