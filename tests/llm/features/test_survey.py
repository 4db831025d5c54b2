"""Surveys: each question with its own answers, in any order, once for each text, and kept."""

import numpy as np
import pytest
from asked_reviews import QUALITY, TEXTS, TOPIC, answer

from keraswrap.llm import FakeLM, LanguageModelFeatures
from keraswrap.llm._protocol import Answers
from keraswrap.llm._responses import MemoryCache
from keraswrap.llm.features._prompts import Questionnaire, read_prompt
from keraswrap.llm.features._survey import widened

ASKED = Questionnaire((QUALITY, TOPIC), read_prompt(None, chat=False, few_shot=False))
PROMPTS = ASKED.prompts(TEXTS, FakeLM(), "truncate_text")
SURVEY = ASKED.survey(PROMPTS)
WAYS = [*QUALITY.answers], [*TOPIC.answers]


def expected():
    told = [[answer(prompt.text, way) for way in WAYS[row % 2]] for row, prompt in
            enumerate(PROMPTS)]  # fmt: skip
    return np.array([row + [np.nan] * (3 - len(row)) for row in told])


def responses(model, rows):
    said = SURVEY.unknown(len(rows))
    for own, _, answers in SURVEY.ask(model, [PROMPTS[row] for row in rows]):
        said.put(own, answers)
    return said


@pytest.mark.parametrize("rows", [range(10), [9, 0, 3, 2], [1, 3], []])
def test_every_prompt_gets_the_answers_to_its_own_question(rows):
    model = FakeLM(answer, batch_size=3)
    np.testing.assert_array_equal(responses(model, rows).log_probs, expected()[list(rows)])
    assert sorted(map(PROMPTS.index, model.calls)) == sorted(rows)


def test_rows_are_grouped_by_question_and_by_text():
    some = [PROMPTS[row] for row in (3, 0, 2, 9)]
    assert list(SURVEY.by_question(some)) == [(0, [1, 2]), (1, [0, 3])]
    assert SURVEY.by_text(some) == [[0, 2], [1], [3]]


def test_work_and_seconds_are_those_of_all_questions_together():
    model = FakeLM()
    read, written = SURVEY.count_work(model, PROMPTS)
    assert read.tolist() == [len(prompt.text.split()) for prompt in PROMPTS]
    assert written == 2  # a word, and the end
    assert SURVEY.expect_seconds(model, PROMPTS) is None
    model.expect_seconds = lambda prompts, ways: 1.0 * len(prompts) + 0.25 * len(ways)
    assert SURVEY.expect_seconds(model, PROMPTS[:3]) == (2 + 0.75) + (1 + 0.5)


def test_known_answers_are_recalled_and_the_rest_is_named():
    known = SURVEY.known(MemoryCache(), "model")
    into = SURVEY.unknown(10)
    assert known.recall(PROMPTS, into) == list(range(10))
    assert np.isnan(into.log_probs).all()
    some = [PROMPTS[row] for row in (7, 2, 4)]
    kept = expected()[[7, 2, 4]]
    upper = np.where(np.isnan(kept), 0, -1.0)
    known.keep(some, Answers(np.arange(3), kept, ["Sound.", None, None], (9, 9), upper, []))
    assert known.recall(PROMPTS, into) == [0, 1, 3, 5, 6, 8, 9]
    np.testing.assert_array_equal(into.log_probs[[7, 2, 4]], kept)
    assert SURVEY.known(known.store, "another model").recall(PROMPTS, SURVEY.unknown(10)) == list(
        range(10)
    )


def test_widening_adds_what_is_unknown():
    narrow = Answers(np.array([3]), np.array([[-1.0]]), ["a"], (1, 2), np.array([[-0.5]]), ["why"])
    wide = widened(narrow, 3)
    np.testing.assert_array_equal(wide.log_probs, [[-1.0, np.nan, np.nan]])
    np.testing.assert_array_equal(wide.upper, [[-0.5, 0, 0]])
    assert (wide.rows.tolist(), wide.texts, wide.n_tokens, wide.problems) == (
        [3], ["a"], (1, 2), ["why"]
    )  # fmt: skip
    assert widened(Answers(np.array([0]), np.zeros((1, 1)), [None], (0, 0)), 2).upper is None


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
