"""Plots as files."""

import numpy as np
import pytest
from hostile import hostile_issues
from matplotlib.image import imread

from keraswrap.exceptions import InputError, StorageError
from keraswrap.issues import find_label_issues
from keraswrap.report import make_report

NAMES = ["noise.png", "calibration.png", "quality.png", "gain.png"]


def test_they_are_drawn_whatever_the_classes_are_called(tmp_path):
    proba, y = np.tile([[0.9, 0.1], [0.2, 0.8]], (20, 1)), ["$x^{$", "a" * 90] * 20
    report = make_report(find_label_issues(proba, y=y))
    paths = report.save_plots(tmp_path)
    assert [path.name for path in paths] == NAMES
    for path in paths:
        assert imread(path).std() > 0.01


def test_their_folder_is_made_in_one_that_is_there(tmp_path):
    report = make_report(hostile_issues()[2])
    assert {path.parent for path in report.save_plots(tmp_path / "plots")} == {tmp_path / "plots"}
    with pytest.raises(StorageError, match="is not there"):
        report.save_plots(tmp_path / "none" / "plots")
    (tmp_path / "file").write_text("mine")
    with pytest.raises(InputError, match="file', which exists"):
        report.save_plots(tmp_path / "file", overwrite=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "plots"]


def test_one_that_is_there_stays_and_no_other_is_written(tmp_path):
    (tmp_path / "gain.png").write_text("mine")
    report = make_report(hostile_issues()[2])
    with pytest.raises(InputError, match="which exists"):
        report.save_plots(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["gain.png"]
    report.save_plots(tmp_path, overwrite=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(NAMES)
