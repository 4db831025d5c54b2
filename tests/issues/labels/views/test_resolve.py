"""What `views` may be, which views that gives, and what each of them reads."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from keraswrap.exceptions import InputError, InputTypeError, ParameterError
from keraswrap.issues import View, make_views
from keraswrap.issues.labels._views._resolve import Rows, check_views, resolve_views

Y = np.arange(40) % 2
TEXTS = [f"case {n}" for n in range(40)]
NUMBERS = np.column_stack([Y + 0.1, np.arange(40) % 3])
CLF = LogisticRegression()


@pytest.mark.parametrize("views", [None, "fast", "thorough", ["words", CLF], (CLF,)])
def test_these_are_taken(views):
    check_views(views)


@pytest.mark.parametrize(
    ("views", "error", "message"),
    [
        ("words", ParameterError, r"a list of views, got 'words'\. Pass \['words'\]"),
        ("wrods", ParameterError, "Did you mean 'words'"),
        (["wrods"], ParameterError, "Did you mean 'words'"),
        ([], ParameterError, "at least one view, got an empty list"),
        (CLF, InputTypeError, "got LogisticRegression. A single view is a list of one"),
        ({"a": CLF}, InputTypeError, "or a list of views, got dict"),
    ],
)
def test_others_are_refused(views, error, message):
    with pytest.raises(error, match=message):
        check_views(views)


def test_what_was_passed_besides_comes_first_and_equal_names_are_told_apart():
    proba = np.full((40, 2), 0.5)
    views = resolve_views([CLF, "words", proba, View("own", CLF)], CLF, Rows(TEXTS), Y, 0)
    names = ["LogisticRegression", "LogisticRegression #2", "words", "probabilities", "own"]
    assert [view.name for view in views] == names
    assert views[0].estimator is CLF
    assert views[3].proba is proba


def test_a_set_reads_what_there_is():
    assert {view.reads for view in resolve_views("fast", None, Rows(TEXTS), Y, 0)} == {"texts"}
    assert {view.reads for view in resolve_views("fast", None, Rows(NUMBERS), Y, 0)} == {"numbers"}


@pytest.mark.parametrize(
    ("rows", "kind"),
    [
        (TEXTS, "texts"),
        (pd.Series(TEXTS), "texts"),
        (pd.DataFrame({"text": [f"a longer text, number {n}" for n in Y], "stars": Y}), "texts"),
        (NUMBERS, "numbers"),
        (pd.DataFrame({"a": NUMBERS[:, 0], "color": ["red", "blue"] * 20}), "numbers"),
    ],
    ids=["list", "series", "frame of texts", "array", "frame of numbers and names"],
)
def test_rows_are_read_for_what_they_are(rows, kind):
    assert Rows(rows).kind() == kind


def test_names_become_indicators():
    frame = pd.DataFrame({"size": np.arange(60.0), "color": ["red", "blue"] * 30})
    frame["id"] = [f"row {n}" for n in range(60)]
    (view,) = [view for view in make_views("auto", reads="numbers") if view.name == "trees"]
    read = Rows(frame).read(view)  # size, blue, red; ids say nothing
    np.testing.assert_array_equal(read[:2], [[0, 0, 1], [1, 1, 0]])


def test_features_are_computed_once():
    scaler, rows = StandardScaler(), Rows(NUMBERS)
    one, two = (rows.read(View(name, CLF, scaler)) for name in "ab")
    assert one is two
    np.testing.assert_allclose(one, StandardScaler().fit_transform(NUMBERS))


def test_images_need_views_of_their_own():
    with pytest.raises(InputError, match="Pass a list of your own estimators"):
        Rows(np.zeros((4, 8, 8))).kind()
