"""What is asked, what is kept, and what it costs."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from keraswrap.exceptions import BudgetError, EndpointError
from keraswrap.llm import FakeLM, ZeroShotClassifier
from keraswrap.llm._cache import AnswerCache
from keraswrap.llm._protocol import Answers, Continuation, Message, Piece, Prompt
from keraswrap.llm._query import Account, Estimate, Query
from keraswrap.llm._questions import Scoring
from keraswrap.llm._responses import MemoryCache

LABELS = (Continuation("bad"), Continuation("good", True))
WORDS = Scoring(LABELS)


def prompts(*texts):
    return [Prompt((Message("user", (Piece("Is it good? "), Piece(t, False))),)) for t in texts]


TEXTS = [f"text {n}" for n in range(20)]


@pytest.fixture(params=["disk", "memory", "none"])
def store(request, tmp_path):
    stores = {"disk": AnswerCache(tmp_path / "a"), "memory": MemoryCache(), "none": None}
    return stores[request.param]


def reference(texts, model):
    return [[model._log_prob(prompt, word.text) for word in LABELS] for prompt in prompts(*texts)]


def test_answers_are_in_the_order_of_the_prompts(store):
    model = FakeLM()
    said = Query(model, WORDS, store).ask(prompts(*TEXTS))
    np.testing.assert_array_equal(said.log_probs, reference(TEXTS, model))


def test_nothing_is_asked_twice():
    model, store = FakeLM(), MemoryCache()
    first = Query(model, WORDS, store).ask(prompts(*TEXTS[:5], *TEXTS[:5]))
    again = Query(model, WORDS, store).ask(prompts(*TEXTS[:7]))
    assert len(model.calls) == 7
    np.testing.assert_array_equal(first.log_probs[:5], first.log_probs[5:])
    np.testing.assert_array_equal(again.log_probs, reference(TEXTS[:7], model))


def test_other_labels_are_added_to_what_is_known(tmp_path):
    model, store = FakeLM(), AnswerCache(tmp_path / "a")
    for words, n_asked in [(LABELS[:1], 2), (LABELS, 4), (LABELS[::-1], 4), (LABELS[1:], 4)]:
        said = Query(model, Scoring(words), store).ask(prompts("a", "b"))
        assert len(model.calls) == n_asked
        expected = [[model._log_prob(p, w.text) for w in words] for p in prompts("a", "b")]
        np.testing.assert_array_equal(said.log_probs, expected)


def test_without_a_store_everything_is_asked():
    model = FakeLM()
    Query(model, WORDS).ask(prompts("a", "a"))
    Query(model, WORDS).ask(prompts("a"))
    assert len(model.calls) == 3


@pytest.mark.parametrize("n_batches", [0, 1, 3])
def test_what_was_answered_before_an_error_is_kept(n_batches, tmp_path):
    query = Query(FakeLM(fail_after=n_batches), WORDS, AnswerCache(tmp_path / "a"))
    with pytest.raises(EndpointError, match="told to fail"):
        query.ask(prompts(*TEXTS))
    other = FakeLM()  # as in another process
    said = Query(other, WORDS, query.store).ask(prompts(*TEXTS))
    assert len(other.calls) == 20 - 4 * n_batches
    np.testing.assert_array_equal(said.log_probs, reference(TEXTS, other))


def test_texts_are_kept_for_the_words_that_could_be_chosen(store):
    model = FakeLM(gives_log_probs=False, says=lambda prompt: prompt[-6:])
    for _ in range(2):
        said = Query(model, WORDS, store).ask(prompts(*TEXTS[:3]))
        assert said.texts == ["text 0", "text 1", "text 2"]
        assert np.isnan(said.log_probs).all()
    assert len(model.calls) == (6 if store is None else 3)
    Query(model, Scoring(LABELS[:1]), store).ask(prompts(*TEXTS[:3]))
    assert len(model.calls) == (9 if store is None else 6)


class Half(FakeLM):
    """Knows the first word only, and speaks too."""

    def score(self, prompts, continuations):
        for answers in super().score(prompts, continuations):
            log_probs = answers.log_probs.copy()
            log_probs[:, 1] = np.nan
            yield Answers(answers.rows, log_probs, ["bad"] * len(log_probs), (9, 1))


def test_a_word_that_is_not_told_stays_unknown(store):
    for model in (Half(), Half()):
        said = Query(model, WORDS, store).ask(prompts(*TEXTS))
        np.testing.assert_array_equal(said.log_probs[:, 0], np.array(reference(TEXTS, model))[:, 0])
        assert np.isnan(said.log_probs[:, 1]).all()
        assert said.texts == ["bad"] * 20
    assert len(model.calls) == (20 if store is None else 0)


class Mute(FakeLM):
    """Leaves the last prompt out."""

    def score(self, prompts, continuations):
        yield from super().score(prompts[:-1], continuations)


def test_a_model_that_leaves_a_prompt_out_is_noticed():
    with pytest.raises(EndpointError, match=r"answers to 20 prompts, got none to 1 of them"):
        Query(Mute(), WORDS, MemoryCache()).ask(prompts(*TEXTS))


# Money


def priced(**kwargs):
    return FakeLM(prices=(1e6, 1e6), **kwargs)  # a unit for each word


def test_an_estimate_asks_nothing_and_knows_what_is_known():
    query = Query(priced(), WORDS, MemoryCache())
    first = query.estimate(prompts(*TEXTS, *TEXTS[:5]))
    assert query.model.calls == []
    assert (first.calls, first.cached, first.tokens_in, first.tokens_out) == (20, 5, 100, 40)
    assert (first.cost, first.seconds) == (140.0, None)
    query.ask(prompts(*TEXTS[:8]))
    second = query.estimate(prompts(*TEXTS))
    assert (second.calls, second.cached, second.cost) == (12, 8, 84.0)
    assert second.seconds == pytest.approx(query.account.seconds / 8 * 12)


def test_an_estimate_shows_no_digits_that_nobody_knows():
    assert repr(Estimate(8, 1, 900, 4, 25.311540064908243, 0.00013812345)) == (
        "Estimate(calls=8, cached=1, tokens_in=900, tokens_out=4, seconds=25.0, cost=0.0001381)"
    )
    assert "seconds=None, cost=0.0)" in repr(Estimate(8, 1, 900, 4, None, 0.0))


def test_a_model_without_prices_costs_nothing():
    assert Query(FakeLM(), WORDS).estimate(prompts("a")).cost == 0
    Query(FakeLM(), WORDS, max_cost=0.0).ask(prompts("a"))


@pytest.mark.parametrize("max_cost", [0.0, 6.9, 33.0, 100.0])
def test_a_budget_is_never_passed_and_what_was_paid_for_is_kept(max_cost):
    model = priced(gives_log_probs=False, says=lambda prompt: "well said")  # 5 read, 2 written
    query = Query(model, WORDS, MemoryCache(), max_cost=max_cost)
    done = int(max_cost // 7)
    message = rf"at most max_cost={max_cost:g}, got .* spent for {done} of 20 prompts.*are kept"
    with pytest.raises(BudgetError, match=message):
        query.ask(prompts(*TEXTS))
    assert (len(model.calls), query.account.cost) == (done, 7.0 * done)
    Query(model, WORDS, query.store).ask(prompts(*TEXTS))
    assert len(model.calls) == 20


class Dear(FakeLM):
    """Takes three times the tokens that it counts."""

    def score(self, prompts, continuations):
        for answers in super().score(prompts, continuations):
            read = 3 * 7 * len(answers.rows)
            yield Answers(answers.rows, answers.log_probs, answers.texts, (read, 0))


def test_a_model_that_is_dearer_than_it_says_is_found_out():
    query = Query(Dear(prices=(1e6, 1e6)), WORDS, MemoryCache(), max_cost=100.0)
    with pytest.raises(BudgetError, match="got 84 spent for 4 of 20 prompts"):
        query.ask(prompts(*TEXTS))
    assert query.estimate(prompts("new text")).cost == pytest.approx(21)


def test_an_account_goes_on():
    account = Account()
    query = Query(priced(), WORDS, MemoryCache(), account, max_cost=40.0)
    query.ask(prompts(*TEXTS[:5]))
    assert (account.calls, account.tokens_in, account.cost) == (5, 25, 25.0)
    with pytest.raises(BudgetError, match="They are kept"):
        query.ask(prompts(*TEXTS))
    assert account.cost <= 40


def test_without_a_store_an_error_says_that_answers_are_lost():
    with pytest.raises(BudgetError, match="They are lost, since use_caching is False"):
        Query(priced(), WORDS, max_cost=8.0).ask(prompts("a", "b"))


# Killed

KILLED = """
import time
from keraswrap.llm import FakeLM, ZeroShotClassifier
def slow(prompt, word):
    time.sleep(0.01)
    return -1.0
