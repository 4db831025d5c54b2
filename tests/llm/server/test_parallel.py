"""Rows in threads: nothing that was answered is lost, whatever fails."""

import threading

import numpy as np
import pytest

from keraswrap.exceptions import EndpointError, RefusedError
from keraswrap.llm._protocol import Answers
from keraswrap.llm.server._parallel import in_parallel, tell_refused
from keraswrap.llm.server._transport import Refusal


@pytest.mark.parametrize("workers", [1, 3, 20])
def test_every_task_is_done_once(workers):
    done = in_parallel(lambda n: n * n, 10, workers, threading.Event())
    assert sorted(done) == [n * n for n in range(10)]


@pytest.mark.parametrize("workers", [1, 3])
def test_what_was_done_is_given_before_a_failure_is_raised(workers):
    begun, stop, found = [], threading.Event(), []

    def task(n):
        begun.append(n)
        if n == 4:
            raise EndpointError("broken")
        return n

    with pytest.raises(EndpointError, match="broken"):
        iter_into(in_parallel(task, 100, workers, stop), found)
    assert stop.is_set()
    assert set(found) == set(begun) - {4}
    assert len(begun) < 100


def iter_into(values, found):
    for value in values:
        found.append(value)


def test_refused_rows_are_named_after_all_answers():
    answers = [Answers(np.array([0]), np.zeros((1, 1))), None]
    refused = {1: Refusal("Expected less.", 413, "too  long")}
    told, given = tell_refused(iter(answers), refused, 2), []
    with pytest.raises(RefusedError, match="1 of 2 texts, first in row 1") as error:
        iter_into(told, given)
    assert given == answers[:1]
    assert error.value.refused == {1: "status 413: too long"}
