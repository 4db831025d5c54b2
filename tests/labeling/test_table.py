"""The table: what it shows of each row, frozen, and safe from the names of annotators."""

import numpy as np
import pandas as pd
import pytest
from label_draws import label_trapped
from ruled_texts import PEOPLE, TEXTS, N, rule

from keraswrap.exceptions import InputTypeError
from keraswrap.labeling import LabelingSettings, label_texts
from keraswrap.labeling._table import check_table

PROBA = np.array([[0.9, 0.1], [0.4, 0.6], [np.nan, np.nan], [0.5, 0.5]])


@pytest.fixture
def small():
    X = pd.Series(["a", "b", "c", None], ["w", "x", "y", "z"])
    people = pd.DataFrame({"ann": ["good", None, None, None]}, X.index)
    given = {"classes": ["bad", "good"], "prices": {"m": 0.5, "people": 2.0}}
    return label_texts(X, {"m": PROBA}, people, **given)


def test_each_row_has_its_label_or_what_annotators_suggest(small):
    assert len(small) == 4
    assert repr(small) == "LabelTable(4 rows: 1 by people, 0 by machine, 3 open)"
    assert small.label.tolist() == ["good", None, None, None]
    assert small.open.tolist() == [False, True, True, True]
    assert small.suggested.tolist() == ["bad", "good", None, None]
    np.testing.assert_allclose(small.proba, [0.9, 0.6, np.nan, np.nan])
    # The only random row, which a person calls good.
    assert small.accuracy[0] == 0.0


def test_the_frame_has_a_column_for_everybody_and_the_rows_by_their_ids(small):
    frame = small.to_pandas()
    expected = {
        "text": ["a", "b", "c", ""],
        "label": ["good", None, None, None],
        "source": ["people", None, None, None],
        "why": [None, "not sure enough", "no answer", "no text"],
        "suggested": ["bad", "good", None, None],
        "proba": pytest.approx([0.9, 0.6, np.nan, np.nan], nan_ok=True),
        "cost": [2.5, 0.5, 0.5, 0.0],
        "audit": [True, False, False, False],
        "m": ["bad", "good", None, None],
        "people: ann": ["good", None, None, None],
    }
    assert (frame.index.tolist(), frame.index.name) == (list("wxyz"), "row_id")
    assert list(frame) == list(expected)
    assert frame.to_dict("list") == expected


def test_anything_else_is_no_table():
    with pytest.raises(InputTypeError, match="a table from label_texts, got DataFrame"):
        check_table(pd.DataFrame())


def test_a_table_is_frozen_repeats_itself_and_says_how_it_was_made():
    first, second = (label_trapped(0) for _ in range(2))
    assert np.array_equal(first.class_proba, second.class_proba)
    assert repr(first) == "LabelTable(2,000 rows: 288 by people, 0 by machine, 1,712 open)"
    with pytest.raises(AttributeError, match="cannot assign"):
        first.codes = first.codes
    with pytest.raises(ValueError, match="read-only"):
        first.codes[0] = 0
    assert first.provenance["seed"] == 0
    assert first.provenance["versions"]["scipy"]
    assert first.provenance["settings"]["target_error"] == 0.05
    assert LabelingSettings(random_state=3).random_state == 3


def test_annotators_do_not_stand_in_for_columns_of_the_table():
    wrong = ["bad"] * N
    named = {"label": wrong, "people: ann": wrong, "rule": rule}
    table = label_texts(TEXTS, named, pd.DataFrame({"ann": PEOPLE}))
    frame = table.to_pandas()
    assert frame["label"].tolist() == table.label.tolist() != wrong
    assert frame["people: ann"].tolist() == PEOPLE
    assert frame["annotator: label"].tolist() == frame["annotator: people: ann"].tolist() == wrong
    assert frame["rule"].tolist() == rule(TEXTS)
