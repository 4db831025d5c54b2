"""What all estimators of texts share: texts in any form, seeds, copies and what is refused."""

import pickle

import numpy as np
import pandas as pd
import pytest
from checkpoints import write_checkpoint
from quick import LABELS, TEXTS, quick
from sklearn.base import clone

from keraswrap.exceptions import InputError, InputTypeError, ParameterError


@pytest.fixture(scope="module")
def bert(tmp_path_factory):
    return str(write_checkpoint(tmp_path_factory.mktemp("checkpoint") / "bert"))


@pytest.fixture(scope="module")
def fitted(bert):
    return quick(bert).fit(TEXTS, LABELS)


@pytest.mark.parametrize(
    "kind",
    [
        tuple,
        lambda texts: np.array(texts),
        pd.Series,
        lambda texts: pd.Series(texts, index=range(100, 124), dtype="string"),
        lambda texts: pd.DataFrame({"review": texts}),
        lambda texts: pytest.importorskip("pyarrow").array(texts),
        lambda texts: pytest.importorskip("datasets").Dataset.from_dict({"t": texts})["t"],
    ],
    ids=["tuple", "array", "Series", "string Series", "frame", "Arrow", "hub column"],
)
def test_texts_come_in_any_form(fitted, kind):
    np.testing.assert_array_equal(fitted.predict_proba(kind(TEXTS)), fitted.predict_proba(TEXTS))


def test_same_seed_same_bits_also_when_pickled_or_cloned(bert, fitted):
    proba = fitted.predict_proba(TEXTS)
    assert (clone(fitted).fit(TEXTS, LABELS).predict_proba(TEXTS) == proba).all()
    assert (pickle.loads(pickle.dumps(fitted)).predict_proba(TEXTS) == proba).all()
    again = quick(bert, random_state=fitted.seed_).fit(TEXTS, LABELS)
    assert (again.predict_proba(TEXTS) == proba).all()


@pytest.mark.parametrize(
    ("X", "y", "error", "message"),
    [
        (["good", None], [0, 1], InputTypeError, "None in row 1"),
        (["good", float("nan")], [0, 1], InputTypeError, "nan in row 1"),
        (["good", "  "], [0, 1], InputError, "row"),
        (["good", 3], [0, 1], InputTypeError, "3 in row 1"),
        ([b"good", "bad"], [0, 1], InputTypeError, "row 0"),
        (["good", "\ud800"], [0, 1], InputError, "row 1"),
        ("good", [0], InputTypeError, "wrap it"),
        ([], [], InputError, "at least one text"),
        (["good", "bad"], None, InputError, "requires y"),
        (["good", "bad"], [0], InputError, "2 rows, y has 1"),
        (["good", "bad"], [0, None], InputError, "NaN, None"),
        (["good", "bad"], [0, 0], InputError, "at least 2 classes"),
    ],
    ids=str,
)
def test_bad_data_is_refused(bert, X, y, error, message):
    with pytest.raises(error, match=message):
        quick(bert).fit(X, y)


def test_a_text_is_no_path(fitted, bert):
    assert fitted.predict_proba([bert, "/etc/passwd"]).shape == (2, 2)


def test_a_wrong_precision_is_refused(bert):
    with pytest.raises(ParameterError, match="Expected precision to be one of 'auto'"):
        quick(bert, precision="half").fit(TEXTS, LABELS)
