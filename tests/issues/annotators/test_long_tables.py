"""Tables with a row for each label."""

import numpy as np
import pandas as pd
import pytest
from annotator_crowd import crowd

from keraswrap.exceptions import InputError, InputTypeError, ParameterError
from keraswrap.issues.annotators._consensus import find_consensus

NAN = np.nan


@pytest.mark.parametrize("with_proba", [False, True])
def test_a_long_table_says_what_a_wide_one_does(with_proba):
    table, proba = crowd()
    wide = pd.DataFrame(table, index=[f"x{row}" for row in range(60)], columns=list("abcde"))
    wide.index.name, proba = "id", proba if with_proba else None
    long = wide.reset_index().melt("id", var_name="who", value_name="label").sort_values("label")
    long = pd.concat([wide.reset_index()[["id"]].assign(who="a", label=NAN), long, long[:3]])
    found = find_consensus(long, proba, long=("id", "who", "label"))
    expected = find_consensus(wide, proba)
    pd.testing.assert_frame_equal(found.to_frame(), expected.to_frame())
    mine = found.annotators.loc[list("abcde")]
    pd.testing.assert_frame_equal(mine, expected.annotators, check_names=False)
    assert found.alpha == expected.alpha


LONG = pd.DataFrame({"id": [1, 1, 2], "who": ["a", "a", "b"], "label": ["x", "y", "x"]})


@pytest.mark.parametrize(
    ("table", "long", "error", "match"),
    [
        (LONG, ("id", "who", "label"), InputError, "several of 1: 1 by a. Keep the one"),
        (LONG, ("id", "whom", "label"), InputError, "Did you mean 'who'"),
        (LONG, "id", ParameterError, "three columns as long="),
        ([["a"]], ("id", "who", "label"), InputTypeError, "a DataFrame with long=, got list"),
        (LONG.assign(who=None), ("id", "who", "label"), InputError, "got none in 3 rows"),
    ],
)
def test_long_tables_that_cannot_be_used(table, long, error, match):
    with pytest.raises(error, match=match):
        find_consensus(table, long=long)
