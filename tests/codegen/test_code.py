"""Written code runs in another process and gives the same pipeline, to the bit."""

import ast
import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from mixed_tables import mixed, numbers, parts, specify

from keraswrap.codegen._calls import make
from keraswrap.codegen._code import versions_here, write_code
from keraswrap.codegen._data import read_table
from keraswrap.codegen._plan import plan_defaults, plan_pipeline
from keraswrap.codegen._specification import space_of

RUN = """
import sys, runpy
import numpy as np, pandas as pd
X, y = pd.read_pickle(sys.argv[2])
for n, path in enumerate(sys.argv[3:]):
    pipeline = runpy.run_path(path)["pipeline"].fit(X, y)
    np.save(f"{sys.argv[1]}/{n}.npy", pipeline.predict(X))
    if hasattr(pipeline, "predict_proba"):
        np.save(f"{sys.argv[1]}/{n}p.npy", pipeline.predict_proba(X))
"""


def written(pipeline):
    return write_code(pipeline, ["A note."], {"numpy": "2"})


def without_embedding(space, seed):
    drawn = specify(space, seed)
    return {**drawn, "texts": {**drawn["texts"], "encode": "tfidf_words"}}


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_a_child_process_predicts_the_same_to_the_bit(task, tmp_path):
    X, y = mixed()
    y = y if task == "classification" else numbers(X)
    table, space = parts(task)
    told = [without_embedding(space, seed) for seed in range(12)]
    plans = [plan_pipeline(one, table.columns, table.target.task, 3) for one in told]
    plans.append(plan_defaults(table.columns, table.target.task, 3))
    pd.to_pickle((X, y), tmp_path / "data.pkl")
    files = [tmp_path / f"code{n}.py" for n in range(len(plans))]
    for path, one in zip(files, plans, strict=True):
        path.write_text(written(one), encoding="utf-8")
    command = [sys.executable, "-c", RUN, tmp_path, tmp_path / "data.pkl", *files]
    subprocess.run(command, check=True, timeout=300)
    for n, one in enumerate(plans):
        here = make(one).fit(table.X, table.target.values)
        there = np.load(tmp_path / f"{n}.npy", allow_pickle=True)
        assert here.predict(X).tobytes() == there.tobytes() or there.dtype == object
        assert np.array_equal(here.predict(X), there)
        if hasattr(here, "predict_proba"):
            assert here.predict_proba(X).tobytes() == np.load(tmp_path / f"{n}p.npy").tobytes()


HOSTILE = [
    "age'); import os; os.system('id') #",
    'a"""\nimport os',
    "line\nbreak",
    "\\",
    "{x}",
    "名前",
    "\u2028end",
    "# comment",
    "c0",
]


def test_names_of_columns_are_only_ever_quoted():
    rng = np.random.default_rng(0)
    X = pd.DataFrame({name: rng.normal(size=30) for name in HOSTILE})
    table = read_table(X, rng.integers(0, 2, 30))
    space = space_of(table.columns, table.target.task)
    for seed in range(10):
        pipeline = plan_pipeline(specify(space, seed, drop=[]), table.columns, table.target.task, 0)
        tree = ast.parse(written(pipeline))
        imported = {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
        assert {name.split(".")[0] for name in imported} == {"sklearn"}
        strings = {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant)}
        assert set(HOSTILE) <= strings
        scope = {}
        exec(written(pipeline), scope)
        assert repr(scope["pipeline"]) == repr(make(pipeline))


def test_no_cell_of_the_table_is_in_the_code():
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"a": rng.normal(size=30), "b": [f"secret{k % 3}" for k in range(30)]})
    table = read_table(X, [f"class{k % 2}" for k in range(30)])
    space = space_of(table.columns, table.target.task)
    for seed in range(20):
        code = written(plan_pipeline(specify(space, seed), table.columns, table.target.task, 0))
        assert "secret" not in code
        assert "class0" not in code
        assert not [cell for cell in X["a"] if repr(float(cell)) in code]


def test_a_note_stays_a_comment():
    table, _ = parts()
    pipeline = plan_defaults(table.columns, table.target.task, 0)
    code = write_code(pipeline, ["first\nimport os"], versions_here())
    assert "# first import os" in code
    assert re.search(r"scikit-learn \d+\.\d+.*numpy \d", code)
