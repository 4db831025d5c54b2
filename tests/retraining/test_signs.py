"""Which statements of a monitor call for training."""

import pytest
from retrained import Report, Statement

from keraswrap.drift._results import NO_SIGN, OPEN, TOO_FEW
from keraswrap.retraining._signs import signs_of


def test_every_statement_that_something_changed_is_a_sign():
    said = (Statement(reason="One."), Statement(NO_SIGN), Statement(reason="Two."))
    assert signs_of(Report(said)) == ["One.", "Two."]


@pytest.mark.parametrize("answer", [NO_SIGN, OPEN, TOO_FEW])
def test_what_is_not_known_is_no_sign(answer):
    assert signs_of(Report((Statement(answer),))) == []
