"""Which token is drawn: as often as it should be, and the same for logits that hardly differ."""

import numpy as np
import pytest

from keraswrap.llm.local._sampling_step import choose, is_clear, stream_of

LOGITS = np.random.default_rng(0).normal(0, 3, 400)


def nucleus(probs, top_p):
    """The likeliest tokens that together reach a share, by the book."""
    order = np.argsort(-probs, kind="stable")
    n = np.searchsorted(np.cumsum(probs[order]), top_p) + 1
    return set(order[:n].tolist())


def softmax(logits):
    weights = np.exp(logits - logits.max())
    return weights / weights.sum()


@pytest.mark.parametrize("temperature", [0.5, 2.0])
@pytest.mark.parametrize("top_p", [1.0, 0.9, 0.3, 1e-9])
def test_tokens_are_drawn_as_often_as_they_should_be(temperature, top_p):
    logits, n = LOGITS[:50], 5000
    probs = softmax(logits / temperature)
    kept = nucleus(probs, top_p) if top_p < 1 else set(range(50))
    expected = np.array([p if k in kept else 0 for k, p in enumerate(probs)])
    times = np.random.default_rng(0).standard_exponential((n, 50))
    found = np.bincount([choose(logits, temperature, top_p, row) for row in times], minlength=50)
    expected *= n / expected.sum()
    assert (found[expected == 0] == 0).all()
    errors = (found - expected) / np.sqrt(expected + 1)  # rare ones come once, or never
    assert abs(errors).max() < 4


def test_without_temperature_it_is_the_likeliest():
    assert choose(LOGITS, 0.0, 0.5, LOGITS) == LOGITS.argmax()
    assert choose(np.array([1.0, 2.0, 2.0]), 0.0, 1.0, LOGITS) == 1


@pytest.mark.parametrize("top_p", [1.0, 0.9])
def test_what_must_not_come_never_does(top_p):
    logits = np.full(400, -np.inf)
    logits[[7, 9]] = [1.0, 2.0]
    for times in np.random.default_rng(0).standard_exponential((100, 400)):
        assert choose(logits, 1.0, top_p, times) in (7, 9)
        assert choose(logits[:8], 1.0, top_p, times[:8]) == 7
        assert is_clear(logits[:8], 1.0, top_p, times[:8], 1e-3)


@pytest.mark.parametrize("temperature", [0.0, 0.8])
@pytest.mark.parametrize("top_p", [1.0, 0.95, 0.5, 1e-9])
def test_a_clear_choice_is_the_same_for_all_logits_nearby(temperature, top_p):
    rng, noise, clear = np.random.default_rng(1), 1e-3, 0
    for times in rng.standard_exponential((300, 400)):
        logits = rng.normal(0, 3, 400)
        if is_clear(logits, temperature, top_p, times, noise):
            clear += 1
            near = [logits + rng.uniform(-noise, noise, 400) for _ in range(10)]
            near += [logits + rng.choice([-noise, noise], 400) for _ in range(10)]
            expected = choose(logits, temperature, top_p, times)
            assert {choose(each, temperature, top_p, times) for each in near} == {expected}
    assert clear > 280


def test_a_choice_that_hangs_by_a_thread_is_not_clear():
    ones, logits = np.ones(3), np.log([0.5, 0.4, 0.1])
    assert not is_clear(np.array([1.0, 1.0005]), 0.0, 1.0, ones, 1e-3)
    assert not is_clear(np.zeros(3), 1.0, 1.0, ones, 1e-3)
    late = np.array([1.0, 1.0, 0.1])  # the third wins, if it is among the likeliest
    assert not is_clear(logits, 1.0, 0.9, late, 1e-3)
    assert is_clear(logits, 1.0, 0.88, late, 1e-3)
    assert is_clear(logits, 1.0, 0.92, late, 1e-3)


def test_streams_are_of_the_seed_and_the_prompt():
    draws = [
        stream_of(*each).random(3).tolist() for each in [(0, [1]), (1, [1]), (0, [2]), (0, [1])]
    ]
    assert draws[0] == draws[3]
    assert len({draw for row in draws for draw in row}) == 9
