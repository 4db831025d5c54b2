"""A newer model takes the place of the old one, or does not."""

import io
import json
import os
import threading

import joblib
import numpy as np
import pytest
from served import LABELS, X, model, serving
from sklearn.linear_model import LogisticRegression

from keraswrap.exceptions import InputError, InputTypeError, SavedFileError
from keraswrap.serving import FileSource, RegistrySource, ServedModel
from keraswrap.serving._log import EventLog
from keraswrap.serving._source import FixedSource, as_source
from keraswrap.tracking import open_registry

ROW = {"rows": [[0.0, 1.0, 2.0]]}


def write(path, estimator):
    """Replace a file in one step."""
    joblib.dump(estimator, path.with_suffix(".new"))
    os.replace(path.with_suffix(".new"), path)


@pytest.fixture
def path(tmp_path):
    write(tmp_path / "model.joblib", model())
    return tmp_path / "model.joblib"


def flipped():
    return LogisticRegression().fit(-X, LABELS)


def test_a_newer_file_is_used(path):
    log = io.StringIO()
    with serving(FileSource(path, trust_pickle=True), log=EventLog(log)) as client:
        first = client.predict(ROW)
        assert client.service.holder.reload() == "same"
        write(path, flipped())
        assert client.service.holder.reload() == "loaded"
        second = client.predict(ROW)
        assert [one.json["predictions"][0]["label"] for one in (first, second)] == ["cat", "ant"]
        assert first.json["model_version"] != second.json["model_version"]
        assert client.metric('keraswrap_reloads_total{outcome="loaded"}') == 1
        assert client.ask("/schema").json["info"]["version"] == second.json["model_version"]
    assert json.loads(log.getvalue().splitlines()[0])["event"] == "reloaded"


@pytest.mark.parametrize("content", [b"", b"broken", b"PK\x03\x04 half a file"])
def test_a_broken_file_leaves_the_old_model(path, content):
    log = io.StringIO()
    with serving(FileSource(path, trust_pickle=True), log=EventLog(log)) as client:
        path.write_bytes(content)
        assert client.service.holder.reload() == "failed"
        assert client.service.holder.reload() == "same"  # it is not tried again and again
        assert client.service.holder.reload(forced=True) == "failed"
        path.unlink()
        assert client.service.holder.reload() == "failed"
        assert client.predict(ROW).json["predictions"][0]["label"] == "cat"
        assert client.metric('keraswrap_reloads_total{outcome="failed"}') == 3
    assert json.loads(log.getvalue().splitlines()[0])["event"] == "reload failed"


def test_another_schema_is_refused_or_announced(path):
    wider = LogisticRegression().fit(np.hstack([X, X]), LABELS)
    for allowed, outcome in ((False, "refused"), (True, "loaded")):
        write(path, model())
        log = io.StringIO()
        source = FileSource(path, trust_pickle=True)
        with serving(source, log=EventLog(log), any_schema=allowed) as client:
            write(path, wider)
            assert client.service.holder.reload() == outcome
            status = client.predict(ROW).status
            assert status == (422 if allowed else 200)
        told = json.loads(log.getvalue().splitlines()[0])
        assert told.get("same_schema", "It takes other rows" not in told.get("error", "")) is False


def test_no_request_is_lost_while_models_change(path):
    with serving(FileSource(path, trust_pickle=True)) as client:
        statuses, stop = [], threading.Event()

        def ask():
            while not stop.is_set():
                statuses.append(client.predict(ROW).status)

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        outcomes = []
        for number in range(6):
            write(path, flipped() if number % 2 else model())
            outcomes.append(client.service.holder.reload(forced=True))
        stop.set()
        for thread in threads:
            thread.join()
    assert outcomes == ["loaded"] * 6
    assert set(statuses) == {200}


def test_the_file_is_watched_and_looked_at_when_told(path):
    with serving(FileSource(path, trust_pickle=True)) as client:
        holder, before = client.service.holder, client.service.model().version
        holder.watch(None)
        write(path, flipped())
        holder.wake()
        changed = threading.Event()
        for _ in range(600):
            if client.service.model().version != before or changed.wait(0.05):
                break
        assert client.service.model().version != before


def test_an_alias_of_a_registry_is_followed(tmp_path):
    registry = open_registry(tmp_path / "registry.sqlite")
    with pytest.raises(InputError, match="reviews"):
        RegistrySource(registry, "reviews@champion")


def test_what_cannot_be_served_is_told(path, tmp_path):
    with pytest.raises(InputError, match="which is not there"):
        as_source(tmp_path / "none.keraswrap")
    with pytest.raises(InputError, match="which is a folder"):
        as_source(tmp_path)
    with pytest.raises(SavedFileError, match="got a pickle"):
        as_source(path)
    with pytest.raises(InputTypeError, match="Expected the file of a model"):
        as_source(3)
    with pytest.raises(InputError, match="Expected a fitted estimator"):
        as_source(LogisticRegression())
    with pytest.raises(InputTypeError, match="that predicts, got object"):
        ServedModel.of(object(), "1")
    assert isinstance(as_source(model()), FixedSource)
