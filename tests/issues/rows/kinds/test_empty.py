"""Texts without a visible character."""

import pytest

from keraswrap.issues.rows._kinds.empty import find_empty
from keraswrap.issues.rows._kinds.garbled import find_garbled


@pytest.mark.parametrize("text", ["", " \t\n", "\u200b\ufeff", "\u3000"])
def test_texts_without_a_visible_character_are_empty(text):
    found = find_empty(["a", text])
    assert (found[0].rows.tolist(), found[0].severity) == ([1], "error")
    assert find_garbled([text]) == []
