"""Translations: from what into what, and parts put together as they stood."""

import pytest
from writers import asked_about, echo

from keraswrap.exceptions import ParameterError
from keraswrap.llm import FakeLM, TextTranslator


def test_a_translator_says_from_what_into_what():
    model = echo()
    TextTranslator("French", "German", model=model).transform(["Es brach."])
    TextTranslator("French", model=model).transform(["Es brach."])
    said = [prompt.text.partition(".")[0] for prompt in model.calls]
    assert said[0] == "Translate the text below from German into French"
    assert said[1] == "Translate the text below into French"


def test_parts_of_a_translation_are_put_together_as_they_stood():
    text = "It broke. I am sad.\n\nNever again! Bye."
    translator = TextTranslator("French", model=echo(), part_words=5)
    with pytest.warns(UserWarning, match="Split 1 of 2 texts at sentences, first in row 1"):
        got = translator.transform(["It broke.", text])
    assert got.tolist() == [["IT BROKE."], [text.upper()]]
    assert translator.n_parts_ == [1, 2]


def test_without_one_of_its_parts_there_is_no_translation():
    model = FakeLM(says=lambda prompt: "" if "sad" in asked_about(prompt) else "Bon.")
    translator = TextTranslator("French", model=model, part_words=2)
    with pytest.warns(UserWarning, match="Split"):
        assert translator.transform(["It broke. Very sad."]).tolist() == [[None]]
    assert translator.problems_ == ["invalid: the answer is empty (part 2 of 2)"]


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"to": ""}, ParameterError, "Expected to as the name of a language, got ''"),
        ({"to": None}, ParameterError, "Expected to as the name of a language, got None"),
        (
            {"to": "French", "source": ""},
            ParameterError,
            "source as the name of a language, got ''",
        ),
    ],
)
def test_parameters_are_checked_before_any_work(given, error, message):
    model = echo()
    with pytest.raises(error, match=message):
        TextTranslator(**given, model=model).transform(["It broke."])
    assert model.calls == []
