"""A killed process loses no answer that it had, and families of prompts are kept one by one."""

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from asked_reviews import QUALITY, TEXTS, TOPIC, answer

from keraswrap.llm import AnswerCache, FakeLM, LanguageModelFeatures

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
