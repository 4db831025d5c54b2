"""What is answered together, what waits, and what is refused."""

import asyncio
import threading

import numpy as np
import pytest
from loops import run_apart
from served import model

from keraswrap.exceptions import InputError
from keraswrap.serving import ServedModel, ServingLimits
from keraswrap.serving._batcher import Batcher, refusal_of
from keraswrap.serving._outputs import Answers, Output
from keraswrap.serving._refusals import RequestError


class Slow:
    """A model that waits until it is let, and notes what it was given."""

    def __init__(self, bad=None):
        self.go, self.began, self.seen = threading.Event(), threading.Event(), []
        self.bad = bad

    def predict(self, block):
        self.began.set()
        self.go.wait(30)
        values = block.columns[""][:, 0]
        self.seen.append(values.tolist())
        if self.bad in values:
            raise self.bad_error
        return Answers(Output("numbers"), values=values)

    bad_error = InputError("Expected another row.")


def block(*values):
    inputs = ServedModel.of(model(), "1").inputs
    return inputs.read([[value, 0, 0] for value in values], 99)


def batcher(**limits):
    return Batcher(ServingLimits(**limits))


def numbers(parts):
    return np.concatenate([part.values for part in parts]).tolist()


async def ask(queue, one, blocks):
    """Ask for the first block, and for the others while the model is busy with it."""
    first = asyncio.create_task(queue.answer(one, blocks[0]))
    await asyncio.to_thread(one.began.wait, 30)
    rest = [asyncio.create_task(queue.answer(one, each)) for each in blocks[1:]]
    await asyncio.sleep(0.05)
    one.go.set()
    return await asyncio.gather(first, *rest, return_exceptions=True)


def test_what_waits_is_answered_together():
    queue, one = batcher(), Slow()
    found = run_apart(ask(queue, one, [block(1), block(2, 3), block(4)]))
    assert [numbers(parts) for parts in found] == [[1], [2, 3], [4]]
    assert one.seen == [[1], [2, 3, 4]]
    assert queue.waiting == 0


def test_a_large_request_takes_turns_with_others():
    queue, one = batcher(batch_rows=2), Slow()
    found = run_apart(ask(queue, one, [block(0), block(1, 2, 3, 4, 5), block(6)]))
    assert [numbers(parts) for parts in found] == [[0], [1, 2, 3, 4, 5], [6]]
    assert one.seen == [[0], [1, 2], [6, 3], [4, 5]]


def test_a_bad_request_does_not_spoil_the_others():
    queue, one = batcher(), Slow(bad=3)
    found = run_apart(ask(queue, one, [block(1), block(2), block(3, 9), block(4)]))
    assert [numbers(found[k]) for k in (0, 1, 3)] == [[1], [2], [4]]
    assert (found[2].status, "Expected another row" in found[2].message) == (422, True)
    assert queue.waiting == 0


def test_a_failure_is_reported_and_told_without_its_reason():
    reported = []
    queue, one = Batcher(ServingLimits(), report=reported.append), Slow(bad=1)
    one.bad_error = KeyError("secret")
    (refused,) = run_apart(ask(queue, one, [block(1)]))
    assert (refused.status, "secret" in refused.message) == (500, False)
    assert reported == [one.bad_error]


def test_a_full_queue_refuses_and_says_when_to_try_again():
    queue, one = batcher(max_queue=3), Slow()
    found = run_apart(ask(queue, one, [block(1), block(2, 3), block(4), block(5)]))
    assert [numbers(parts) for parts in found[:2]] == [[1], [2, 3]]
    assert [(one.status, one.headers) for one in found[2:]] == [(503, {"Retry-After": "1"})] * 2


def test_a_request_larger_than_the_queue_is_taken_if_nothing_waits():
    queue, one = batcher(max_queue=3), Slow()
    one.go.set()
    assert numbers(run_apart(queue.answer(one, block(1, 2, 3, 4)))) == [1, 2, 3, 4]


def test_an_answer_that_takes_too_long_is_given_up():
    queue, one = batcher(answer_seconds=0.05), Slow()

    async def run():
        found = await asyncio.gather(
            queue.answer(one, block(1)), queue.answer(one, block(2)), return_exceptions=True
        )
        one.go.set()
        return found

    assert [refused.status for refused in run_apart(run())] == [504, 504]
    queue.close()
    assert (one.seen in ([[1]], [[1], []], [[1, 2]]), queue.waiting) == (True, 0)


def test_what_was_taken_is_answered_and_nothing_after_the_end():
    queue, one = batcher(), Slow()

    async def run():
        task = asyncio.create_task(queue.answer(one, block(1)))
        await asyncio.to_thread(one.began.wait, 30)
        closing = asyncio.create_task(asyncio.to_thread(queue.close))
        await asyncio.sleep(0.05)
        with pytest.raises(RequestError, match="The server stops"):
            await queue.answer(one, block(2))
        one.go.set()
        await closing
        return await task

    assert numbers(run_apart(run())) == [1]


def test_models_are_not_mixed():
    queue, old, new = batcher(), Slow(), Slow()
    new.go.set()

    async def run():
        first = asyncio.create_task(queue.answer(old, block(1)))
        await asyncio.to_thread(old.began.wait, 30)
        rest = [asyncio.create_task(queue.answer(one, block(k))) for k, one in
                enumerate([new, old, new], 2)]  # fmt: skip
        await asyncio.sleep(0.05)
        old.go.set()
        return await asyncio.gather(first, *rest)

    assert [numbers(parts) for parts in run_apart(run())] == [[1], [2], [3], [4]]
    assert (old.seen, new.seen) == ([[1], [3]], [[2, 4]])


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (ValueError("unknown categories ['x']\nmore"), 422, "unknown categories ['x']"),
        (InputError("Expected."), 422, "Expected."),
        (ZeroDivisionError("path/of/the/server"), 500, "The model failed."),
    ],
)
def test_only_errors_about_rows_are_told(error, status, said):
    refused = refusal_of(error)
    assert (refused.status, said in refused.message) == (status, True)
    assert "path" not in refused.message
    assert "more" not in refused.message


def test_rows_of_a_slow_model_are_fewer():
    queue = batcher(batch_rows=100, batch_ms=100)
    assert queue._room() == 64
    for n in (1, 5, 9):
        queue._pace.learn(n, 0.02 * n)
    assert queue._room() == 8  # 5 rows, but 8 at least
    for n in (1, 50) * 30:
        queue._pace.learn(n, 0.02)
    assert queue._room() == 100
