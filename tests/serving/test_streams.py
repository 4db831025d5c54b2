"""JSON lines without a server: each is answered in its place, however the model fares."""

import asyncio
import io
import json
from types import SimpleNamespace as Some

import pytest
from loops import run_apart

from keraswrap.serving import ServedModel, ServingLimits
from keraswrap.serving._bodies import Budget
from keraswrap.serving._refusals import RequestError, invalid
from keraswrap.serving._streams import _Outbox, answer_lines


class Queue:
    """Answers blocks, or fails as it is told."""

    def __init__(self, fails=()):
        self.fails, self.sizes = list(fails), []

    async def answer(self, model, block):
        self.sizes.append(block.n)
        if self.fails:
            error = self.fails.pop(0)
            if error is not None:
                raise error
        if block.columns[""].max() > 90:
            raise invalid("Too large.")
        return [model.predict(block)]


def stream(estimator, lines, queue=None, cut=False, **limits):
    """Send lines, and return the status, if any, and the answers."""
    model = ServedModel.of(estimator, "7")
    service = Some(limits=ServingLimits(**limits), stopping=False, model=lambda: model,
                   batcher=queue or Queue())  # fmt: skip
    parts = [{"type": "http.request", "body": line + b"\n", "more_body": True} for line in lines]
    parts += [{"type": "http.request", "body": b""}]
    sent = []

    async def receive():
        return parts.pop(0)

    async def send(message):
        sent.append(message)

    async def run():
        with Budget(1000).share() as share:
            await answer_lines(service, receive, send, share)

    run_apart(run())
    assert (b"x-model-version", b"7") in sent[0]["headers"]
    assert sent[-1] == {"type": "http.response.body", "body": b""}
    body = b"".join(message.get("body", b"") for message in sent)
    return [json.loads(line) for line in io.BytesIO(body)]


def test_a_bad_line_is_answered_in_its_place(estimator):
    found = stream(estimator, [b"[0, 1, 2]\nno\n[2, 1]", b'{"a": 1}', b"[2, 1, 0]"])
    assert [row.get("label", row.get("error", "")[:9]) for row in found] == [
        "cat",
        "Expected ",
        "Expected ",
        "Expected ",
        "ant",
    ]


def test_a_row_that_the_model_refuses_does_not_spoil_the_others(estimator):
    queue = Queue()
    found = stream(estimator, [b"[0, 1, 2]\n[99, 0, 0]\n[2, 1, 0]"], queue)
    assert [row.get("label", row.get("error")) for row in found] == ["cat", "Too large.", "ant"]
    assert queue.sizes == [3, 1, 1, 1]


def test_lines_go_to_the_model_in_batches(estimator):
    queue = Queue()
    found = stream(estimator, [b"\n".join([b"[0, 1, 2]"] * 5)], queue, batch_rows=2)
    assert (queue.sizes, [row["label"] for row in found]) == ([2, 2, 1], ["cat"] * 5)


def test_a_stream_waits_where_others_are_before_it(estimator):
    full = RequestError(503, "Full.")
    assert stream(estimator, [b"[0, 1, 2]"], Queue([full, full]))[0]["label"] == "cat"
    found = stream(estimator, [b"[0, 1, 2]"], Queue([full] * 9), answer_seconds=0.01)
    assert found == [{"error": "Full."}]


def test_a_line_too_long_ends_what_was_begun(estimator):
    lines = [b"[0, 1, 2]", b"x" * 30]
    limits = {"max_bytes": 20, "max_pending_bytes": 100}
    first, last = stream(estimator, lines, **limits)
    assert first["label"] == "cat"
    assert "at most 20 bytes" in last["error"]
    with pytest.raises(RequestError, match="at most 20 bytes"):
        stream(estimator, lines[1:], **limits)


def test_no_line_is_told(estimator):
    with pytest.raises(RequestError, match="Expected at least one line, got none"):
        stream(estimator, [b"", b" "])


def test_answers_that_are_not_read_are_not_piled_up():
    async def run():
        go, sent = asyncio.Event(), []

        async def send(message):
            if message["type"] == "http.response.body":
                await go.wait()
            sent.append(message.get("body"))

        outbox = _Outbox(send, 3)
        await outbox.put(b"ab", "1")
        waits = asyncio.create_task(outbox.put(b"cd", "1"))
        await asyncio.sleep(0.01)
        assert not waits.done()
        go.set()
        await waits
        await outbox.close()
        return sent

    assert run_apart(run()) == [None, b"ab", b"cd", b""]
