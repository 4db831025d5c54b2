"""Everything found in rows at once, in whatever they come, and what is made of it."""

import numpy as np
import pandas as pd
import pytest
from cleanlab import Datalab
from planted_rows import planted

from keraswrap.data import row_view
from keraswrap.exceptions import ParameterError
from keraswrap.issues.rows._find import find_row_issues


def test_planted_faults_are_found_and_no_others():
    rows, y = planted()
    found = find_row_issues(rows, y, test=[rows[7].upper(), "all else is new here"])
    kinds = {one.kind: one.rows.tolist() for one in found.findings}
    assert kinds == {
        "empty": [82],
        "leak": [7],
        "label_conflict": [2, 80],
        "garbled": [83],
        "few_letters": [84],
        "too_long": [85],
        "duplicate": [2, 80],
        "near_duplicate": [5, 81],
    }
    assert [one.severity for one in found.findings[:4]] == ["error"] * 3 + ["warning"]


def forms():
    rows, _ = planted()
    labels = np.arange(len(rows)) % 3
    return {
        "list": rows,
        "tuple": tuple(rows),
        "array": np.array(rows, dtype=object),
        "fixed width": np.array(rows),
        "series": pd.Series(rows),
        "string series": pd.Series(rows, dtype="string"),
        "column": pd.DataFrame({"text": rows}),
        "with id": pd.DataFrame({"id": [f"a{i}" for i in range(len(rows))], "text": rows}),
        "dict": {"text": rows, "price": labels * 1.5},
        "view": row_view({"text": np.array(rows, dtype=object)}),
        "2-D": np.array(rows, dtype=object)[:, None],
    }


@pytest.mark.parametrize("form", [*forms()])
def test_rows_come_in_any_form(form):
    expected = {one.kind: one.rows.tolist() for one in find_row_issues(planted()[0]).findings}
    given = forms()[form]
    found = {one.kind: one.rows.tolist() for one in find_row_issues(given).findings}
    assert found.pop("id_column", None) == ([] if form == "with id" else None)
    assert found == expected


def test_missing_texts_are_empty_ones_and_the_index_is_kept():
    series = pd.Series(["fine", None, np.nan, "good"], index=[*"abcd"])
    frame = find_row_issues(series).to_frame()
    assert frame["row_id"].tolist() == ["b", "c"]
    assert pd.isna(series["b"])


@pytest.mark.parametrize("rows", [[], ["one"], [""], [[1.0, 2.0]], np.zeros((0, 3)), [3]])
def test_hardly_any_rows(rows):
    found = find_row_issues(rows)
    assert len(found) == len(rows)
    assert len(found.to_frame()) == sum(len(one.rows) for one in found.findings)


def test_one_row_of_each_class_and_of_one_label():
    assert find_row_issues(["a b c"], ["x"]).rows("only_example").tolist() == [0]
    assert find_row_issues(["same"] * 30, [1] * 30).rows("duplicate").tolist() == [*range(30)]


def test_numbers_are_looked_at_as_datalab_does():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 6)) + 2
    X[10], X[50] = -20, X[3] + 1e-4
    y = np.array([0] * 190 + [1] * 10)[rng.permutation(200)]
    found = find_row_issues(X, y, thresholds={"imbalance": 0.2})
    lab = Datalab(data={"y": y}, label_name="y", verbosity=0)
    asked = {"outlier": {}, "near_duplicate": {}, "class_imbalance": {"threshold": 0.2}}
    lab.find_issues(features=X, issue_types=asked)
    for kind in asked:
        theirs = lab.get_issues(kind)
        flagged = np.flatnonzero(theirs[f"is_{kind}_issue"])
        assert found.rows(kind).tolist() == flagged.tolist()
        assert len(flagged)
    scores = next(one.scores for one in found.findings if one.kind == "outlier")
    expected = lab.get_issues("outlier")["outlier_score"][found.rows("outlier")]
    np.testing.assert_allclose(scores, expected, rtol=1e-6)


def test_ambiguous_rows_come_from_probabilities():
    proba = np.array([[0.5, 0.5], [0.9, 0.1], [0.52, 0.48]])
    texts = ["good one", "bad other", "some third"]
    assert find_row_issues(texts, proba=proba).rows("ambiguous").tolist() == [0, 2]
    strict = find_row_issues(texts, proba=proba, thresholds={"margin": 0.01})
    assert strict.rows("ambiguous").tolist() == [0]


def test_nothing_given_is_changed():
    rows, y = planted()
    frame = pd.DataFrame({"text": rows})
    before = frame.copy()
    find_row_issues(frame, y, test=frame)
    pd.testing.assert_frame_equal(frame, before)


@pytest.mark.parametrize(
    ("given", "match"),
    [
        ({"y": [0]}, "y to have 2 rows, as many as X"),
        ({"ids": [1, 2, 3]}, "ids to have 2 rows"),
        ({"proba": [[0.5, 0.5]]}, "proba to have 2 rows"),
        ({"proba": [[0.5, 0.6]] * 2}, "sum to 1"),
        ({"features": [[1.0]]}, "features to have 2 rows"),
        ({"features": [[np.nan]] * 2}, "features contains NaN"),
        ({"test": {"text": ["a"]}}, r"columns \[''\], got \['text'\]"),
        ({"thresholds": {"near": 1}}, r"Expected thresholds among .* got \['near'\]"),
        ({"thresholds": {"margin": -1}}, "above 0 for 'margin', got -1"),
    ],
)
def test_what_does_not_fit_is_refused(given, match):
    with pytest.raises(ValueError, match=match):
        find_row_issues(["a", "b"], **given)


def test_a_threshold_of_no_such_name_is_a_parameter_error():
    with pytest.raises(ParameterError, match="got 'high'"):
        find_row_issues(["a"], thresholds={"margin": "high"})
