"""Label probabilities out of the likeliest tokens, against a walk through the whole tree."""

import numpy as np
import pytest
from model_server import TinyLM, speak

from keraswrap.llm._protocol import Continuation
from keraswrap.llm.server._top_logprobs import DOUBT, read_top_logprobs, without_longer
from keraswrap.llm.server._wire import Step


def make(chosen, **shares):
    tokens = {name.replace("_", " ").encode(): np.log(share) for name, share in shares.items()}
    return Step(chosen.encode(), tokens)


def labels(*texts, ends=False):
    return [Continuation(text, ends) for text in texts]


NAN = np.nan
CASES = {
    "equal": ([make("yes", yes=0.6, no=0.3)], labels("yes", "no"), [0.6, 0.3]),
    "written otherwise": (
        [make("yes", yes=0.6, _Yes=0.2, NO=0.1)],
        labels("yes", "no"),
        [0.8, 0.1],
    ),
    "capitals tell apart": ([make("yes", yes=0.6, Yes=0.3)], labels("yes", "Yes"), [0.6, 0.3]),
    "in two tokens, followed": (
        [make("pos", pos=0.7, neg=0.2), make("itive", itive=0.5, sible=0.5)],
        labels("positive", "negative"),
        [0.35, 0.2],
    ),
    "begins two, not followed": (
        [make("no", no=0.6, p=0.3)],
        labels("no", "pa", "pb"),
        [0.6, NAN, NAN],
    ),
    "begins two, followed": (
        [make("p", p=0.6, no=0.3), make("a", a=0.9, b=0.1)],
        labels("no", "pa", "pb"),
        [0.3, 0.54, 0.06],
    ),
    "in doubt, but for less than is known": (
        [make("no", no=0.5, p=0.15, pa=0.2, pb=0.1)],
        labels("no", "pa", "pb"),
        [0.5, 0.2, NAN],
    ),
    "doubt too small to matter": (
        [make("no", no=0.9, p=0.003, pa=0.05)],
        labels("no", "pa", "pb"),
        [0.9, 0.05, 0.003],  # "pb": at most what begins it
    ),
    "not listed, and bound": (
        [make("yes", yes=0.995, so=0.004)],
        labels("yes", "no"),
        [0.995, 0.001],
    ),
    "two not listed, and bound together": (
        [make("yes", yes=0.9, so=0.05)],
        labels("yes", "no", "maybe"),
        [0.9, 0.025, 0.025],
    ),
    "not listed, open": ([make("yes", yes=0.6, so=0.2)], labels("yes", "no"), [0.6, NAN]),
    "open which is the likeliest": (
        [make("The", The=0.4, no=0.2, p=0.3)],
        labels("no", "pa", "pb"),
        [NAN, NAN, NAN],
    ),
    "none listed": ([make("The", The=0.9)], labels("yes", "no"), [NAN, NAN]),
    "a word that goes on": ([make("yes", yes=0.6, yesterday=0.3)], labels("yes"), [0.6]),
    "blanks say nothing": ([make("yes", yes=0.5, __=0.4)], labels("yes", "no"), [0.5, NAN]),
    "ends, and goes on as another": (
        [make("yes", yes=0.8, no=0.2), make("!", **{", but": 0.3, "!": 0.6, "": 0.1})],
        labels("yes", "yes, but", ends=True),
        [0.56, 0.24],
    ),
    "ends unseen": ([make("yes", yes=0.8)], labels("yes", "yes, but", ends=True), [NAN, NAN]),
    "begins another": (
        [make("yes", yes=0.8), make(", but", **{", but": 0.25, "!": 0.75})],
        labels("yes", "yes, but"),
        [0.8, 0.2],
    ),
    "a letter in two tokens": (
        [
            Step(b"caf\xc3", {b"caf\xc3": np.log(0.8), b"no": np.log(0.2)}),
            Step(b"\xa9", {b"\xa9": np.log(0.5), b"\xa8": np.log(0.5)}),
        ],
        labels("Café", "no"),
        [0.4, 0.2],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_walk_says_what_it_can(case):
    steps, continuations, expected = CASES[case]
    found = np.exp(read_top_logprobs(steps, continuations).values)
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def exact(lm, before, text, said=""):
    """The probability that the answer begins with a text, over every way to write it."""
    total, log_probs = 0.0, lm.next_log_probs(before)
    for n, token in enumerate(lm.tokens[1:], 1):
        now = (said + token.decode("latin-1")).lstrip().lower()
        if now.startswith(text):
            total += np.exp(log_probs[n]) * (not now[len(text) :][:1].isalnum())
        elif text.startswith(now) and now != said and log_probs[n] > -14:
            total += np.exp(log_probs[n]) * exact(lm, [*before, n], text, now)
    return total


def test_what_a_walk_says_is_a_bound_that_holds():
    lm, texts, n_told = TinyLM(), ["positive", "negative", "neutral"], 0
    for seed in range(20):
        before = lm.encode(f"text {seed}")
        ids = speak(lm, before, 4, None)
        steps = []
        for n, chosen in enumerate(ids):
            log_probs = lm.next_log_probs([*before, *ids[:n]])
            steps.append(Step(lm.tokens[chosen], dict(zip(lm.tokens, log_probs, strict=True))))
        found = np.exp(read_top_logprobs(steps, labels(*texts)).values)
        true = np.array([exact(lm, before, text) for text in texts])
        told = ~np.isnan(found)
        n_told += told.sum()
        assert (true[told] <= found[told] + DOUBT * found[told].max(initial=0)).all()
    assert n_told >= 30


def test_a_shorter_label_loses_what_goes_on_as_a_longer_one():
    texts = labels("a", "ab", "abc", "x", ends=True)
    found = np.exp(without_longer(np.log([0.6, 0.3, 0.1, 0.2]), texts))
    np.testing.assert_allclose(found, [0.3, 0.2, 0.1, 0.2])


def test_a_label_that_need_not_end_keeps_all():
    log_probs = np.log([0.6, 0.3])
    np.testing.assert_array_equal(without_longer(log_probs, labels("a", "ab")), log_probs)
