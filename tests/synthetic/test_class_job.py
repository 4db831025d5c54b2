"""When writing the texts of a class ends, and what is said of it."""

import pytest
from fake_writers import copier, rows, writer

from keraswrap.exceptions import ParameterError
from keraswrap.llm import FakeLM
from keraswrap.synthetic import TextSynthesizer


def sample(model, n=4, X=None, y=None, **params):
    X, y = rows() if X is None else (X, y)
    return TextSynthesizer(model, **params).fit(X, y).sample(n, "bad")


def test_enough_texts_end_it():
    model = writer()
    made = sample(model)
    assert len(made) == 4
    assert set(made.labels) == {"bad"}
    assert len(model.calls) == len(made.rows)
    assert [row.attempt for row in made.rows] == list(range(len(made.rows)))


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        (FakeLM(says=lambda prompt: ""), "empty"),
        (FakeLM(says=lambda prompt: "so " * 500), "cut off"),
        (FakeLM(says=lambda prompt: prompt.split("\n")[0]), "repeats the prompt"),
        (copier(), "copy of a training row"),
    ],
    ids=["silent", "endless", "echo", "copier"],
)
def test_a_model_that_writes_nothing_of_use_ends_with_its_reason(model, reason):
    with pytest.warns(UserWarning, match=f"Accepted 0 of 4 texts .*12 attempts.*{reason}: 12"):
        made = sample(model)
    assert (len(made), len(model.calls)) == (0, 12)
    assert made.reasons() == {reason: 12}
    assert made.missing == {"bad": 4}


def test_a_model_that_repeats_itself_has_one_text_accepted():
    with pytest.warns(UserWarning, match="Accepted 1 of 4"):
        made = sample(FakeLM(says=lambda prompt: "The lid broke off at noon."))
    assert made.reasons() == {"copy of an accepted text": 11}


def test_thirty_rejections_in_a_row_end_it():
    model = FakeLM(says=lambda prompt: "")
    with pytest.warns(UserWarning, match="30 in a row were rejected"):
        sample(model, n=500)
    assert len(model.calls) == 30


def test_an_attribute_that_never_holds_is_named():
    attributes, holds = {"tone": ["polite"]}, {"tone": lambda text, value: False}
    with pytest.warns(UserWarning, match="attribute tone does not hold: 6"):
        made = sample(writer(), n=2, attributes=attributes, holds=holds)
    assert made.to_frame()["tone"].tolist() == ["polite"] * 6


@pytest.mark.parametrize(
    ("X", "y"),
    [
        (["It broke."], ["bad"]),
        (["It broke.", "Fine, good.", "Very good."], ["bad", "good", "good"]),
        # Other classes have no text, or none that this one lacks: no judge could be fitted.
        (["It broke.", "It tore.", " "], ["bad", "bad", "good"]),
        (["It broke.", "It tore.", "it tore!"], ["bad", "bad", "good"]),
    ],
)
def test_a_class_without_rows_for_a_judge_is_not_judged_and_that_is_noted(X, y):
    made = sample(writer(), 1, X, y)
    assert len(made) == 1
    assert "The label of texts for 'bad' was not checked" in made.notes[0]


def test_a_class_without_any_text_is_refused():
    with pytest.raises(ParameterError, match="a row with a text of the class 'bad' to show"):
        sample(writer(), 1, [" ", "good"], ["bad", "good"])


@pytest.mark.parametrize(
    ("text", "chat", "stop"),
    [("one line", True, ("\n",)), ("two\nlines", True, ()), ("two\nlines", False, ("\n",))],
)
def test_a_text_ends_with_its_line_unless_rows_have_several(text, chat, stop):
    said = []
    model = FakeLM(says=lambda prompt, sampling: said.append(sampling.stop) or "It broke at last.")
    sample(model, 1, [text, "fine"], ["bad", "good"], chat=chat, checks=[])
    assert said == [stop]


@pytest.mark.parametrize("n", [0, 1])
def test_temperature_zero_is_allowed(n):
    assert len(sample(writer(), n, temperature=0)) == n
