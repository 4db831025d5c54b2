"""Everything found in rows at once, in whatever they come, and what is made of it."""

import json

import numpy as np
import pandas as pd
import pytest
from cleanlab import Datalab
from scipy import sparse

from keraswrap.data import row_view
from keraswrap.exceptions import InputError, InputTypeError, ParameterError
from keraswrap.issues.rows._content import read_content
from keraswrap.issues.rows._find import find_row_issues


def reviews(n=80, seed=0):
    """Texts of which no two are near, and labels in no order."""
    rng = np.random.default_rng(seed)
    letters = np.array([*"abcdefghijklmnoprstuvwy"])
    texts = [" ".join("".join(word) for word in rng.choice(letters, (7, 6))) for _ in range(n)]
    return texts, rng.choice(["neg", "pos"], size=n)


def planted():
    texts, labels = reviews()
    rows = [
        *texts,
        texts[2] + "!",
        texts[5] + " ok",
        "",
        "cafÃ© au lait",
        "?????????",
        " ".join(reviews(200, seed=9)[0]),
    ]
    y = np.array([*labels, *labels[[2, 5]], "pos", "neg", "pos", "neg"])
    y[80] = "neg" if y[2] == "pos" else "pos"
    return rows, y


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


def test_what_is_made_of_it():
    rows, y = planted()
    found = find_row_issues(rows, y, ids=[f"r{i}" for i in range(86)])
    frame = found.to_frame()
    assert frame.columns.tolist() == ["row_id", "kind", "severity", "score", "group", "note"]
    assert frame["score"].between(0, 1).all()
    assert frame.loc[frame["kind"] == "duplicate", "row_id"].tolist() == ["r2", "r80"]
    assert frame.loc[frame["kind"] == "empty", "group"].isna().all()
    assert found.groups() == {2: 0, 5: 1, 80: 0, 81: 1}
    assert found.badges()[80] == ["label conflict", "duplicate"]
    assert list(found.badges()) == [2, 5, 80, 81, 82, 83, 84, 85]
    assert found.rows("near_duplicate").tolist() == [5, 81]
    alerts = found.alerts()
    assert json.loads(json.dumps(alerts)) == alerts
    assert alerts[0] == {"severity": "error", "kind": "empty", "message": "Empty texts: 1.", "n": 1}


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


# Numbers


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


def test_features_find_outliers_among_texts():
    texts, _ = reviews()
    vectors = np.random.default_rng(0).normal(size=(80, 30)) + 3
    vectors[4] = -vectors[4]
    assert find_row_issues(texts).rows("outlier").tolist() == []
    assert 4 in find_row_issues(texts, features=vectors).rows("outlier")
    assert 4 in find_row_issues(texts, features=sparse.csr_matrix(vectors)).rows("outlier")


def test_missing_numbers_are_found_and_stop_nothing():
    X = np.random.default_rng(0).normal(size=(30, 4))
    X[3, 1], X[8, 0], X[:, 2] = np.nan, np.inf, np.nan
    assert find_row_issues(X[:, [0, 1, 3]]).rows("missing").tolist() == [3, 8]
    assert len(find_row_issues(X).rows("missing")) == 30


def test_columns_of_a_frame_are_in_units_of_their_own():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"price": rng.normal(size=60) * 1e6, "size": rng.normal(size=60)})
    frame = frame.assign(n=np.arange(60), odd=np.arange(60) % 2)
    frame.loc[7, "size"] = 40.0
    found = find_row_issues(frame, frame["odd"].map({0: "even", 1: "odd"}), test=frame.iloc[[5]])
    assert 7 in found.rows("outlier")
    assert found.rows("leak").tolist() == [5]
    kinds = [alert["kind"] for alert in found.alerts()]
    assert kinds.count("id_column") == kinds.count("label_column") == 1


def test_categories_are_compared_as_they_are():
    colors, sizes = np.tile(["red", "green", "blue"], 20), np.repeat([1.0, 2.0, 3.0, 4.0], 15)
    frame = pd.DataFrame({"color": colors, "size": sizes + np.arange(60) / 100})
    frame.loc[59] = frame.loc[3]
    found = find_row_issues(frame, test=frame.iloc[:2])
    assert read_content(frame).texts is None
    assert found.rows("duplicate").tolist() == [3, 59]
    assert found.rows("near_duplicate").tolist() == []
    assert found.rows("leak").tolist() == [0, 1]


@pytest.mark.parametrize(
    ("values", "is_text"),
    [
        (["it works so very well", "no"], True),
        (
            [
                "この製品は期待していたよりもずっと良くて大変満足しています",
                "素晴らしい製品ですのでまた購入したいです",
            ],
            True,
        ),
        (["red", "blue"], False),
        (["2024-01-05 10:00:00 UTC", "2024-01-06 11:30:00 UTC"], False),
        (pd.to_datetime(["2024-01-05", "2024-01-06"]), False),
        (pd.Categorical(["Ann Lee", "Bob Ray"]), False),
    ],
)
def test_texts_are_told_from_names_and_dates(values, is_text):
    content = read_content(pd.DataFrame({"a": values, "b": [1.5, 2.5]}))
    assert (content.text_columns == ("a",)) is is_text


def test_sparse_rows_are_rows_of_numbers():
    dense = np.random.default_rng(0).poisson(0.3, size=(50, 200)) * 1.0
    dense[20] = dense[3]
    found = find_row_issues(sparse.csr_matrix(dense), test=sparse.csr_matrix(dense[[3, 9]]))
    assert found.rows("duplicate").tolist() == [3, 20]
    assert found.rows("leak").tolist() == [3, 9, 20]


def test_images_and_matrices_in_a_dict():
    images = np.random.default_rng(0).random((40, 12, 12))
    images[11] = images[2]
    found = find_row_issues({"image": images, "price": np.ones(40)})
    assert found.rows("duplicate").tolist() == [2, 11]


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


@pytest.mark.parametrize(
    ("X", "match", "error"),
    [
        (None, "rows in X, got None", InputError),
        ("one text", "Wrap a single text in a list", InputTypeError),
        (5, "rows in X, got the single int 5", InputError),
        ({"a": [1, 2], "b": [1]}, r"one length in X, got lengths \[1, 2\]", InputError),
        ([[1, 2], [3]], "equal length in X", InputError),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "different names", InputError),
    ],
)
def test_what_is_no_data_is_refused(X, match, error):
    with pytest.raises(error, match=match):
        find_row_issues(X)


def test_a_threshold_of_no_such_name_is_a_parameter_error():
    with pytest.raises(ParameterError, match="got 'high'"):
        find_row_issues(["a"], thresholds={"margin": "high"})
