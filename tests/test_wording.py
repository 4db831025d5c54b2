"""Numbers with their nouns."""

import pytest

from keraswrap._wording import counted


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ((0, "row"), "0 rows"),
        ((1, "row"), "1 row"),
        ((2000, "class", "classes"), "2,000 classes"),
        ((1, "label is", "labels are"), "1 label is"),
    ],
)
def test_the_noun_follows_the_number(given, words):
    assert counted(*given) == words
