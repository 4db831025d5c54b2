"""A server that fails: tried again within limits, then an error that keeps what was answered."""

import json
import logging
import pickle
import socket
import traceback
from datetime import UTC, datetime
from email.utils import format_datetime

import numpy as np
import pytest
from model_server import TinyLM, cut, dripping, dripping_headers, serve, slow, status

from keraswrap.exceptions import EndpointError, ParameterError
from keraswrap.llm import Sampling
from keraswrap.llm._protocol import Continuation, Message, Piece, Prompt
from keraswrap.llm.server import _rate_limit, _transport
from keraswrap.llm.server._client import OpenAICompatibleLM

LABELS = [Continuation("positive"), Continuation("negative")]
TINY = TinyLM()
KEY = "sk-very-secret-0123456789"


@pytest.fixture
def served():
    with serve(TINY) as (url, state):
        state.url = url
        yield state


def make(url, **given):
    lm = OpenAICompatibleLM(url, "tiny", **{"timeout": 5.0, **given})
    lm._backoff = 0.001
    return lm


def rows(n):
    return [Prompt((Message("user", (Piece(f"text {k}"),)),), True) for k in range(n)]


def texts(lm, n):
    written = sorted(lm.generate(rows(n), Sampling(3)), key=lambda one: one.row)
    return [one.text for one in written]


def read(lm, n):
    """Every row that is given, and the error that ends it."""
    found = {}
    try:
        for answer in lm.score(rows(n), LABELS):
            found[int(answer.rows[0])] = answer
    except EndpointError as error:
        return found, error
    return found, None


PASSING = {
    "429": status(429, Retry_After="0.01"),
    "429, without": status(429),
    "429, a date": status(429, Retry_After=format_datetime(datetime(2020, 1, 1, tzinfo=UTC))),
    "408": status(408),
    "409": status(409),
    "500": status(500, "oops"),
    "503": status(503, ""),
    "529": status(529),
    "cut": cut,
    "no JSON": status(200, "<html>"),
    "deep JSON": status(200, "[" * 100_000),
    "no UTF-8": status(200, b'{"a": "\xff"}'),
    "no answer": status(200, '{"error": {"message": "overloaded"}}'),
}


@pytest.mark.parametrize("fault", PASSING)
def test_a_failure_that_passes_changes_nothing(served, fault):
    plain, _ = read(make(served.url), 3)
    served.faults = [PASSING[fault]] * 2
    found, error = read(make(served.url, max_concurrency=1, max_retries=2), 3)
    assert error is None
    assert len(served.seen) == 8
    for n in range(3):
        np.testing.assert_array_equal(found[n].log_probs, plain[n].log_probs)


@pytest.mark.parametrize("fault", [slow(0.5), dripping, dripping_headers])
def test_an_answer_that_is_slow_is_given_up(served, fault):
    served.faults = [fault]
    found, error = read(make(served.url, timeout=0.2, max_retries=20), 1)
    assert error is None
    assert len(found) == 1
    served.fault = fault
    _, error = read(make(served.url, timeout=0.2, max_retries=0), 1)
    assert "ReadTimeout" in str(error) or "does not end in time" in str(error)


def test_a_failure_that_does_not_pass_keeps_what_was_answered(served):
    served.fault, served.healthy = status(500, '{"error": "out of memory"}'), 4
    found, error = read(make(served.url, max_retries=3, max_concurrency=2), 20)
    assert len(found) == 4
    assert "got status 500 ('out of memory') the last time, tried 4 times" in str(error)
    assert "Answered and kept: 4 of 20." in str(error)
    assert len(served.seen) <= 4 + 2 * 4
    served.fault = None
    again, error = read(make(served.url), 20)
    assert error is None
    assert len(again) == 20


def test_rows_under_way_are_given_before_the_error(served):
    refuse = status(400, '{"error": {"message": "too long"}}')
    served.faults = [lambda handler: served.wait_for(3) and refuse(handler)]
    found, error = read(make(served.url, max_concurrency=3), 3)
    assert len(found) == 2
    assert "Answered and kept: 2 of 3." in str(error)


@pytest.mark.parametrize(
    ("fault", "match"),
    [
        (
            status(400, '{"error": {"message": "no such field"}}'),
            "status 400: 'no such field'. ext",
        ),
        (status(401, '{"detail": "who?"}'), r"status 401: 'who\?'\. Is the key"),
        (status(403, ""), "status 403: ''. May the key"),
        (status(404, "\x1b[31m" + "x" * 5000), "status 404: .{300,330}Check base_url"),
        (status(302, "", Location="http://example.org/"), "status 302.*not followed"),
        (status(200, "{}", Content_Encoding="gzip"), "not packed, got 'gzip'"),
    ],
)
def test_a_refusal_is_not_tried_again(served, fault, match):
    served.fault = fault
    found, error = read(make(served.url), 1)
    assert len(served.seen) == 1
    assert not found
    with pytest.raises(EndpointError, match=match):
        raise error
    assert "\x1b" not in str(error)


