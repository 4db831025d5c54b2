"""Columns of other types than NumPy's give the pipelines, and predictions, that NumPy's give."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from mixed_tables import mixed, parts, scripted, specify

from keraswrap.codegen import PipelineWriter
from keraswrap.codegen._data import read_rows, read_table
from keraswrap.codegen._plain import frame_of, plain_column, plain_frame
from keraswrap.exceptions import InputError


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (pd.array([1, pd.NA], dtype="Int64"), [1.0, np.nan]),
        (pd.array([1, 2], dtype="Int64"), [1, 2]),
        (pd.array([True, pd.NA], dtype="boolean"), [True, np.nan]),
        (pd.array(["a", pd.NA], dtype="string"), ["a", np.nan]),
        (pd.array(["a", None], dtype="string[pyarrow]"), ["a", np.nan]),
        (pd.array([1.5, None], dtype="double[pyarrow]"), [1.5, np.nan]),
        (np.array([1, 2.5, None], dtype=object), [1, 2.5, np.nan]),
        (np.array([Decimal("1.5"), None], dtype=object), [1.5, np.nan]),
        (pd.array(["a", pd.NA], dtype=object), ["a", np.nan]),
    ],
)
def test_values(column, expected):
    made = plain_column(pd.Series(column, dtype=column.dtype))
    assert isinstance(made.dtype, np.dtype)
    assert made.tolist() == pytest.approx(expected, nan_ok=True)


def test_columns_of_numpy_stay_the_same_object():
    X, _ = mixed(20)
    assert plain_frame(X) is X


def as_polars(X):
    polars = pytest.importorskip("polars")
    return polars.DataFrame({name: X[name].astype(object).where(X[name].notna(), None).tolist()
                             for name in X})  # fmt: skip


OTHERS = {
    "nullable": pd.DataFrame.convert_dtypes,
    "pyarrow": lambda X: X.convert_dtypes(dtype_backend="pyarrow"),
    "objects": lambda X: X.astype(object),
    "polars": as_polars,
}


@pytest.mark.parametrize("name", OTHERS)
def test_a_table_of_another_library_leads_to_the_same(name):
    if name == "pyarrow":
        pytest.importorskip("pyarrow")
    X, y = mixed(60)
    other = OTHERS[name](X)
    plain = read_table(X, y)
    assert read_table(other, y).columns == plain.columns
    _, space = parts()
    texts = {"encode": "tfidf_words", "max_features": 100}
    found = [
        PipelineWriter(
            scripted(specify(space, texts=texts)), n_candidates=1, cv=2, time_limit=None,
            random_state=0, show_rows=40,
        ).fit(rows, y)
        for rows in (X, other)
    ]  # fmt: skip
    ours, theirs = (one.predict(rows) for one, rows in zip(found, (X, other), strict=True))
    assert np.array_equal(ours, theirs)
    assert found[0].to_code() == found[1].to_code()
    assert found[1].predict(other[:1]).tolist() == theirs[:1].tolist()
    assert found[1].score(other, y) == found[0].score(X, y)


def test_what_to_code_says_of_other_types_converts_them():
    X, _ = mixed(60)
    other = X.convert_dtypes()
    told = other.astype(object).where(other.notna(), float("nan")).infer_objects()
    made = read_rows(other)
    for name in X:
        assert told[name].isna().equals(made[name].isna())
        assert told[name].dropna().tolist() == made[name].dropna().tolist()


def test_columns_of_a_dict_go_by_position():
    one = pd.Series([1, 2], index=[10, 11])
    made = frame_of({"b": one, "a": pd.Series([3, 4], index=[20, 21])})
    assert made.to_dict("list") == {"b": [1, 2], "a": [3, 4]}
    assert made.index.tolist() == [10, 11]


@pytest.mark.parametrize(
    ("index", "message"),
    [(["y", "x"], "in another order"), (["x", "y", "z"], "equal length")],
)
def test_columns_of_a_dict_that_do_not_belong_together(index, message):
    one, other = pd.Series([1, 2], index=["x", "y"]), pd.Series(range(len(index)), index=index)
    with pytest.raises(InputError, match=message):
        frame_of({"a": one, "b": other})
