"""What prompts are asked: what is filled in, and what a store keeps of it."""

import pytest

from keraswrap.llm import FakeLM, Prompt, Sampling
from keraswrap.llm._protocol import Continuation, Message, Piece
from keraswrap.llm._questions import Generation, Scoring, Texts
from keraswrap.llm._responses import MemoryCache
from keraswrap.llm._sampling import Generated

PROMPTS = [Prompt((Message("user", (Piece(text),)),)) for text in ("one", "two", "three")]


def test_what_was_written_is_kept_and_a_refused_text_is_asked_again():
    question, store = Generation(Sampling(max_tokens=8)), MemoryCache()
    known = question.known(store, "model")
    written = [
        Generated(0, "a", "stop", (1, 2)),
        Generated(1, "", "refused", problem="no"),
        Generated(2, "b", "length", (3, 4), "cut"),
    ]
    known.keep(PROMPTS, written)
    texts = question.unknown(3)
    assert known.recall(PROMPTS, texts) == [1]
    assert texts.found == [written[0], None, written[2]]


@pytest.mark.parametrize("change", ["model", "sampling", "prompt"])
def test_nothing_is_recalled_of_another_question(change):
    store, sampling = MemoryCache(), Sampling(max_tokens=8)
    Generation(sampling).known(store, "model").keep(PROMPTS[:1], [Generated(0, "a", "stop")])
    other = Generation(Sampling(max_tokens=9) if change == "sampling" else sampling)
    asked = PROMPTS[1:2] if change == "prompt" else PROMPTS[:1]
    texts = other.unknown(1)
    assert other.known(store, "other" if change == "model" else "model").recall(asked, texts) == [0]
    assert texts.found == [None]
    assert not texts.has_any()


def test_texts_are_filled_in_by_row_and_taken_in_any_order():
    texts = Texts([None] * 3)
    texts.refuse(1, "too long")
    assert not texts.has_any()
    texts.put([2, 0], [Generated(2, "c", "stop"), Generated(0, "a", "stop")])
    assert texts.has_any()
    taken = texts.at([2, 1, 0])
    assert [(one.row, one.text, one.finish_reason) for one in taken.found] == [
        (0, "c", "stop"),
        (1, "", "refused"),
        (2, "a", "stop"),
    ]
    assert taken.found[1].problem == "too long"


def test_both_questions_ask_each_prompt_once():
    model = FakeLM()
    scoring = Scoring([Continuation("yes"), Continuation("no")])
    rows = [row for rows, _, _ in scoring.ask(model, PROMPTS) for row in rows]
    assert sorted(rows) == [0, 1, 2]
    tokens, written = scoring.count_work(model, PROMPTS)
    assert (len(tokens), written >= 0) == (3, True)
    found = Texts([None] * 3)
    for rows, _, batch in Generation(Sampling(max_tokens=4)).ask(model, PROMPTS):
        found.put(rows, batch)
    assert [one.row for one in found.found] == [0, 1, 2]
    assert Generation(Sampling()).expect_seconds(model, PROMPTS) is None
