"""A transformer of source code, in scikit-learn's tools and in the sandbox."""

import pickle
import sys

import numpy as np
import pandas as pd
import pytest
from isolated import needs_isolation
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline

from keraswrap.codegen import CodeFeatures
from keraswrap.exceptions import InputError, InputTypeError, IsolationError, ParameterError

AREA = {"area": "def area(frame):\n    return frame['width'] * frame['height']\n"}


@pytest.fixture(scope="module")
def plots():
    """Plots of land, whose price is their area."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.integers(1, 30, (60, 2)), columns=["width", "height"])
    frame["street"] = rng.choice(["Oak Lane", "Elm Road"], 60)
    return frame.assign(price=frame["width"] * frame["height"] * 10.0)


@needs_isolation
def test_columns_are_computed_and_named(plots):
    features = CodeFeatures(AREA).set_output(transform="pandas")
    made = features.fit_transform(plots)
    pd.testing.assert_series_equal(made["area"], plots["price"] / 10, check_names=False)
    assert features.get_feature_names_out().tolist() == ["area"]
    assert features.kinds_ == {"width": "number", "height": "number", "street": "text",
                               "price": "number"}  # fmt: skip


@needs_isolation
def test_it_works_in_a_pipeline_and_in_folds(plots):
    columns = make_column_transformer((CodeFeatures(AREA), ["width", "height"]))
    scores = cross_val_score(
        make_pipeline(columns, LinearRegression()), plots, plots["price"], cv=3
    )
    np.testing.assert_allclose(scores, 1.0)


@needs_isolation
def test_a_pickle_holds_the_source_and_runs_it_isolated(plots, tmp_path):
    source = f"def f(d):\n    open({str(tmp_path / 'ran')!r}, 'w')\n"
    fitted = CodeFeatures(AREA).fit(plots)
    again = pickle.loads(pickle.dumps(fitted))
    assert again.transform(plots).tobytes() == fitted.transform(plots).tobytes()
    fitted.functions = {"f": source}
    with pytest.raises(InputError, match="f: line 2: PermissionError"):
        pickle.loads(pickle.dumps(fitted)).transform(plots)
    assert not (tmp_path / "ran").exists()


LEAKS = {
    "a mean": "return frame['width'] - frame['width'].mean()",
    "a rank": "return frame['width'].rank()",
    "the row before": "return frame['width'].shift(1).fillna(0)",
    "the position": "return np.arange(len(frame))",
    "the number of rows": "return frame['width'] * len(frame)",
    "a draw": "return np.random.default_rng().normal(size=len(frame))",
}


@needs_isolation
@pytest.mark.parametrize("body", LEAKS.values(), ids=LEAKS)
def test_functions_that_use_other_rows_are_refused(plots, body):
    features = CodeFeatures({"f": f"def f(frame):\n    {body}\n"})
    with pytest.raises(InputError, match="Expected f to compute each row from its own values"):
        features.fit(plots)
    assert not hasattr(features, "kinds_")


@needs_isolation
def test_without_rows_to_check_such_a_function_is_taken(plots):
    features = CodeFeatures({"f": f"def f(frame):\n    {LEAKS['a rank']}\n"}, check_rows=0)
    expected = plots["width"].rank().to_numpy()[:, None]
    np.testing.assert_array_equal(features.fit_transform(plots), expected)


@needs_isolation
def test_what_a_function_kept_of_the_table_does_not_help_it(plots):
    source = (
        "kept = []\ndef f(d):\n    kept.append(d['width'].mean())\n    return [kept[0]] * len(d)"
    )
    with pytest.raises(InputError, match="from its own values"):
        CodeFeatures({"f": source}).fit(plots)


@needs_isolation
def test_a_gap_elsewhere_does_not_change_a_row():
    """Whole numbers with a gap would arrive as floats, and divide otherwise."""
    source = {"f": "def f(d): return d['a'] // d['b']"}
    frame = pd.DataFrame({"a": [1, 5, 7], "b": [0, 2, None], "n": pd.array([1, None, 3], "Int64")})
    features = CodeFeatures(source).fit(frame)
    assert features.transform(frame.iloc[:1]).tobytes() == features.transform(frame)[:1].tobytes()


@needs_isolation
def test_y_is_not_seen(plots):
    source = {"f": "def f(d): return d['price']"}
    with pytest.raises(InputError, match="KeyError: 'price'"):
        CodeFeatures(source).fit(plots[["width"]], plots["price"])


@needs_isolation
def test_infinite_numbers_become_gaps():
    made = CodeFeatures({"f": "def f(d): return 1 / d['a']"}).fit_transform(
        pd.DataFrame({"a": [0.0, 2.0]})
    )
    np.testing.assert_array_equal(made, [[np.nan], [0.5]])


@needs_isolation
def test_other_columns_are_refused(plots):
    fitted = CodeFeatures(AREA).fit(plots[["width", "height"]])
    with pytest.raises(InputError, match="each value of the column 'width' to be a number"):
        fitted.transform(pd.DataFrame({"width": ["wide"], "height": [1]}))
    with pytest.raises(ValueError, match="feature names"):
        fitted.transform(plots[["height", "width"]])


@needs_isolation
def test_limits_hold(plots):
    slow = {"f": "import time\ndef f(d):\n    time.sleep(20)"}
    with pytest.raises(InputError, match="It took longer than 1 seconds"):
        CodeFeatures(slow, seconds=1).fit(plots)
    large = {"f": "def f(d):\n    x = bytearray(300 * 2**20)"}
    with pytest.raises(InputError, match="It needed more than 200 MiB of memory"):
        CodeFeatures(large, memory=200).fit(plots)


def test_nothing_runs_where_nothing_isolates(plots, monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(IsolationError, match="Expected Linux"):
        CodeFeatures(AREA).fit(plots)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"seconds": 0}, "seconds as a whole number of at least 1, got 0"),
        ({"memory": 100}, "memory as a whole number of at least 128, got 100"),
        ({"check_rows": -1}, "check_rows as a whole number of at least 0, got -1"),
        ({"functions": {}}, "Expected functions as a dict"),
    ],
)
def test_parameters_are_checked_before_anything_runs(plots, options, message):
    with pytest.raises(ParameterError, match=message):
        CodeFeatures(**{"functions": AREA, **options}).fit(plots)


def test_only_frames_are_taken():
    with pytest.raises(InputTypeError, match=r"X as a DataFrame.*got ndarray"):
        CodeFeatures(AREA).fit(np.ones((2, 2)))
    with pytest.raises(InputError, match="at least one row and one column"):
        CodeFeatures(AREA).fit(pd.DataFrame({"a": []}))


def test_the_constructor_stores():
    features = CodeFeatures(AREA, seconds=5)
    assert features.functions is AREA
    assert clone(features).get_params() == features.get_params()