model = FakeLM(slow)
model.fingerprint = "slow"
clf = ZeroShotClassifier(model=model, cache={path!r}).fit(y=["bad", "good"])
clf.predict([f"text {{n}}" for n in range(5000)])
"""


def test_what_a_killed_process_was_told_is_known(tmp_path):
    cache = AnswerCache(tmp_path / "a")
    command = [sys.executable, "-c", KILLED.format(path=str(cache.path))]
    process = subprocess.Popen(command, env={**os.environ, "OMP_NUM_THREADS": "1"})
    for _ in range(600):
        if cache.path.exists() and cache.info().n_answers > 20:
            break
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait(60)
    model = FakeLM()
    model.fingerprint = "slow"
    clf = ZeroShotClassifier(model=model, cache=cache.path).fit(y=["bad", "good"])
    known = cache.info().n_answers
    assert clf.estimate([f"text {n}" for n in range(5000)]).cached == known >= 10


def test_ctrl_c_is_heard_while_a_model_is_asked():
    class Ended:
        def __del__(self):
            signal.raise_signal(signal.SIGINT)

    class Pressed(FakeLM):
        def score(self, prompts, continuations):
            Ended()  # Python drops what is raised as an object ends
            time.sleep(60)
            return super().score(prompts, continuations)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        clf = ZeroShotClassifier(model=Pressed({"bad": ["broke"], "good": ["superb"]}))
        clf.fit(None, ["bad", "good"])
        with pytest.raises(KeyboardInterrupt, match=r"^$"):
            clf.predict(["It broke."])
    finally:
        signal.signal(signal.SIGINT, before)
