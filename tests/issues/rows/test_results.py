"""What is made of findings."""

import json

from planted_rows import planted

from keraswrap.issues.rows._find import find_row_issues


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
