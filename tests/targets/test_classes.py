"""One label for each row, as a target: against scikit-learn and numpy."""

import numpy as np
import pandas as pd
import pytest
from sklearn.preprocessing import LabelEncoder
from sklearn.utils.class_weight import compute_sample_weight

from keraswrap._targets import choose_classes, restore_target
from keraswrap._targets.classes import Classes
from keraswrap._targets.head import Head, Look, Output, Outputs
from keraswrap.exceptions import InputError, ParameterError

Y = np.array(["b", "a", "c", "a"])


def output(*shape):
    return Outputs({"": Output(shape, lambda: Look("softmax", None, None, lambda: None))})


def test_a_target_goes_from_labels_to_labels():
    target = Classes()
    y = target.learn(Y)
    head = target.settle(output(3))
    index = LabelEncoder().fit_transform(Y)
    np.testing.assert_array_equal(target.encode(y, head), index)
    np.testing.assert_array_equal(target.strata(y), index)
    proba = np.eye(3)[index]
    np.testing.assert_array_equal(target.to_labels(target.to_proba(proba, head)), Y)
    assert target.score(y, np.array(["b", "a", "a", "a"]), np.array([1, 1, 2, 0])) == 0.5


@pytest.mark.parametrize("weights", [None, np.arange(4.0)])
def test_weights_of_classes_multiply_those_of_rows(weights):
    target = Classes()
    y = target.learn(Y)
    expected = compute_sample_weight("balanced", Y) * (1 if weights is None else weights)
    np.testing.assert_allclose(target.weigh(y, weights, "balanced"), expected)


@pytest.mark.parametrize("y", [Y, np.eye(3, dtype=int), [[1, -1], [0, 1]]])
def test_what_was_learned_comes_back(y):
    target = choose_classes(y, target="positions" if isinstance(y, list) else "auto")
    target.learn(y)
    back = restore_target(target.learned)
    assert type(back) is type(target)
    assert back.classes.tolist() == target.classes.tolist()
    assert (back.several, back.units) == (target.several, target.units)


def test_an_unseen_label_has_no_score():
    target = Classes()
    target.learn(Y)
    with pytest.raises(InputError, match=r"got unseen \['d'\]"):
        target.score(target.check(pd.Series(["d"])), np.array(["a"]), None)


def test_a_target_must_be_one_that_there_is():
    with pytest.raises(ParameterError, match=r"'auto', 'positions', 'ordered'\], got 3"):
        choose_classes(Y, target=3)


def test_a_head_of_an_earlier_version_reads_rows():
    assert Head("index", "softmax", 3).each is None
