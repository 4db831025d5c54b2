"""Summaries: no longer than asked for, of parts too, and counted in an estimate."""

import pytest
from writers import echo, first_words

from keraswrap.exceptions import ParameterError
from keraswrap.llm import FakeLM, TextSummarizer


@pytest.mark.parametrize(("said", "problem"), [(5, None), (6, "too long: 6 words, of at most 5")])
def test_a_summary_is_no_longer_than_was_asked_for(said, problem):
    summarizer = TextSummarizer(5, "the price", model=first_words(said))
    got = summarizer.transform(["one two three four five six seven"])
    assert (got[0, 0] is None, summarizer.problems_) == (problem is not None, [problem])
    said = summarizer.model.calls[0].text
    assert said.startswith("Summarize the text below in at most 5 words. Look above all at this: t")


def test_summaries_of_parts_are_summarized_until_there_is_one():
    text = " ".join(f"Sentence {n} goes on and on." for n in range(8))
    summarizer = TextSummarizer(3, model=first_words(2), part_words=12)
    with pytest.warns(UserWarning, match="Split 1 of 2"):
        got = summarizer.transform([text, "It broke."])
    assert got.tolist() == [["Sentence 0"], ["It broke."]]
    assert summarizer.n_parts_ == [4, 1]
    assert len(summarizer.model.calls) == 6  # four parts, their summaries, and the other text


def test_summaries_that_do_not_get_shorter_are_none():
    text = " ".join(f"Sentence {n} goes on." for n in range(12))
    summarizer = TextSummarizer(50, model=first_words(9), part_words=8, max_parts=99)
    with pytest.warns(UserWarning, match="Split 1 of 1"):
        assert summarizer.transform([text]).tolist() == [[None]]
    assert summarizer.problems_ == ["too long: the summaries of its parts do not get shorter"]


def test_an_estimate_counts_the_summary_of_summaries():
    model = FakeLM(says=lambda prompt: "A b.", prices=(1e6, 1e6))
    summarizer = TextSummarizer(5, model=model, part_words=4)
    texts = ["One two three. Four five six.", "Seven."]
    found = summarizer.estimate(texts)
    assert found.calls == 4
    with pytest.warns(UserWarning, match="Split"):
        summarizer.transform(texts)
    assert len(model.calls) == 4
    assert 0 < summarizer.cost_ <= found.cost


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"max_words": 0}, ParameterError, "max_words as a whole number of at least 1, got 0"),
        ({"max_words": None}, ParameterError, "max_words as a whole number of at least 1, got N"),
        ({"focus": " "}, ParameterError, "focus as a text or None, got ' '"),
        ({"focus": ["price"]}, ParameterError, r"focus as a text or None, got \['price'\]"),
    ],
)
def test_parameters_are_checked_before_any_work(given, error, message):
    model = echo()
    with pytest.raises(error, match=message):
        TextSummarizer(**given, model=model).transform(["It broke."])
    assert model.calls == []


@pytest.mark.parametrize(("given", "most"), [({}, 16 + 4 * 6), ({"max_tokens": 9}, 9)])
def test_room_is_left_for_the_words_that_are_asked_for(given, most):
    seen = []
    model = FakeLM(says=lambda prompt, sampling: seen.append(sampling.max_tokens) or "So.")
    TextSummarizer(6, model=model, **given).transform(["It broke."])
    assert seen == [most]