def test_an_answer_without_end_is_left_unread(served, monkeypatch):
    monkeypatch.setattr(_transport, "_LARGEST", 1000)
    served.fault = status(200, " " * 5000)
    _, error = read(make(served.url), 1)
    assert "got more" in str(error)
    assert len(served.seen) == 1


def test_no_server_is_an_error_that_names_it():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
    _, error = read(make(url, max_retries=2), 2)
    assert f"{url}/chat/completions, got ConnectError" in str(error)
    assert "tried 3 times" in str(error)


def test_a_server_that_is_busy_holds_every_request_up(served, monkeypatch):
    held = []
    monkeypatch.setattr(_rate_limit.RateLimiter, "hold", lambda self, seconds: held.append(seconds))
    served.faults = [status(429, Retry_After="0.05")]
    read(make(served.url), 1)
    assert held == [0.05]


def test_free_speech_is_tried_again_too(served):
    plain = texts(make(served.url), 2)
    served.faults = [status(500), cut]
    assert texts(make(served.url), 2) == plain
    served.fault = status(500)
    with pytest.raises(EndpointError, match="tried 2 times"):
        texts(make(served.url, max_retries=1), 2)


def test_a_text_is_kept_as_unicode_and_not_at_any_length(served):
    said = {"choices": [{"message": {"content": "\ud800" + "x" * 10**6}}]}
    served.fault = status(200, json.dumps(said))
    found, _ = read(make(served.url), 1)
    assert found[0].texts == ["?" + "x" * 1999]
    assert texts(make(served.url), 1) == ["?" + "x" * 10**6]


# The key


@pytest.fixture
def keyed(served, monkeypatch):
    monkeypatch.setenv("KERASWRAP_TEST_KEY", KEY)
    served.key = KEY
    return make(served.url, api_key_env="KERASWRAP_TEST_KEY")


def test_the_key_is_sent_and_read_at_each_call(served, keyed, monkeypatch):
    assert read(keyed, 1)[1] is None
    monkeypatch.setenv("KERASWRAP_TEST_KEY", "another")
    assert "status 401" in str(read(keyed, 1)[1])
    monkeypatch.delenv("KERASWRAP_TEST_KEY")
    with pytest.raises(ParameterError, match="KERASWRAP_TEST_KEY, got none"):
        keyed.score(rows(1), LABELS)


def test_the_key_is_in_nothing_that_is_kept(served, keyed, caplog):
    caplog.set_level(logging.DEBUG)
    read(keyed, 2)
    kept = [repr(keyed), str(vars(keyed)), keyed.fingerprint, caplog.text]
    assert "request" in caplog.text
    assert KEY not in "".join(kept)
    assert KEY.encode() not in pickle.dumps(keyed)


escaped = "".join(f"\\u{ord(letter):04x}" for letter in KEY)


@pytest.mark.parametrize(
    "fault",
    [
        status(401, f'{{"error": {{"message": "Incorrect key: {KEY}"}}}}'),
        status(400, f'{{"error": {{"message": "Incorrect key: {escaped}"}}}}'),
        status(400, "x" * 290 + KEY),
        status(400, " " * 9990 + KEY),
        status(500, f"<p>{KEY}</p>"),
        status(404, f'["{KEY}"]'),
    ],
)
def test_a_server_that_repeats_the_key_is_not_quoted(served, keyed, fault):
    served.fault = fault
    keyed.max_retries = 1
    _, error = read(keyed, 1)
    shown = "".join(traceback.format_exception(error))
    assert KEY not in shown
    assert KEY[:12] not in shown
    assert error.__cause__ is None


@pytest.mark.parametrize(
    "fault",
    [
        status(401, f"wrong: {KEY}"),
        status(500, f'{{"error": "{KEY}"}}'),
        cut,
        status(200, f"[{KEY}"),
    ],
)
def test_the_variables_of_an_errors_frames_do_not_show_the_key(served, keyed, fault):
    served.fault = fault
    keyed.max_retries = 0
    _, error = read(keyed, 1)
    told = traceback.TracebackException.from_exception(error, capture_locals=True)
    assert "key = " in (shown := "".join(told.format()))
    assert KEY not in shown


def test_an_answer_that_repeats_the_key_loses_it(served, keyed):
    served.says = f"{KEY} it is"
    assert texts(keyed, 1) == ["*** it is"]
    assert read(keyed, 1)[0][0].texts == ["*** it is"]
