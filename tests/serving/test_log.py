"""Each event is one line of JSON."""

import io
import json
import re

import pytest

from keraswrap.serving._log import EventLog


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
        EventLog(stream).write("stopped")


def test_without_a_stream_it_writes_to_standard_error(capsys: pytest.CaptureFixture[str]):
    EventLog().write("stopped")
    told = capsys.readouterr()
    assert (told.out, json.loads(told.err)["event"]) == ("", "stopped")
