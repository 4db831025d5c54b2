"""The page of a report: written whole, and only where nothing is in the way."""

import pytest
from drift_rows import linear_classifier, numbers

from keraswrap.drift import DriftMonitor
from keraswrap.drift._page import write_page
from keraswrap.exceptions import InputError


@pytest.fixture(scope="module")
def report():
    made = DriftMonitor(linear_classifier(), n_bootstrap=20, n_look=2)
    return made.fit(*numbers(60, 1)).check(*numbers(40, 2))


def test_the_page_tells_the_reasons_and_is_what_is_written(report, tmp_path):
    path = tmp_path / "drift.html"
    page = write_page(report, path, overwrite=False)
    assert path.read_text(encoding="utf-8") == page == write_page(report, None, False)
    assert page.startswith("<!")
    assert report.model_fails.answer in page
    assert "Columns" in page
    assert "Facts of the texts" not in page


def test_a_page_that_is_there_is_kept_unless_asked(report, tmp_path):
    path = tmp_path / "drift.html"
    path.write_text("mine")
    with pytest.raises(InputError, match=r"drift\.html"):
        write_page(report, path, overwrite=False)
    assert path.read_text() == "mine"
    write_page(report, path, overwrite=True)
    assert path.read_text(encoding="utf-8").startswith("<!")
