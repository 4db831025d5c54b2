"""Texts longer than a model's context."""

import warnings

import pytest

from keraswrap.exceptions import InputError
from keraswrap.llm import FakeLM, FewShotClassifier, ZeroShotClassifier

LONG = "word " * 400
# 40 words of context: 1 for the label, 1 for its end.
PROMPT = "one two {text} three"


def classifier(how="truncate_text", context_length=40, prompt=PROMPT):
    model = FakeLM(context_length=context_length)
    clf = ZeroShotClassifier(model=model, prompt=prompt, on_too_long=how)
    return clf.fit(y=["bad", "good"])


def test_the_end_of_a_long_text_is_cut_and_told():
    clf = classifier()
    with pytest.warns(UserWarning, match="Cut the end of 2 of 3 texts, first in row 1:.*38 tokens"):
        clf.predict(["short", LONG, "ab " * 300])
    sizes = {len(prompt.text.split()) for prompt in clf.model.calls}
    assert sizes == {4, 38}
    assert all(prompt.text.startswith("one two ") for prompt in clf.model.calls)
    assert all(prompt.text.endswith(" three") for prompt in clf.model.calls)


@pytest.mark.parametrize("n", [34, 35, 36])
def test_as_much_is_kept_as_fits(n):
    clf = classifier()
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        clf.predict([" ".join(["w" * 40] * n)])
    assert len(clf.model.calls[0].text.split()) == min(n, 35) + 3
    assert bool(told) == (n == 36)


def test_long_texts_may_be_refused():
    clf = classifier("raise")
    with pytest.raises(
        InputError, match=r"at most 38 tokens.* got 1 of 2 that have more, in row 1"
    ):
        clf.predict(["short", LONG])
    assert clf.model.calls == []


def test_long_texts_may_be_sent_as_they_are():
    clf = classifier("warn")
    with pytest.warns(UserWarning, match=r"set on_too_long='truncate_text'"):
        clf.predict([LONG])
    assert LONG in clf.model.calls[0].text


def test_a_prompt_that_leaves_no_room_is_refused():
    clf = classifier(prompt="many " * 50 + "{text}")
    with pytest.raises(InputError, match=r"without any text in it.*max_samples"):
        clf.predict([LONG])


def test_examples_that_leave_no_room_are_named():
    clf = FewShotClassifier(model=FakeLM(context_length=60), max_samples=2)
    clf.fit([LONG, "word"], ["bad", "good"])
    with pytest.raises(InputError, match="fewer examples"):
        clf.predict(["x"])


def test_texts_that_surely_fit_are_not_counted():
    clf = classifier(context_length=1000)
    clf.model.count_tokens = None
    assert clf._prompts(["short"])[0].text == "one two short three"


def test_a_context_of_unknown_length_takes_all():
    clf = classifier(context_length=None)
    clf.predict([LONG])
    assert LONG in clf.model.calls[0].text
