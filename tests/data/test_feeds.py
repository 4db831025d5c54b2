"""How the inputs of a net are filled from rows."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from keraswrap._data import InputSpec, as_rows, plan_feed
from keraswrap.exceptions import InputError


def spec(shape=(2,), dtype="float32", name="x"):
    return InputSpec(name, shape, dtype)


@pytest.mark.parametrize(
    ("X", "want", "expected"),
    [
        ({"x": [[1, 2], [3, 4]]}, spec(), [[3.0, 4.0]]),
        ({"other": [[1, 2], [3, 4]]}, spec(), [[3.0, 4.0]]),
        ({"x": [1, 2]}, spec((1,)), [[2.0]]),
        ({"x": [1, 2]}, spec(()), [2.0]),
        ({"x": [[1, 2], [3, 4]]}, spec((None,), "int32"), [[3, 4]]),
        ({"x": [[1.0, 2.0], [3.0, 4.0]]}, spec((2,), "int64"), [[3, 4]]),
        ({"x": sparse.csr_matrix([[1, 0], [0, 4]])}, spec(), [[0.0, 4.0]]),
        ({"x": np.ones((2, 2, 3))}, spec((2, 3)), [[[1.0] * 3] * 2]),
        (["a", "b"], spec((), "string"), ["b"]),
        (["a", "b"], spec((1,), "string"), [["b"]]),
    ],
)
def test_an_input_gets_its_rows_cast_and_shaped(X, want, expected):
    rows = as_rows(X)
    batch = plan_feed([want], rows)["x"](rows, [1])
    assert batch.tolist() == expected
    assert batch.dtype == (object if want.dtype == "string" else want.dtype)


def test_inputs_are_matched_by_name_in_the_nets_order():
    rows = as_rows({"b": [[1.0]], "a": [["t"]]})
    feeds = plan_feed([spec((1,), "string", "a"), spec((1,), name="b")], rows)
    assert {name: feed(rows, [0]).tolist() for name, feed in feeds.items()} == {
        "a": [["t"]],
        "b": [[1.0]],
    }


@pytest.mark.parametrize(
    ("X", "specs", "match"),
    [
        ({"x": [[1, 2, 3]]}, [spec()], r"'x' expects rows of shape \(2,\), got \(3,\).*meta"),
        ({"x": [1]}, [spec()], r"expects rows of shape \(2,\), got \(1,\)"),
        ({"x": np.ones((1, 2, 2))}, [spec()], r"got \(2, 2\)"),
        ({"x": [[1, 2]]}, [spec(dtype="string")], "'x' expects text, got numbers. Pass X as texts"),
        (["a"], [spec()], "'x' expects numbers, got text.*TextVectorization"),
        ({"x": [[1.5, 2]]}, [spec(dtype="int32")], "got fractions such as 1.5. Pass whole"),
        ({"x": [[1e300, 2]]}, [spec()], "infinity or a value too large .*StandardScaler"),
        (
            {"x": [[1, 2]]},
            [spec(), spec(name="z")],
            r"each input of the net, \['x', 'z'\], got \['x'\]",
        ),
        ({"x": [1], "y": [1]}, [spec(), spec(name="z")], r"got \['x', 'y'\].*Pass X as a dict"),
        (pd.DataFrame({"t": ["a"], "n": [1]}), [spec()], r"columns \['t'\].*OneHotEncoder"),
    ],
)
def test_rows_that_a_net_cannot_take(X, specs, match):
    with pytest.raises(InputError, match=match):
        plan_feed(specs, as_rows(X))


def test_float64_nets_take_large_numbers():
    rows = as_rows({"x": [[1e300, 2]]})
    assert plan_feed([spec(dtype="float64")], rows)["x"](rows, [0]).tolist() == [[1e300, 2.0]]
