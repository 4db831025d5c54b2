"""Parts of a report are values: equal if they say the same, and never changed."""

from dataclasses import FrozenInstanceError, asdict

import pytest

from keraswrap.drift._results import NO_SIGN, OPEN, TOO_FEW, YES, ClassShare, DriftRow, Statement


def test_the_four_answers_are_words_that_a_program_may_compare():
    assert (YES, NO_SIGN, OPEN, TOO_FEW) == (
        "yes",
        "no sign",
        "cannot be told without labels",
        "too few rows",
    )


@pytest.mark.parametrize(
    "make",
    [
        lambda: Statement("model_fails", OPEN, "Why.", 0.5, 1.0),
        lambda: ClassShare("a", 0.5, 0.4, 0.3, 0.5, None),
        lambda: DriftRow(3, "a text", "a", 0.9, 0.1),
    ],
)
def test_values_are_equal_and_fixed(make):
    one = make()
    assert one == make()
    name = next(iter(asdict(one)))
    with pytest.raises(FrozenInstanceError, match=name):
        setattr(one, name, None)
