"""Labels of every kind, held against scikit-learn's own encoders and weights."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from sklearn.preprocessing import LabelEncoder
from sklearn.utils.class_weight import compute_class_weight

from keraswrap._targets import labels as _labels
from keraswrap.exceptions import InputError, ParameterError

NAN = float("nan")


@pytest.mark.parametrize(
    "y",
    [
        ["neg", "pos", "neg"],
        [0, 2, 5],
        [-1, 1, 1],
        [True, False, True],
        [1.0, 2.0, 1.0],
        np.array(["a", "b", "a"], dtype=object),
        np.array([3, 1, 3], dtype=object),
        np.array([0, 1, 255], dtype="uint8"),
        pd.Series(["a", "b", "a"]),
        pd.Series(["a", "b", "a"], dtype="string"),
        pd.Series(["a", "b", "a"], dtype="category"),
        pd.Series([0, 1, 0], dtype="Int64"),
        pd.Series([True, False, True], dtype="boolean"),
    ],
    ids=lambda y: getattr(y, "dtype", type(y[0]).__name__),
)
def test_any_labels_encode_as_scikit_learns_do(y):
    labels = _labels.check_labels(y)
    classes = _labels.find_classes(labels)
    reference = LabelEncoder().fit(list(y))
    assert classes.tolist() == reference.classes_.tolist()
    assert _labels.encode(labels, classes).tolist() == reference.transform(list(y)).tolist()


def test_a_column_is_flattened_with_scikit_learns_warning():
    with pytest.warns(UserWarning, match="column-vector y was passed"):
        assert _labels.check_labels([[0], [1]]).tolist() == [0, 1]


@pytest.mark.parametrize(
    ("y", "match"),
    [
        ([0.0, NAN], "contains NaN, None or infinity, first in row 1"),
        ([0.0, np.inf], "first in row 1: .*Label or drop such rows"),
        (["a", None], "first in row 1: None"),
        (["a", NAN], "first in row 1: nan"),
        (pd.Series(["a", pd.NA], dtype="string"), "first in row 1: <NA>"),
        (pd.Series([1, pd.NA], dtype="Int64"), "first in row 1: (<NA>|.*nan)"),
        (np.array(["a", 1], dtype=object), r"one kind, got \['int', 'str'\]"),
        ([b"a", b"b"], r"texts, numbers or booleans, got np.bytes_\(b'a'\). Decode them first"),
        ([Decimal(1), Decimal(2)], r"got Decimal\('1'\). Convert them"),
        (["a", 1], r"one kind, got \['int', 'str'\]"),
        (("a", 1.5), r"one kind, got \['float', 'str'\]"),
        ([[0, 1], [1, 0]], r"got shape \(2, 2\).*y.argmax\(axis=1\)"),
        ([[0], [1, 2]], "one label for each row, got rows of unequal length"),
        ([0.5, 1.5, 2.5], "Unknown label type"),
    ],
)
def test_labels_that_cannot_be_used(y, match):
    with pytest.raises(ValueError, match=match):
        _labels.check_labels(y)


@pytest.mark.parametrize("given", [["c", "a", "b"], np.array(["b", "c", "a", "a"])])
def test_given_classes_are_all_there_are(given):
    assert _labels.find_classes(np.array(["a", "b"]), given).tolist() == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("labels", "classes"),
    [(["a", "z"], ["a", "b"]), ([0, 9], [0, 1]), (["0", "1"], [0, 1]), ([0, 1], ["0", "1"])],
)
def test_a_label_off_the_classes_is_named(labels, classes):
    with pytest.raises(InputError, match=r"unseen \[.*name every class"):
        _labels.encode(np.array(labels), np.array(classes))


@pytest.mark.parametrize(
    ("classes", "units", "wide"),
    [
        ([0, 2], 3, [0, 1, 2]),
        ([0], 2, [0, 1]),
        ([1], 1, [0, 1]),
        ([False], 1, [False, True]),
        ([0, 1], 1, [0, 1]),
        ([-1, 1], 1, [-1, 1]),
        ([3, 7], 2, [3, 7]),
        (["a", "b"], 2, ["a", "b"]),
    ],
)
def test_indices_below_the_width_are_classes(classes, units, wide):
    assert _labels.widen_classes(np.array(classes), units).tolist() == wide


@pytest.mark.parametrize(
    ("classes", "units", "match"),
    [
        (["a"], 1, r"at least 2 classes in y, got 1 class: \['a'\]"),
        (["a"], 2, "at least 2 classes"),
        ([7], 2, "name them all with classes="),
        ([0, 1, 2], 2, "net with 2 units and 3 classes.*meta"),
        ([0, 1, 2], 1, "net with 1 unit and 3 classes"),
        ([0, 5], 3, "net with 3 units and 2 classes"),
        (["a", "b"], 3, r"name every class with classes=\[\.\.\.\]"),
    ],
)
def test_classes_that_do_not_fit_the_width(classes, units, match):
    with pytest.raises(InputError, match=match):
        _labels.widen_classes(np.array(classes), units)


def test_given_classes_are_not_widened():
    with pytest.raises(InputError, match="net with 3 units and 2 classes"):
        _labels.widen_classes(np.array([0, 1]), 3, given=[0, 1])


# Weights


def test_balanced_weights_are_scikit_learns():
    y, classes = np.array(list("aaabbc")), np.array(list("abc"))
    expected = compute_class_weight("balanced", classes=classes, y=y)
    assert _labels.class_weights("balanced", y, classes).tolist() == expected.tolist()


def test_a_class_without_rows_does_not_break_the_balance():
    y, classes = np.array([0, 0, 2]), np.array([0, 1, 2])
    assert _labels.class_weights("balanced", y, classes).tolist() == [0.75, 1.0, 1.5]


def test_a_class_left_out_weighs_one():
    weights = _labels.class_weights({"spam": 0}, np.array(["spam"]), np.array(["ham", "spam"]))
    assert weights.tolist() == [1.0, 0.0]


@pytest.mark.parametrize(
    ("given", "match"),
    [
        ({"eggs": 2}, r"keyed by the labels \['ham', 'spam'\], got \['eggs'\]"),
        ({0: 2}, "Use the labels as in y"),
        ({"ham": -1}, "a weight ≥ 0 for class 'ham', got -1"),
        ({"ham": NAN}, "got nan"),
        ({"ham": float("inf")}, "got inf"),
        ({"ham": "2"}, "got '2'"),
        ("balance", "'balanced', a dict or None, got 'balance'"),
        ([1, 2], r"got \[1, 2\]"),
    ],
)
def test_class_weights_that_cannot_be_used(given, match):
    with pytest.raises(ParameterError, match=match):
        _labels.class_weights(given, np.array(["ham"]), np.array(["ham", "spam"]))


@pytest.mark.parametrize("blank", ["", " ", "\u00a0"])
@pytest.mark.parametrize("form", [list, np.array, pd.Series, lambda y: np.array(y, dtype=object)])
def test_a_label_of_nothing_is_refused(form, blank):
    with pytest.raises(InputError, match="got an empty one in 2 rows, first in row 1"):
        _labels.check_labels(form(["a", blank, "b", blank]))
