"""A saved monitor gives the same reports; what is no such file is refused."""

import json
import time
import zipfile

import numpy as np
import pandas as pd
import pytest
from drift_rows import linear_classifier, numbers, texts

from keraswrap.drift import DriftMonitor
from keraswrap.exceptions import InputError, SavedFileError


def monitor_of(rows, y, **params):
    proba = np.tile([0.3, 0.7], (len(y), 1))
    made = DriftMonitor(None, n_bootstrap=30, n_checks=3, **params)
    return made.fit(rows, y, proba=proba, classes=np.unique(y)), proba


@pytest.mark.parametrize(
    "rows",
    [texts(80, 1)[0], numbers(80, 1)[0], pd.DataFrame({"a": ["x", "ü"] * 40, "b": range(80)})],
)
def test_a_loaded_monitor_gives_the_same_reports(tmp_path, rows):
    made, proba = monitor_of(rows, texts(80, 1)[1])
    made.save(tmp_path / "a.monitor")
    loaded = DriftMonitor.load(tmp_path / "a.monitor")
    assert loaded.get_params() == made.get_params()
    assert loaded.check(rows, proba=proba).summary() == made.check(rows, proba=proba).summary()


def test_the_same_monitor_gives_the_same_bytes(tmp_path, monkeypatch):
    made, _ = monitor_of(*texts(80, 1))
    made.save(tmp_path / "now")
    later = time.localtime(time.time() + 10_000)
    monkeypatch.setattr(time, "localtime", lambda *_: later)
    made.save(tmp_path / "later")
    assert (tmp_path / "later").read_bytes() == (tmp_path / "now").read_bytes()


def test_no_text_is_in_the_file(tmp_path):
    made, _ = monitor_of(*texts(80, 1))
    made.save(tmp_path / "a.monitor")
    with zipfile.ZipFile(tmp_path / "a.monitor") as archive:
        content = b"".join(archive.read(name) for name in archive.namelist())
    assert b"lovely" not in content


def test_a_model_of_other_classes_is_refused(tmp_path):
    made, _ = monitor_of(*texts(80, 1))
    made.save(tmp_path / "a.monitor")
    with pytest.raises(InputError, match="Expected the model that was watched"):
        DriftMonitor.load(tmp_path / "a.monitor", linear_classifier())


def test_a_folder_is_no_monitor(tmp_path):
    with pytest.raises(InputError, match="Expected a drift monitor that can be read"):
        DriftMonitor.load(tmp_path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": 2}, "Expected a drift monitor of format 1, got 2"),
        ({"kind": "other"}, "Expected a drift monitor, got"),
        ({"rows": "texts"}, "is corrupt"),
        ({"columns": ["a"] * 9}, "is corrupt"),
        ({"params": {"alpha": 0.1, "more": 1}}, "is corrupt"),
    ],
)
def test_files_that_say_something_else_are_refused(tmp_path, changes, message):
    made, _ = monitor_of(*numbers(80, 1))
    made.save(tmp_path / "a.monitor")
    with zipfile.ZipFile(tmp_path / "a.monitor") as archive:
        told, arrays = (archive.read(name) for name in ("monitor.json", "arrays.npz"))
    with zipfile.ZipFile(tmp_path / "b.monitor", "w") as archive:
        archive.writestr("monitor.json", json.dumps(json.loads(told) | changes))
        archive.writestr("arrays.npz", arrays)
    with pytest.raises(SavedFileError, match=message):
        DriftMonitor.load(tmp_path / "b.monitor")


def test_truncated_files_are_refused(tmp_path):
    made, _ = monitor_of(*numbers(80, 1))
    made.save(tmp_path / "a.monitor")
    content = (tmp_path / "a.monitor").read_bytes()
    (tmp_path / "b.monitor").write_bytes(content[:500])
    with pytest.raises(SavedFileError, match="is corrupt"):
        DriftMonitor.load(tmp_path / "b.monitor")
    with pytest.raises(InputError, match="got no file"):
        DriftMonitor.load(tmp_path / "c.monitor")
