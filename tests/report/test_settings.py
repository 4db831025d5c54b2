"""How a report looks: said once for several reports, or by keyword."""

import pytest
from hostile import hostile_issues

from keraswrap.exceptions import ParameterError
from keraswrap.report import ReportSettings, make_report


def test_settings_may_be_one_object_or_keywords():
    issues = hostile_issues(n=30)[2]
    settings = ReportSettings(title="Reviews", id_column="key")
    told = {"details": {"note": ["x"] * 30, "key": range(30)}}
    report = make_report(issues, **told, settings=settings)
    assert (report.summary["title"], report.summary["id_column"]) == ("Reviews", "key")
    assert report.summary == make_report(issues, **told, title="Reviews", id_column="key").summary
    assert make_report(issues, settings=settings, title="B", id_column=None).summary["title"] == "B"
    with pytest.raises(ParameterError, match="of make_report, or a setting, got 'titel'"):
        make_report(issues, titel="Reviews")
