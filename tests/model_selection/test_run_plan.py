"""Which candidates share a run; a table, without any fit."""

import numpy as np
import pytest
from nets import classifier
from sklearn.compose import TransformedTargetRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import ParameterGrid
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from keraswrap import KerasWrapperModel, KerasWrapperRegressor
from keraswrap.model_selection._run_plan import Group, epochs_of, make_units, plan_groups
from keraswrap.text import TransformerClassifier

NET = KerasWrapperModel(classifier, params={"epochs": 4})
PIPE = Pipeline([("scale", StandardScaler()), ("clf", NET)])


def plan(estimator, grid, fit_params=(), share=True):
    return plan_groups(estimator, list(ParameterGrid(grid)), dict(fit_params), share=share)


def shape(groups):
    return sorted((group.candidates, group.stops) for group in groups)


@pytest.mark.parametrize(
    ("estimator", "name"),
    [(NET, "epochs"), (NET, "fit__epochs"), (PIPE, "clf__epochs"), (PIPE, "clf__fit__epochs")],
)
def test_candidates_that_differ_only_in_epochs_share_a_run(estimator, name):
    found, told = plan(estimator, {name: [5, 1, 3]})
    assert shape(found) == [((1, 2, 0), (1, 3, 5))]
    assert told == "3 candidates share 1 training run a split"


def test_other_parameters_keep_runs_apart():
    name = NET.__class__.__name__.lower()
    pipe = make_pipeline(StandardScaler(), NET)
    grid = {f"{name}__epochs": [1, 2], "standardscaler__with_mean": [True, False]}
    found, told = plan(pipe, grid)
    assert shape(found) == [((0, 2), (1, 2)), ((1, 3), (1, 2))]
    assert told == "4 candidates share 2 training runs a split"


def test_equal_numbers_are_equal_and_equal_objects_are_the_same():
    rate, first, second = "compile__optimizer__learning_rate", [1.0], [1.0]
    candidates = [
        {"epochs": 1, rate: 0.1},
        {"epochs": np.int64(2), rate: np.float64(0.1)},
        {"epochs": 3, rate: 1},
        {"epochs": 4, rate: True},
        {"epochs": 1, "class_weight": first},
        {"epochs": 2, "class_weight": first},
        {"epochs": 3, "class_weight": second},
    ]
    found, _ = plan_groups(NET, candidates, {}, share=True)
    assert {group.candidates for group in found} == {(0, 1), (2,), (3,), (4, 5), (6,)}


def test_the_same_candidate_twice_is_fitted_once():
    found, _ = plan(NET, [{"epochs": [2, 2]}, {"epochs": [2]}])
    assert shape(found) == [((0, 1, 2), (2, 2, 2))]


class Alone(LogisticRegression):
    """An estimator with epochs that is no wrapper."""

    def __init__(self, epochs=1):
        super().__init__()
        self.epochs = epochs


@pytest.mark.parametrize(
    ("estimator", "grid", "told"),
    [
        (
            LogisticRegression(),
            {"C": [1, 2]},
            "no two candidates differ only in a wrapper's epochs",
        ),
        (Alone(), {"epochs": [1, 2]}, "Alone cannot stop midway"),
        (TransformerClassifier(), {"epochs": [1, 2]}, "falls to 0 over all epochs together"),
        (NET, {"epochs": [0, "many"]}, "no two candidates differ"),
        (NET, {"epochs": [1, 2], "fit__epochs": [3]}, "no two candidates differ"),
        (
            KerasWrapperModel(classifier, params={"fit__epochs": 3}),
            {"epochs": [1, 2]},
            "fit__epochs overrides the searched epochs",
        ),
        (
            TransformedTargetRegressor(KerasWrapperRegressor(classifier)),
            {"regressor__epochs": [1, 2]},
            "no two candidates differ",
        ),
    ],
)
def test_what_is_not_shared_is_told(estimator, grid, told):
    found, said = plan(estimator, grid)
    assert len(found) == len(ParameterGrid(grid))
    assert all(group.stops is None for group in found)
    assert said.startswith("nothing is shared: ")
    assert told in said


def test_sharing_can_be_declined_or_overruled():
    assert "share_epochs=False" in plan(NET, {"epochs": [1, 2]}, share=False)[1]
    for name in ("epochs", "fit__callbacks"):
        assert "fit is called with" in plan(NET, {"epochs": [1, 2]}, {name: None})[1]


def test_nets_that_are_built_alike_stand_together():
    grid = {"batch_size": [8, 16], "clf__model__units": [2, 4], "clf__batch_size": [8, 16]}
    del grid["batch_size"]
    candidates = list(ParameterGrid(grid))
    found, _ = plan_groups(PIPE, candidates, {}, share=True)
    units = [candidates[group.candidates[0]]["clf__model__units"] for group in found]
    assert units == [2, 2, 4, 4]


def test_units_go_group_by_group():
    units = make_units([Group((1,)), Group((0, 2), (1, 3))], [{"a": 0}, {"a": 1}, {"a": 2}], 2)
    assert [(u.group.candidates, u.split, u.params["a"]) for u in units] == [
        ((1,), 0, 1), ((1,), 1, 1), ((0, 2), 0, 2), ((0, 2), 1, 2),
    ]  # fmt: skip


def test_what_is_left_of_a_group_stops_where_its_longest_does():
    group = Group((4, 2, 3), (1, 5, 9))
    assert group.only({2, 4}) == Group((4, 2), (1, 5))
    assert group.only({7}) is None


def test_epochs_weigh_a_candidate():
    assert epochs_of(PIPE, [{}, {"clf__epochs": 7}, {"clf__fit__epochs": 2}]) == [4, 7, 2]
