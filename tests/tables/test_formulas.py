"""Texts that a spreadsheet would run come back as they were."""

import itertools

import pandas as pd
import pytest

from keraswrap._tables.formulas import guard, unguard
from keraswrap.issues import read_decisions, write_decisions

# All texts of up to four of what the rule looks at.
TEXTS = ["".join(signs) for n in range(5) for signs in itertools.product("'=-@\t\r\n1e", repeat=n)]


def test_every_guard_is_undone_and_no_formula_is_left():
    assert [unguard(guard(text)) for text in TEXTS] == TEXTS
    assert {guard(text)[0] for text in TEXTS if text and guard(text) != text} == {"'"}
    begins = tuple("=+@\t\r\n")
    assert not [text for text in TEXTS if guard(text).startswith(begins)]


@pytest.mark.parametrize("number", ["-1", "+1.5", "-2e-3", "1E5"])
def test_a_number_is_left_as_it_is(number):
    assert guard(number) == number


def test_decisions_on_any_label_come_back_from_csv(tmp_path):
    labels = [text for text in TEXTS if text]
    frame = pd.DataFrame({"row_id": [f"r{n}" for n in range(len(labels))], "given_label": labels})
    frame = frame.assign(action="relabel", new_label=labels[::-1], data_hash="a1", note=labels)
    write_decisions(frame, tmp_path / "d.csv")
    found = read_decisions(tmp_path / "d.csv").reset_index(drop=True)
    assert found[list(frame)].to_dict("list") == frame.to_dict("list")
