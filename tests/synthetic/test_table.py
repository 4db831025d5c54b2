"""The table of texts: what was accepted, what was not, and why."""

import json

import numpy as np
import pandas as pd
import pytest

from keraswrap.synthetic import SyntheticText, SyntheticTexts
from keraswrap.synthetic._table import join_tables

ROWS = (
    SyntheticText("It broke.", "bad", {"tone": "dry"}, (0, 2), 0),
    SyntheticText("", "bad", {"tone": "wet"}, (1,), 1, "empty"),
    SyntheticText("x", "bad", {"tone": "wet"}, (1,), 2, "too short", "1 words"),
    SyntheticText("", "bad", {}, (1,), 3, "empty"),
)
TABLE = SyntheticTexts(ROWS, {"bad": 3}, ("a note",), {"seed": 0})


def test_the_table_says_what_there_is():
    assert TABLE.texts == ["It broke."]
    assert TABLE.labels.tolist() == ["bad"]
    assert len(TABLE) == 1
    assert list(TABLE.reasons().items()) == [("empty", 2), ("too short", 1)]
    assert TABLE.missing == {"bad": 2}
    assert str(TABLE) == (
        "SyntheticTexts(1 of 3 texts accepted, 3 rejected)\n- empty: 2\n- too short: 1\na note"
    )


@pytest.mark.parametrize(("rejected", "n"), [(True, 4), (False, 1)])
def test_a_frame_has_all_columns(rejected, n):
    frame = TABLE.to_frame(rejected)
    names = ["text", "label", "tone", "examples", "attempt", "reason", "detail"]
    assert list(frame.columns) == names
    assert len(frame) == n
    assert frame["reason"][0] is None
    assert frame["examples"][0] == (0, 2)


def test_tables_of_classes_are_joined():
    other = SyntheticTexts((SyntheticText("Fine.", "good", {}, (), 0),), {"good": 1}, ("a note",))
    both = join_tables([TABLE, other], {"seed": 1})
    assert both.labels.tolist() == ["bad", "good"]
    assert both.missing == {"bad": 2}
    assert (both.notes, both.provenance) == (("a note",), {"seed": 1})
    assert json.dumps(dict(both.provenance)) == '{"seed": 1}'


def test_an_empty_table_has_no_rows():
    empty = SyntheticTexts((), {"bad": 0})
    assert (len(empty), empty.texts, empty.missing) == (0, [], {})
    assert isinstance(empty.to_frame(), pd.DataFrame)
    assert isinstance(empty.labels, np.ndarray)
