"""Which target a y is."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from keraswrap._target_view import TargetView
from keraswrap._targets import choose_classifier_target, choose_regressor_target, is_several
from keraswrap.exceptions import InputError, ParameterError


def kinds(target):
    return {name: type(part).__name__ for name, part in target.parts.items()}


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        (["a", "b", "a"], "Classes"),
        ([1, 2, 3], "Classes"),
        ([1.0, 2.0, np.nan], "Classes"),
        ([0.5, 2.0, 1.0], "Numbers"),
        ([0.5, None, 1.0], "Numbers"),
        (pd.Series([0.5, None, 1.0], dtype=object), "Numbers"),
        (np.array([[0, 1], [1, 1], [0, 0]]), "Indicators"),
        (sparse.csr_matrix(np.eye(3)), "Indicators"),
        (np.array([[0.5, np.nan], [1, 1], [0, 0]]), "Numbers"),
        (pd.Series(["a", "b", "a"], dtype="category"), "Classes"),
        ([True, False, True], "Classes"),
    ],
)
def test_each_head_is_what_its_values_say(column, kind):
    assert kinds(choose_classifier_target(TargetView({"it": column}))) == {"it": kind}


def test_each_head_is_what_the_user_says():
    y = TargetView({"a": [1, 2], "b": [1, 2], "c": [1, 2]})
    chosen = choose_classifier_target(y, {"a": [1, 2, 3]}, {"b": "numbers", "c": "ordered"})
    assert kinds(chosen) == {"a": "Classes", "b": "Numbers", "c": "Ordered"}
    assert chosen.parts["a"].given == [1, 2, 3]
    assert kinds(choose_regressor_target(y, {"b": "gaussian"})) == {
        "a": "Numbers",
        "b": "Gaussian",
        "c": "Numbers",
    }


@pytest.mark.parametrize(
    ("y", "classes", "target", "error", "match"),
    [
        (
            {"a": [1]},
            None,
            {"b": "ordered"},
            ParameterError,
            r"target by the names of heads",
        ),
        ({"a": [1]}, None, {"a": "rating"}, ParameterError, "Head 'a': .*'numbers'.*got 'rating'"),
        ({"a": [1]}, [1, 2], "auto", ParameterError, "classes as a dict by the names of heads"),
        ({"a": [1]}, {"b": [1]}, "auto", ParameterError, "classes by the names of heads"),
        ([1, 2], None, {"a": "ordered"}, InputError, "y as a dict.*got list .*TargetView"),
    ],
)
def test_what_is_said_of_other_heads_is_refused(y, classes, target, error, match):
    y = TargetView(y) if isinstance(y, dict) else y
    with pytest.raises(error, match=match):
        choose_classifier_target(y, classes, target)


def test_a_view_is_of_several_heads():
    assert is_several(TargetView({"a": [1]}))
    assert is_several([1], {"a": "ordered"})
    assert not is_several(pd.DataFrame({"a": [1]}))
