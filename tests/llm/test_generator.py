"""Texts that a model writes: once for each prompt, within a budget, and kept."""

import os
import signal
import subprocess
import sys
import time

import pytest

from keraswrap.exceptions import (
    BudgetError,
    EndpointError,
    InputTypeError,
    ParameterError,
    RefusedError,
)
from keraswrap.llm import (
    AnswerCache,
    FakeLM,
    Generated,
    Message,
    Piece,
    Prompt,
    Sampling,
    TextGenerator,
    ZeroShotClassifier,
)

TEXTS = [f"text {n}" for n in range(20)]


def echo(**given):
    return FakeLM(says=lambda prompt: prompt.upper(), **given)


def texts(written):
    return [one.text for one in written]


def test_each_prompt_has_its_text_and_is_asked_once():
    model = echo()
    written = TextGenerator(model).generate(["b", "a", "b"])
    assert [(one.row, one.text) for one in written] == [(0, "B"), (1, "A"), (2, "B")]
    assert sorted(prompt.text for prompt in model.calls) == ["a", "b"]
    assert TextGenerator(model).generate(["a"])[0].text == "A"  # what the process knows
    assert len(model.calls) == 2


def test_prompts_are_texts_or_prompts():
    model = echo()
    chat = Prompt((Message("user", (Piece("a"),)),), chat=True)
    assert texts(TextGenerator(model).generate([chat, "a"])) == ["A", "A"]
    assert [prompt.chat for prompt in model.calls] == [False, True]
    assert not model.calls[0].messages[0].pieces[0].trusted
    assert TextGenerator(model).generate([]) == []


@pytest.mark.parametrize(
    ("prompts", "message"),
    [("a", "Expected a list of prompts, got 'a'"), ([3], "a text or a Prompt, got 3 in row 0")],
)
def test_what_is_no_prompt_is_refused(prompts, message):
    with pytest.raises(InputTypeError, match=message):
        TextGenerator(echo()).generate(prompts)


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"model": 3}, InputTypeError, "Expected model to be a LanguageModel, got int"),
        ({"sampling": 9}, InputTypeError, "Expected sampling as a Sampling, got 9"),
        ({"max_cost": -1}, ParameterError, "max_cost as a number from 0 on, got -1"),
        ({"progress": 2}, ParameterError, "progress as a bool or None, got 2"),
        ({"cache": 2}, InputTypeError, "Expected the path of a file for the cache, got 2"),
    ],
)
def test_parameters_are_checked_at_once(given, error, message):
    with pytest.raises(error, match=message):
        TextGenerator(**{"model": echo(), **given})


def test_what_another_way_of_writing_gave_is_no_answer(tmp_path):
    model, cache = echo(), AnswerCache(tmp_path / "a")
    for sampling in (Sampling(1), Sampling(2), Sampling(2, stop=["X"]), Sampling(2)):
        TextGenerator(model, sampling, cache).generate(["so it goes"])
    assert len(model.calls) == 3
    clf = ZeroShotClassifier(model=model, cache=cache.path, prompt="{text}").fit(y=["A", "B"])
    clf.predict(["so it goes"])  # another question
    assert len(model.calls) == 4


def test_all_that_is_known_of_an_answer_is_kept(tmp_path):
    says = {"a": "one two three", "b": "{}", "c": "[]"}.get
    model = FakeLM(says=says, batch_size=1)
    ways = [TextGenerator(model, Sampling(2, schema={"type": "object"}), tmp_path / "a")] * 2
    first, again = (way.generate(["a", "b", "c"]) for way in ways)
    assert first == again
    assert [(one.text, one.finish_reason) for one in first] == [
        ("one two", "length"),
        ("{}", "stop"),
        ("[]", "invalid"),
    ]
    assert first[2].problem == "not of the schema: [] is not of type 'object'"
    assert [one.n_tokens for one in first] == [(1, 2), (1, 1), (1, 1)]
    assert len(model.calls) == 3


class Refusing(FakeLM):
    """Refuses texts with "bad" in them."""

    def generate(self, prompts, sampling):
        bad = {n: "status 400: bad" for n, prompt in enumerate(prompts) if "bad" in prompt.text}
        for n, prompt in enumerate(prompts):
            if n not in bad:
                self.calls.append(prompt)
                yield Generated(n, prompt.text, "stop", (1, 1))
        if bad:
            raise RefusedError("Refused.", bad)


def test_a_refused_prompt_has_no_text_and_is_asked_again():
    writer = TextGenerator(Refusing())
    written = writer.generate(["good", "bad", "fine"])
    assert [one.finish_reason for one in written] == ["stop", "refused", "stop"]
    assert (written[1].row, written[1].text, written[1].problem) == (1, "", "status 400: bad")
    with pytest.raises(RefusedError, match="Refused"):  # all that are asked are
        TextGenerator(Refusing()).generate(["bad"])


def test_an_estimate_is_the_most_that_it_takes():
    writer = TextGenerator(echo(prices=(1e6, 1e6)), Sampling(10))
    found = writer.estimate(["a b", "c", "c"])
    assert (found.calls, found.cached, found.tokens_in, found.tokens_out) == (2, 1, 3, 20)
    assert (found.cost, found.seconds) == (23.0, None)
    writer.generate(["a b", "c"])
    assert writer.cost_ == writer.account.cost == 6.0
    again = writer.estimate(["c", "d"])
    assert (again.calls, again.cached) == (1, 1)
    assert again.seconds == pytest.approx(writer.account.seconds / 2)


@pytest.mark.parametrize("max_cost", [0.0, 11.9, 30.0])
def test_a_budget_is_never_passed_and_what_was_paid_for_is_kept(max_cost):
    model = echo(prices=(1e6, 1e6))  # 2 read, 2 written, of 10 that may be
    writer = TextGenerator(model, Sampling(10), max_cost=max_cost)
    with pytest.raises(BudgetError, match=rf"at most max_cost={max_cost:g}, got .*are kept"):
        writer.generate(TEXTS)
    done = len(model.calls)
    assert writer.cost_ == 4.0 * done <= max_cost
    TextGenerator(model, Sampling(10)).generate(TEXTS)
    assert len(model.calls) == 20


def test_what_was_written_before_an_error_is_kept(tmp_path):
    writer = TextGenerator(echo(fail_after=2), cache=tmp_path / "a")
    with pytest.raises(EndpointError, match="told to fail"):
        writer.generate(TEXTS)
    writer.generate(TEXTS)
    assert writer.account.calls == len(writer.model.calls) == 20


KILLED = """
import sys, time
from keraswrap.llm import FakeLM, TextGenerator
def slow(prompt):
    time.sleep(0.02)
    return prompt
model = FakeLM(says=slow)
model.fingerprint = "slow"
TextGenerator(model, cache=sys.argv[1]).generate([f"text {n}" for n in range(5000)])
"""


def test_what_a_killed_process_was_told_is_known(tmp_path):
    cache = AnswerCache(tmp_path / "a")
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(cache.path)], env={**os.environ})
    for _ in range(600):
        if cache.path.exists() and cache.info().n_answers > 10:
            break
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait(60)
    known, model = cache.info().n_answers, FakeLM(says=str)
    model.fingerprint = "slow"
    found = TextGenerator(model, cache=cache).estimate([f"text {n}" for n in range(5000)])
    assert found.cached == known > 10
