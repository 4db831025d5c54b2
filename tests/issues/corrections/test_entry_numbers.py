"""A CSV file of decisions that was cut off."""

import pandas as pd
import pytest

from keraswrap.exceptions import InputError
from keraswrap.issues import (
    read_decisions,
    write_decisions,
)


@pytest.mark.parametrize("left", [1, 2, 5])
def test_a_csv_file_that_was_cut_between_two_lines_is_refused(tmp_path, left):
    one = {"given_label": "bad", "action": "drop", "new_label": "", "data_hash": "abc"}
    path = tmp_path / "d.csv"
    write_decisions(pd.DataFrame([one | {"row_id": n, "note": "a\nb"} for n in range(6)]), path)
    assert read_decisions(path)["row_id"].tolist() == [*"012345"]
    records = path.read_bytes().split(b",abc\n")
    path.write_bytes(b",abc\n".join([*records[:left], b""]))
    with pytest.raises(InputError, match=f"the last of 6 decisions.*got {left} rows? without it"):
        read_decisions(path)


def test_rows_of_a_csv_file_may_be_sorted_taken_out_and_added(tmp_path):
    one = {"given_label": "bad", "action": "drop", "new_label": "", "data_hash": "abc"}
    path = tmp_path / "d.csv"
    write_decisions(pd.DataFrame([one | {"row_id": n} for n in range(6)]), path)
    edited = pd.read_csv(path)[::-1].drop(2)
    added = pd.DataFrame([one | {"row_id": 9, "entry": None}])
    pd.concat([edited, added]).to_csv(path, index=False)
    assert read_decisions(path)["row_id"].tolist() == [*"543109"]
