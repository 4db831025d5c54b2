"""Tasks: reasons for what is missing, parts joined, and how much of a text fits."""

import numpy as np
import pytest

from keraswrap.exceptions import InputError
from keraswrap.llm import FakeLM, Generated, Sampling
from keraswrap.llm._prompts import read_template
from keraswrap.llm.texts._parts import Part
from keraswrap.llm.texts._task import Rewriting, Row, limits_of, of_part, why_not

PARTS = [Part("One. ", 0, "\n\n"), Part("Two.", 7)]
TASK = Rewriting(Sampling(20), read_template("In {to}: {text}", ["to", "text"]), {"to": "French"})


def written(*texts, reason="stop", problem=None):
    return [Generated(n, text, reason, problem=problem) for n, text in enumerate(texts)]


@pytest.mark.parametrize(
    ("one", "problem"),
    [
        (written("Well.")[0], None),
        (written(" \n")[0], "invalid: the answer is empty"),
        (None, "budget: not asked, since the next texts would pass max_cost"),
        (written("We", reason="length")[0], "cut off: the answer did not end within max_tokens"),
        (written("We", reason="length", problem="why")[0], "cut off: why"),
        (written("", reason="refused", problem="status 400")[0], "refused: status 400"),
        (written("", reason="content_filter")[0], "content_filter: no answer"),
    ],
)
def test_a_reason_is_told_unless_the_answer_is_whole(one, problem):
    assert why_not(one) == problem


def test_parts_are_joined_as_they_stood():
    assert TASK.merge(PARTS, written(" Un.\n", "Deux.")) == Row(("Un.\n\nDeux.",))
    assert TASK.merge(PARTS[1:], written("Deux. ")) == Row(("Deux.",))


def test_the_first_part_without_a_text_is_named():
    missing = Row((), "invalid: the answer is empty (part 2 of 2)")
    assert TASK.merge(PARTS, written("Un.", "")) == missing
    assert TASK.merge(PARTS, [None, None]).problem.endswith("max_cost (part 1 of 2)")
    assert of_part("why", 0, PARTS[:1]) == "why"


def test_a_prompt_is_filled_with_what_is_the_same_for_all():
    assert TASK.prompt("{to}").text == "In French: {to}"


def test_a_model_of_any_length_is_limited_by_words_alone():
    assert limits_of(FakeLM(), TASK, None) == []
    (limit,) = limits_of(FakeLM(), TASK, 3)
    assert limit.most == 3
    assert limit.exceeded_by(["one two three", "one two  three four"]).tolist() == [False, True]


@pytest.mark.parametrize("length", [40, 400])
def test_a_text_fits_as_long_as_its_prompt_and_the_answer_do(length):
    model = FakeLM(context_length=length)
    (limit,) = limits_of(model, TASK, None)
    assert limit.most == length - 20 - 2  # the answer, and "In French:"
    texts = ["w " * n for n in range(1, length)]
    fits = np.array([len(TASK.prompt(text).text.split()) + 20 < length for text in texts])
    assert limit.exceeded_by(texts).tolist() == (~fits).tolist()
    words, tokens = limits_of(model, TASK, 5)
    assert (words.most, tokens.most) == (5, limit.most)


def test_a_model_without_room_for_a_text_is_refused():
    assert limits_of(FakeLM(context_length=30), TASK, None)[0].most == 8
    with pytest.raises(InputError, match=r"a prompt of 2 tokens, .* max_tokens=20, got one .* 29"):
        limits_of(FakeLM(context_length=29), TASK, None)
