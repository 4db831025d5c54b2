"""A killed process loses no answer that it had, and families of prompts are kept one by one."""

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from asked_reviews import QUALITY, TEXTS, TOPIC, answer

from keraswrap.llm import AnswerCache, FakeLM, LanguageModelFeatures
from keraswrap.llm._protocol import Answers

# In another process: the same model, which takes its time.
SLOW = """
import sys, time
sys.path.insert(0, sys.argv[2])
from asked_reviews import QUALITY, TEXTS, TOPIC, answer
from keraswrap.llm import FakeLM, LanguageModelFeatures

class Slow(FakeLM):
    def score(self, prompts, continuations):
        for answers in super().score(prompts, continuations):
            yield answers
            time.sleep(0.5)

model = Slow(answer, batch_size=1)
LanguageModelFeatures([QUALITY, TOPIC], model, cache=sys.argv[1]).fit_transform(TEXTS)
"""


def test_a_killed_process_is_resumed(tmp_path):
    path = tmp_path / "answers"
    here = str(Path(__file__).parents[1])
    process = subprocess.Popen([sys.executable, "-c", SLOW, str(path), here])
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and (
            not path.exists() or AnswerCache(path).info().n_answers < 3
        ):
            time.sleep(0.05)
    finally:
        process.kill()
        process.wait()
    known = AnswerCache(path).info().n_answers
    assert 3 <= known < 10
    model = FakeLM(answer)
    features = LanguageModelFeatures([QUALITY, TOPIC], model, cache=path)
    found = features.fit_transform(TEXTS)
    assert len(model.calls) == 10 - known
    fresh = LanguageModelFeatures([QUALITY, TOPIC], FakeLM(answer)).fit_transform(TEXTS)
    np.testing.assert_array_equal(found, fresh)


class Families(FakeLM):
    """Reads a text once, as local models do."""

    def score_families(self, families):
        self.families = getattr(self, "families", []) + [len(family) for family in families]
        asked = [one for family in families for one in family]
        width = max(len(ways) for _, ways in asked)
        for row in reversed(range(len(asked))):
            prompt, ways = asked[row]
            self.calls.append(prompt)
            told = [answer(prompt.text, way.text) for way in ways]
            told += [np.nan] * (width - len(told))
            yield Answers(np.array([row]), np.array([told]), [None], (1, 0))


def test_texts_are_asked_as_families_and_only_what_is_not_known():
    model = Families(answer)
    first = LanguageModelFeatures([TOPIC], model).fit_transform(TEXTS[:2])
    assert model.families == [1, 1]
    both = LanguageModelFeatures([QUALITY, TOPIC], model).fit_transform(TEXTS)
    assert model.families[2:] == [1, 1, 2, 2, 2]
    np.testing.assert_array_equal(both[:2, 1:], first)
    plain = LanguageModelFeatures([QUALITY, TOPIC], FakeLM(answer)).fit_transform(TEXTS)
    np.testing.assert_array_equal(both, plain)
    assert LanguageModelFeatures([QUALITY], model).estimate(["new"]).seconds is None
