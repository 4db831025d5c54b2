"""Columns of the user's own, set beside rows."""

import numpy as np
import pandas as pd
import pytest

from keraswrap.exceptions import InputError, InputTypeError
from keraswrap.issues import find_label_issues
from keraswrap.report import make_report

KEYS = [f"a-{number}" for number in range(20)]
OWN = pd.DataFrame({"note": "n", "key": KEYS, "page": "x" * 300})


def find(index=None):
    proba = np.tile([[0.9, 0.1], [0.1, 0.9]], (10, 1))
    y = pd.Series(["a", "b"] * 9 + ["b", "a"], index=index)
    return find_label_issues(proba, y=y, out_of_sample=True)


def test_they_go_with_their_rows_with_the_id_first_and_in_the_text():
    report = make_report(find(), details=OWN, id_column="key")
    held = report.summary["worklist"]
    assert held["details"]["names"] == ["key", "data_note", "page"]
    assert held["details"]["values"][0] == [KEYS[row] for row in held["position"]]
    assert {len(page) for page in held["details"]["values"][2]} == {200}
    assert "  row 18 (key a-18): b → a" in report.to_text()
    turned = make_report(find(KEYS), details=OWN.set_axis(KEYS)[::-1], id_column="key")
    assert turned.summary["worklist"]["details"] == held["details"]
    assert make_report(find()).summary["worklist"]["details"] is None


def test_a_table_of_all_rows_holds_them_too(tmp_path):
    report = make_report(find(), details=OWN)
    report.summary["worklist"]["complete"] = False
    report.save(tmp_path / "r.html")
    table = pd.read_csv(tmp_path / "r.csv")
    assert table["key"].tolist() == [KEYS[row] for row in table["row_id"]]


@pytest.mark.parametrize(
    ("details", "name", "error", "message"),
    [
        (OWN[:3], None, InputError, "as many rows as there are labels, 20, got 3"),
        (OWN, "kye", InputError, "Did you mean 'key'"),
        ("a.csv", None, InputTypeError, "details as a DataFrame or columns by name, got str"),
    ],
)
def test_what_does_not_fit_is_refused(details, name, error, message):
    with pytest.raises(error, match=message):
        make_report(find(), details=details, id_column=name)
