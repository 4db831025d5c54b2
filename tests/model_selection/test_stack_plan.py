"""Which training runs go to a worker together."""

import nets
import numpy as np
import pytest
from scipy import sparse
from sklearn import config_context
from sklearn.decomposition import TruncatedSVD
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import ParameterGrid
from sklearn.pipeline import Pipeline

from keraswrap import KerasWrapperModel
from keraswrap.model_selection._run_plan import make_units, plan_groups
from keraswrap.model_selection._stack_plan import plan_stacks

NET = KerasWrapperModel(nets.classifier)
X = np.zeros((10, 2), "float32")


def plan(grid, n_splits=2, estimator=NET, X=X, n_workers=1, fit_params=None):
    candidates = list(ParameterGrid(grid))
    groups, _ = plan_groups(estimator, candidates, {}, share=True)
    units = make_units(groups, candidates, n_splits)
    stacks = plan_stacks(units, estimator, X, n_workers, fit_params)
    assert sorted(u.number for s in stacks for u in s) == [u.number for u in units]
    return sorted((len(units) for units in stacks), reverse=True)


RATE = "compile__optimizer__learning_rate"


@pytest.mark.parametrize(
    ("grid", "sizes"),
    [
        ({RATE: [0.1, 0.2, 0.3]}, [6]),
        ({RATE: [0.1, 0.2], "random_state": [0, 1], "class_weight": [None, {0: 2.0}]}, [16]),
        ({RATE: [0.1, 0.2], "model__units": [2, 8]}, [4, 4]),
        ({RATE: [0.1, 0.2], "batch_size": [8, 16]}, [4, 4]),
        ({RATE: [0.1, 0.2], "epochs": [1, 2]}, [4]),  # two share a run
        ({"model__units": [2, 8]}, [1] * 4),  # too few of each
    ],
)
def test_runs_that_differ_in_rates_seeds_and_weights_go_together(grid, sizes):
    assert plan(grid) == sizes


def test_folds_alone_go_together():
    assert plan({}, n_splits=5) == [5]
    assert plan({}, n_splits=2) == [1, 1]


def test_parameters_of_a_pipelines_last_step_are_told_from_others():
    pipe = Pipeline([("svd", TruncatedSVD()), ("net", NET)])
    assert plan({f"net__{RATE}": [0.1, 0.2]}, estimator=pipe) == [4]
    assert plan({"svd__random_state": [0, 1]}, estimator=pipe) == [1] * 4


class OwnPipeline(Pipeline):
    pass


def test_pipelines_of_others_and_routed_weights_are_left_alone():
    steps, grid = [("svd", TruncatedSVD()), ("net", NET)], {f"net__{RATE}": [0.1, 0.2]}
    assert plan(grid, estimator=OwnPipeline(steps)) == [1] * 4
    weights = {"sample_weight": np.ones(10)}
    with config_context(enable_metadata_routing=True):
        assert plan(grid, estimator=Pipeline(steps), fit_params=weights) == [1] * 4
        assert plan({RATE: [0.1, 0.2]}, fit_params=weights) == [4]


def test_a_parameter_that_does_not_exist_is_left_for_the_fit_to_tell():
    assert plan({"colour": [1, 2, 3]}) == [1] * 6


def test_other_estimators_are_run_alone():
    assert plan({"C": [1.0, 2.0, 3.0]}, estimator=LogisticRegression()) == [1] * 6


@pytest.mark.parametrize(("n_workers", "sizes"), [(2, [5, 5]), (3, [4, 3, 3]), (9, [4, 3, 3])])
def test_every_worker_gets_a_part_that_is_worth_it(n_workers, sizes):
    assert plan({RATE: list(np.arange(1, 11) / 100)}, 1, n_workers=n_workers) == sizes


def test_a_stack_has_a_greatest_size():
    assert plan({RATE: list(np.arange(1, 101) / 100)}, 1) == [50, 50]


@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_matrix])
def test_large_rows_make_small_stacks(monkeypatch, kind):
    monkeypatch.setattr("keraswrap.model_selection._stack_plan.MOST_BYTES", 2000)
    rows = kind(np.ones((100, 1), "float32"))
    assert plan({RATE: list(np.arange(1, 11) / 100)}, 1, X=rows) == [5, 5]
    assert plan({RATE: [0.1, 0.2, 0.3]}, 1, X=kind(np.ones((500, 1), "float32"))) == [1, 1, 1]
