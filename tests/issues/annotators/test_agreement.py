"""Votes, majority and Krippendorff's alpha, against plain counts."""

import numpy as np
import pandas as pd
import pytest

from keraswrap.issues.annotators import _agreement as agreement
from keraswrap.issues.annotators._consensus import find_consensus


def test_a_tie_goes_to_those_who_agree_with_others():
    table = [["x", "x", "y"], ["x", "x", "y"], ["y", "y", "y"], [None, "x", "y"]]
    assert find_consensus(table).labels[3] == "x"
    assert any(note.endswith("as for another: 1.") for note in find_consensus(table).notes)


def test_alpha_is_krippendorffs():
    # The example of "Computing Krippendorff's Alpha-Reliability" (2011), section C.
    rows = ["123321412...", "1233224125.3", ".3332342251.", "12332441251."]
    table = pd.DataFrame([list(row) for row in rows]).T.replace(".", None)
    assert find_consensus(table).alpha == pytest.approx(0.743, abs=5e-4)


def test_alpha_of_chance_is_near_zero_and_that_of_the_pairs():
    codes = np.random.default_rng(0).integers(2, size=(4000, 2))
    found = agreement.krippendorff_alpha(agreement.count_votes(codes, 2))
    ones, n = int(codes.sum()), codes.size
    differ = 2 * (codes[:, 0] != codes[:, 1]).sum() / n
    assert found == pytest.approx(1 - differ * n * (n - 1) / (2 * ones * (n - ones)), abs=1e-12)
    assert abs(found) < 0.05
