"""How the inputs of a net are filled from rows: by name, or in a list by their position."""

import numpy as np
import pandas as pd
import pytest
from nets import QUICK, classifier, groups, two_inputs
from scipy import sparse

from keraswrap import KerasWrapperModel
from keraswrap._data import InputSpec, as_rows, plan_feed
from keraswrap.exceptions import InputError
from keraswrap.issues import (
    CleanClassifier,
    apply_corrections,
    compare_refit,
    find_label_issues,
    hash_data,
)
from keraswrap.model_selection import GridSearchCV, cross_val_predict_proba
from keraswrap.report import make_report


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


# Inputs in a list

X, INDEX = groups(60, 3)
# In the order of the net's, which is not that of the alphabet.
PAIR = {"left": X[:, :1], "right": X[:, 1:2]}
LIST = [*PAIR.values()]


def two(**changes):
    return KerasWrapperModel(two_inputs, **QUICK).set_params(**changes)


FORMS = {
    "list": list,
    "tuple": tuple,
    "sparse": lambda X: [*map(sparse.csr_matrix, X)],
    "frames": lambda X: [*map(pd.DataFrame, X)],
    "a list and an array": lambda X: [X[0].tolist(), X[1]],
    "a dict that counts": lambda X: {1: X[1], 0: X[0]},
}


@pytest.fixture(scope="module")
def by_name():
    return two(epochs=3).fit(PAIR, INDEX)


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_inputs_in_a_list_are_those_of_the_net_in_order(form, by_name):
    given = form(LIST)
    fitted = two(epochs=3).fit(given, INDEX)
    assert (fitted.predict_proba(given) == by_name.predict_proba(PAIR)).all()
    assert fitted.score(given, INDEX) == by_name.score(PAIR, INDEX)
    assert fitted.n_features_in_ == 2


def test_a_list_validates_and_trains_on(by_name):
    part = [array[:20] for array in LIST], INDEX[:20]
    named = {name: array[:20] for name, array in PAIR.items()}, INDEX[:20]
    found, expected = two().fit(LIST, INDEX, validation_data=part), two()
    assert found.history_ == expected.fit(PAIR, INDEX, validation_data=named).history_
    assert found.partial_fit(*part).history_ == expected.partial_fit(*named).history_
    one = [array[:1] for array in LIST]
    np.testing.assert_allclose(found.predict_proba(one), found.predict_proba(LIST)[:1], atol=1e-6)


def test_rows_in_a_list_stay_rows():
    rows = [*X[:2]], INDEX[:2]  # two rows of two numbers
    fitted = KerasWrapperModel(classifier, **QUICK).fit([row[:2] for row in rows[0]], rows[1])
    assert fitted.n_features_in_ == 2
    assert "feature_names_in_" not in vars(fitted)
    rows = KerasWrapperModel(classifier, **QUICK).fit([*X], INDEX)
    assert (
        rows.predict([*X]) == KerasWrapperModel(classifier, **QUICK).fit(X, INDEX).predict(X)
    ).all()


TOOLS = {
    "held out": lambda data: cross_val_predict_proba(two(), data, INDEX // 1, cv=3),
    "search": lambda data: (
        GridSearchCV(two(), {"epochs": [1, 2]}, cv=2).fit(data, INDEX).oof_proba_
    ),
    "issues": lambda data: find_label_issues(two(), data, INDEX, cv=2).quality,
    "clean": lambda data: (
        CleanClassifier(two(), strategy="prune", cv=2).fit(data, INDEX).predict_proba(data)
    ),
    "refit": lambda data: compare_refit(two(), (data, INDEX), (data, INDEX), FOUND, n_random=1),
    "report": lambda data: make_report(FOUND, data).summary["worklist"],
}
FOUND = find_label_issues(np.full((60, 3), 1 / 3), y=INDEX, out_of_sample=True)


@pytest.mark.parametrize("ask", TOOLS.values(), ids=TOOLS)
def test_every_tool_takes_a_list(ask):
    np.testing.assert_equal(ask(LIST), ask({"0": LIST[0], "1": LIST[1]}))


def test_corrections_give_a_list_back():
    one = {"row_id": 4, "given_label": INDEX[4], "action": "drop", "new_label": ""}
    decisions = pd.DataFrame([one | {"data_hash": hash_data(LIST, INDEX)}])
    assert find_label_issues(two(), LIST, INDEX, cv=2).provenance["data_hash"] == hash_data(
        LIST, INDEX
    )
    (left, right), labels = apply_corrections((LIST, INDEX), decisions).data
    kept = np.arange(60) != 4
    assert (left == LIST[0][kept]).all()
    assert (right == LIST[1][kept]).all()
    assert (labels == INDEX[kept]).all()


@pytest.mark.parametrize(
    ("ask", "match"),
    [
        (lambda: KerasWrapperModel(classifier, **QUICK).fit(LIST, INDEX), r"got \['0', '1'\]"),
        (lambda: two().fit([X[:, :1]] * 3, INDEX), r"\['left', 'right'\], got \['0', '1', '2'\]"),
        (lambda: two().fit([X[:, :1], X[:9, :1]], INDEX), "rows of equal length in X"),
        (
            lambda: two().fit(LIST, INDEX).predict(LIST[::-1] * 2),
            "a list of 2 arrays of one length as in fit.*got 4",
        ),
    ],
)
def test_a_list_that_does_not_fit_the_net_is_refused(ask, match):
    with pytest.raises(InputError, match=match):
        ask()
