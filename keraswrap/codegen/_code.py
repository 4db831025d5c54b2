"""A pipeline as Python that a person reads and runs. Pure."""

from __future__ import annotations

import platform
from collections.abc import Sequence

from keraswrap._versions import find_version
from keraswrap.codegen._calls import Call, Value, Variable, imports_of, write

__all__ = ["versions_here", "write_code"]

_PACKAGES = ("keraswrap", "scikit-learn", "numpy", "pandas", "scipy")
# Those that functions of columns need, besides.
_ISOLATING = ("pyarrow", "sandlock")


def versions_here(runs_code: bool = False) -> dict[str, str]:
    """Return the versions of Python and of the packages that determine a pipeline."""
    packages = (*_PACKAGES, *(_ISOLATING if runs_code else ()))
    found = {name: find_version(name) for name in packages}
    told = {name: version for name, version in found.items() if version is not None}
    return {"python": platform.python_version(), **told}


def write_code(pipeline: Call, notes: Sequence[str], versions: dict[str, str]) -> str:
    """Return a module that defines `pipeline`.

    Parameters
    ----------
    pipeline : Call
    notes : sequence of str
        Comments, without anything from the data.
    versions : dict of str to str

    Returns
    -------
    str

    Examples
    --------
    >>> print(write_code(Call("Ridge", {"alpha": 0.5}), ["Seed 0."], {"numpy": "2.4"}))
    # A pipeline written by keraswrap.codegen.PipelineWriter.
    # Seed 0.
    # Made with numpy 2.4.
    # Fit it with pipeline.fit(X, y).
    <BLANKLINE>
    from sklearn.linear_model import Ridge
    <BLANKLINE>
    pipeline = Ridge(alpha=0.5)
    <BLANKLINE>
    """
    made = ", ".join(f"{name} {version}" for name, version in versions.items())
    head = ["A pipeline written by keraswrap.codegen.PipelineWriter.", *notes, f"Made with {made}."]
    lines = [f"# {' '.join(line.split())}" for line in [*head, "Fit it with pipeline.fit(X, y)."]]
    body = [
        f"{one.name} = {write(one.value, used=len(one.name) + 3)}" for one in _variables(pipeline)
    ]
    return "\n".join([*lines, "", *imports_of(pipeline), "", *body, ""])


def _variables(pipeline: Call) -> list[Variable]:
    """Return what code defines, one after the other: lists of columns, steps, the pipeline."""
    (first, columns), *others = _pairs(pipeline.arguments.get("steps")) or [("", None)]
    if not isinstance(columns, Call) or columns.name != "ColumnTransformer":
        return [Variable("pipeline", pipeline)]
    found: list[Variable] = []
    told: list[Value] = []
    for title, step, keys in _triples(columns.arguments["transformers"]):
        name = title.replace(" ", "_")
        if isinstance(keys, list):
            found.append(Variable(name, keys))
            keys = found[-1]
        if isinstance(step, Call):
            found.append(Variable(f"prepare_{name}", step))
            step = found[-1]
        told.append((title, step, keys))
    whole = Call(columns.name, {**columns.arguments, "transformers": told})
    found.append(Variable("columns", whole))
    steps: list[Value] = [(first, found[-1]), *others]
    return [*found, Variable("pipeline", Call("Pipeline", {"steps": steps}))]


def _pairs(steps: Value) -> list[tuple[str, Value]]:
    listed = steps if isinstance(steps, list) else []
    return [(str(one[0]), one[1]) for one in listed if isinstance(one, tuple)]


def _triples(steps: Value) -> list[tuple[str, Value, Value]]:
    listed = steps if isinstance(steps, list) else []
    return [(str(one[0]), one[1], one[2]) for one in listed if isinstance(one, tuple)]
