"""Scores equal those of scikit-learn, and what fails, hangs or dies is told, not raised."""

import os
import signal
import time

import numpy as np
import pytest
from mixed_tables import parts
from sklearn.metrics import get_scorer
from sklearn.model_selection import cross_val_score

from keraswrap.codegen._calls import Call, make
from keraswrap.codegen._plan import plan_defaults
from keraswrap.codegen._splits import make_folds
from keraswrap.codegen._trials import Trials

TREE = Call("DecisionTreeClassifier", {"random_state": 0})


def sleeps(fitted, X, y):
    if fitted.get_params().get("max_depth") == 1:
        time.sleep(60)
    return 0.5


def dies(fitted, X, y):
    if fitted.get_params().get("max_depth") == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return 0.5


def trials(scorer="accuracy", time_limit=None, n_jobs=None, cv=3):
    table, _ = parts(gaps=False)
    if not isinstance(scorer, str):
        table = type(table)(table.X[["rooms"]], table.target, table.columns)
    folds = make_folds(table.target, np.arange(120), cv, 0)
    scorer = get_scorer(scorer) if isinstance(scorer, str) else scorer
    return Trials(table, folds, scorer, time_limit, n_jobs), table, folds


@pytest.mark.parametrize("told", [{}, {"time_limit": 100}, {"n_jobs": 2}], ids=str)
def test_scores_are_those_of_scikit_learn(told):
    runs, table, folds = trials(**told)
    pipeline = plan_defaults(table.columns, table.target.task, 0)
    with runs:
        outcome = runs.run(pipeline)
    expected = cross_val_score(make(pipeline), table.X, table.target.values, cv=folds)
    assert outcome.scores == tuple(expected)
    assert (outcome.error, outcome.seconds > 0) == (None, True)


def test_an_error_is_told_to_the_user_and_its_type_to_the_model():
    runs, _, _ = trials()
    with runs:
        outcome = runs.run(TREE)  # which takes no texts
    assert outcome.scores == ()
    assert outcome.error.startswith("ValueError: could not convert string to float: '")
    assert outcome.reason == "It raised ValueError."


def test_a_score_that_is_no_number_is_none():
    runs, _, _ = trials(lambda fitted, X, y: float("nan"))
    with runs:
        assert runs.run(TREE).error == "Its score in fold 0 is nan."


SHALLOW = Call("DecisionTreeClassifier", {"max_depth": 1})


def test_what_takes_too_long_is_ended_and_the_next_one_runs():
    runs, _, _ = trials(sleeps, time_limit=1.0)
    with runs:
        begun = time.perf_counter()
        late = runs.run(SHALLOW)
        assert time.perf_counter() - begun < 30
        assert late.error == late.reason == "It took longer than time_limit=1 seconds."
        assert runs.run(TREE).scores == (0.5, 0.5, 0.5)


def test_a_child_that_dies_is_an_entry_and_the_next_one_runs():
    runs, _, _ = trials(dies, time_limit=100)
    with runs:
        died = runs.run(SHALLOW)
        assert died.reason == "Its process died, for instance for lack of memory."
        assert died.error.startswith("Its process died")
        assert runs.run(TREE).scores == (0.5, 0.5, 0.5)


def test_no_child_is_left_behind():
    runs, _, _ = trials(lambda fitted, X, y: float(os.getpid()), time_limit=100)
    with runs:
        child = int(runs.run(TREE).scores[0])
        assert child != os.getpid()
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)
