"""Seeds are drawn as if there were no other threads."""

import random
import threading

import keras
import pytest

from keraswrap._engine.seeds import reproducible


def default_seed():
    return keras.initializers.RandomNormal().seed


def elsewhere(function):
    found = []
    thread = threading.Thread(target=lambda: found.append(function()))
    thread.start()
    thread.join()
    return found[0]


@pytest.mark.parametrize("disturb", [random.random, default_seed])
def test_other_threads_change_no_seed(disturb):
    found = []
    for between in (list, disturb):
        with reproducible(7, strict=False):
            first = default_seed()
            elsewhere(between)
            found.append((first, default_seed()))
    assert found[0] == found[1]


def test_every_generator_is_as_before():
    random.seed(0)
    expected = random.random(), default_seed()
    random.seed(0)
    with reproducible(7, strict=False):
        default_seed()
        with reproducible(8, strict=False):
            inner = default_seed(), random.random()
    with reproducible(8, strict=False):
        assert (default_seed(), random.random()) == inner
    assert (random.random(), default_seed()) == expected
