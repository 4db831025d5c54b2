"""Each event is one line of JSON."""

import io
import json
import re

import pytest
from served import model, serving

from keraswrap.serving._log import EventLog

FAILED = "The model failed. The server's log says why."


def test_an_event_is_one_line_with_its_time():
    stream = io.StringIO()
    log = EventLog(stream)
    log.write("ready", version="a\nb", rows=3)
    log.write("stopped")
    first, second = map(json.loads, stream.getvalue().splitlines())
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", first.pop("time"))
    assert first == {"event": "ready", "version": "a\nb", "rows": 3}
    assert second["event"] == "stopped"


def test_an_error_is_told_with_its_trace():
    stream = io.StringIO()
    try:
        raise ValueError("broken")
    except ValueError as error:
        EventLog(stream).write_error("reload failed", error, kept="1")
    found = json.loads(stream.getvalue())
    assert (found["error"], found["kept"]) == ("broken", "1")
    assert found["trace"].endswith("ValueError: broken\n")


def test_a_stream_that_is_closed_or_full_stops_nothing():
    class Full(io.StringIO):
        def write(self, text):
            raise OSError(28, "No space left on device")

    closed = io.StringIO()
    closed.close()
    for stream in (closed, Full()):
        log = EventLog(stream)
        log.write("stopped")
        log.stream = io.StringIO()
        log.write("ready")
        assert json.loads(log.stream.getvalue())["event"] == "ready"


def test_without_a_stream_it_writes_to_standard_error(capsys: pytest.CaptureFixture[str]):
    EventLog().write("stopped")
    told = capsys.readouterr()
    assert (told.out, json.loads(told.err)["event"]) == ("", "stopped")


def test_a_stack_trace_over_a_request_quotes_no_value():
    stream, estimator = io.StringIO(), model()
    with serving(estimator, log=EventLog(stream)) as client:

        def fail(X):
            raise KeyError(f"No answer to {X.tolist()}")

        estimator.predict_proba = fail
        answer = client.predict({"rows": [[1, 2, 765.25]]})
    assert (answer.status, answer.json["error"]) == (500, FAILED)
    (line,) = [json.loads(one) for one in stream.getvalue().splitlines() if "failed" in one]
    assert (line["event"], line["error"]) == ("model failed", "KeyError")
    assert "test_log.py" in line["trace"]
    assert "765.25" not in stream.getvalue()


def test_what_an_error_came_from_is_told_too():
    stream = io.StringIO()
    try:
        try:
            raise KeyError("Smith")
        except KeyError as error:
            raise ValueError("Smith") from error
    except ValueError as error:
        EventLog(stream).write_failure("model failed", error)
    lines = json.loads(stream.getvalue())["trace"].splitlines()
    assert [one for one in lines if one.endswith("Error")] == ["KeyError", "ValueError"]
