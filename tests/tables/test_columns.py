"""Columns by name."""

import pytest

from keraswrap._tables import (
    check_columns,
)
from keraswrap.exceptions import InputError


def test_a_column_that_is_not_there_is_named_with_near_ones():
    with pytest.raises(InputError, match=r"'txt' in 'r.csv', got \['text', 'label'\].*'text'\?"):
        check_columns(["label", "txt"], ["text", "label"], "r.csv")
