"""What holds for each kind of row issue in the list."""

import inspect

import numpy as np
import pytest

from keraswrap.issues.rows import THRESHOLDS, find_row_issues
from keraswrap.issues.rows._kinds import KINDS
from keraswrap.issues.rows._parts import Parts


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_asks_for_parts_and_thresholds_that_there_are(kind):
    given = inspect.signature(kind).parameters.values()
    by_name = [each for each in given if each.kind is inspect.Parameter.KEYWORD_ONLY]
    known = {*dir(Parts), *inspect.signature(Parts).parameters}
    assert {each.name for each in given} - {each.name for each in by_name} <= known
    assert {each.name: each.default for each in by_name}.items() <= THRESHOLDS.items()


def test_a_threshold_may_be_given_by_its_own_name():
    texts, counts = ["a b", "c d"], np.array([3, 9])
    found = find_row_issues(texts, tokens=counts, max_tokens=5)
    assert found.rows("too_long").tolist() == [1]
    same = find_row_issues(texts, tokens=counts, thresholds={"max_tokens": 5})
    assert same.to_frame().equals(found.to_frame())
