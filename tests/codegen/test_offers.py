"""Every estimator and value that may be specified is one that scikit-learn declares."""

import importlib

import pytest
from sklearn.utils._param_validation import validate_parameter_constraints

from keraswrap.codegen._offers import CLASSES, ESTIMATORS, FUNCTIONS, offers_for


def load(name):
    return getattr(importlib.import_module(CLASSES[name]), name)


@pytest.mark.parametrize("name", CLASSES)
def test_every_class_is_where_the_table_says_and_public(name):
    assert load(name).__name__ == name
    assert name in importlib.import_module(CLASSES[name]).__all__


@pytest.mark.parametrize("offer", ESTIMATORS.values(), ids=lambda offer: offer.name)
def test_every_value_fits_the_declared_constraints(offer):
    kind = load(offer.name)
    for name, values in {**offer.choices, **{n: (v,) for n, v in offer.settings.items()}}.items():
        for value in values:
            declared = {name: kind._parameter_constraints[name]}
            validate_parameter_constraints(declared, {name: value}, kind.__name__)


def test_a_value_out_of_range_would_be_found():
    kind = load("Ridge")
    with pytest.raises(ValueError, match="must be a float in the range"):
        validate_parameter_constraints(
            {"alpha": kind._parameter_constraints["alpha"]}, {"alpha": -1.0}, "Ridge"
        )


@pytest.mark.parametrize("offer", ESTIMATORS.values(), ids=lambda offer: offer.name)
def test_what_is_said_of_an_estimator_is_true(offer):
    made = load(offer.name)()
    tags = made.__sklearn_tags__()
    task = {"classifier": "classification", "regressor": "regression"}
    assert task[tags.estimator_type] == offer.task
    assert tags.input_tags.allow_nan == offer.takes_missing
    assert offer.seeded <= ("random_state" in made.get_params())


def test_each_task_has_eight_estimators_and_functions_exist():
    assert [len(offers_for(task)) for task in ("classification", "regression")] == [8, 8]
    for module, name in FUNCTIONS.values():
        assert not name or hasattr(importlib.import_module(module), name)
