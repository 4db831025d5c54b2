"""A further step in a pipeline, for columns that functions compute."""

import pytest
from mixed_tables import parts, specify

from keraswrap.codegen._calls import Call, make, write
from keraswrap.codegen._inventions import Written
from keraswrap.codegen._plan import plan_defaults, plan_pipeline
from keraswrap.codegen._plan_functions import add_functions

ONE = Written("one", "", ("age", "rooms"), "def one(d):\n    return d['age']\n")
TWO = Written("two", "", ("rooms", "note"), "def two(d): return d['rooms']")


def added(pipeline, *functions, **told):
    """Return the step, in the pipeline with it."""
    made = add_functions(pipeline, functions or [ONE, TWO], **told)
    return made, made.arguments["steps"][0][1].arguments["transformers"][-1]


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_it_comes_last_so_that_categories_keep_their_places(task):
    table, _ = parts(task)
    before = plan_defaults(table.columns, table.target.task, 0)
    made, (name, step, columns) = added(before)
    assert made.arguments["steps"][1] == before.arguments["steps"][1]
    old = before.arguments["steps"][0][1].arguments["transformers"]
    assert made.arguments["steps"][0][1].arguments["transformers"][:-1] == old
    assert (name, columns) == ("functions", ["age", "rooms", "note"])
    assert step == Call("CodeFeatures", {"functions": {"one": ONE.source, "two": TWO.source}})


@pytest.mark.parametrize("target", ["as_is", "log"])
def test_gaps_are_filled_for_estimators_that_take_none(target):
    table, space = parts("regression")
    chosen = specify(space, 0, estimator={"name": "Ridge", "alpha": 1.0}, target=target)
    _, (_, step, _) = added(plan_pipeline(chosen, table.columns, table.target.task, 0))
    assert [name for name, _ in step.arguments["steps"]] == ["code", "impute", "scale"]


def test_rows_that_were_checked_are_not_checked_again():
    table, _ = parts()
    before = plan_defaults(table.columns, table.target.task, 0)
    _, (_, step, _) = added(before, checked=True)
    assert step.arguments["check_rows"] == 0
    assert "check_rows" not in added(before)[1][1].arguments


def test_it_is_made_and_written_the_same():
    table, _ = parts()
    made, _ = added(plan_defaults(table.columns, table.target.task, 0))
    scope = {}
    imports = "from keraswrap.codegen import CodeFeatures\nfrom sklearn.compose import *\n"
    imports += "from sklearn.ensemble import *\nfrom sklearn.feature_extraction.text import *\n"
    imports += "from sklearn.pipeline import *\nfrom sklearn.preprocessing import *\n"
    exec(f"{imports}from pandas import Series\npipeline = {write(made)}", scope)
    assert str(scope["pipeline"].get_params()) == str(make(made).get_params())
