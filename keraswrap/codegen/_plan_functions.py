"""A pipeline with columns that functions compute, as calls that are made or written. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from keraswrap.codegen._calls import Call, Value
from keraswrap.codegen._inventions import Written
from keraswrap.codegen._offers import ESTIMATORS

__all__ = ["add_functions"]


def add_functions(pipeline: Call, functions: Sequence[Written], *, checked: bool = False) -> Call:
    """Return a pipeline with a further step, which computes columns by functions.

    Parameters
    ----------
    pipeline : Call
        As :func:`plan_pipeline` and :func:`plan_defaults` return it.
    functions : sequence of Written
    checked : bool, default=False
        Whether rows were computed by themselves before, so that no fit has to.

    Returns
    -------
    Call
    """
    columns, estimator = (_call(step) for step in _listed(pipeline.arguments["steps"]))
    sources: dict[str, Value] = {one.name: one.source for one in functions}
    read: list[Value] = list(dict.fromkeys(name for one in functions for name in one.columns))
    once: dict[str, Value] = {"check_rows": 0} if checked else {}
    code = Call("CodeFeatures", {"functions": sources, **once})
    step = ("functions", _filled(code, estimator), read)
    steps = [*_listed(columns.arguments["transformers"]), step]
    told: dict[str, Value] = {**columns.arguments, "transformers": steps}
    return Call("Pipeline", {"steps": [("columns", Call(columns.name, told)),
                                       ("estimator", estimator)]})  # fmt: skip


def _filled(code: Call, estimator: Call) -> Call:
    """Return what computes the columns, without gaps unless the estimator takes them."""
    final = estimator.arguments.get("regressor", estimator)
    assert isinstance(final, Call)
    if ESTIMATORS[final.name].takes_missing:
        return code
    told: dict[str, Value] = {"strategy": "median", "keep_empty_features": True}
    filled = ("impute", Call("SimpleImputer", told))
    return Call("Pipeline", {"steps": [("code", code), filled,
                                       ("scale", Call("StandardScaler", {}))]})  # fmt: skip


def _listed(value: Value) -> list[Value]:
    assert isinstance(value, list)
    return value


def _call(step: Value) -> Call:
    assert isinstance(step, tuple)
    assert isinstance(step[1], Call)
    return step[1]
