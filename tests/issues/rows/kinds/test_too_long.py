"""Texts that are too long."""

import numpy as np
import pytest

from keraswrap.exceptions import InputError
from keraswrap.issues.rows._kinds.too_long import find_long


def test_long_is_by_tokens_or_far_beyond_the_others():
    rows = ["word " * 10] * 30 + ["word " * 12] * 30 + ["word " * 4000]
    assert find_long(rows)[0].rows.tolist() == [60]
    assert find_long(["a"] * 5 + ["b" * 3]) != []
    assert find_long(["a" * n for n in range(1, 200)]) == []
    found = find_long(["a", "b", "c"], tokens=[3, 9, 6], max_tokens=5)[0]
    assert found.rows.tolist() == [1, 2]
    np.testing.assert_allclose(found.scores, [5 / 9, 5 / 6])
    with pytest.raises(InputError, match=r"of each of 2 texts, got shape \(1,\)"):
        find_long(["a", "b"], tokens=[3], max_tokens=5)
