"""People's labels: read in any form, which rows measure, and what is taken as true."""

from itertools import product

import numpy as np
import pandas as pd
import pytest

from keraswrap.exceptions import InputError
from keraswrap.labeling._people import (
    NONE,
    TIED,
    check_audit,
    find_truth,
    label_values,
    read_people,
)
from keraswrap.labeling._rows import read_rows

ROWS = read_rows(pd.Series(["a", "b", "", "d"], ["w", "x", "y", "z"]))
LABELS = ["yes", None, "no", "no"]


def told(found):
    return found.labels.to_dict("list"), found.audit.tolist()


@pytest.mark.parametrize(
    ("people", "names"),
    [
        (LABELS, ["person"]),
        (pd.Series(LABELS, list("wxyz"), name="ann"), ["ann"]),
        (np.array([LABELS, LABELS], object).T, ["person 1", "person 2"]),
        (pd.DataFrame({1: LABELS}, list("wxyz")), ["1"]),
    ],
)
def test_every_form_names_its_people_and_measures_by_rows_with_a_text(people, names):
    assert told(read_people(ROWS, people, None)) == (
        {name: LABELS for name in names},
        [True, False, False, True],
    )


def test_labels_in_another_order_are_matched_by_their_index():
    mixed = pd.DataFrame({"ann": LABELS}, list("wxyz")).loc[list("ywzx")]
    assert read_people(ROWS, mixed, None).labels["ann"].tolist() == LABELS


def test_without_people_nothing_is_there():
    found = read_people(ROWS, None, None)
    assert found.labels.shape == (4, 0)
    assert not (found.there | found.audit | found.unclear).any()
    assert found.truth(np.array(["no", "yes"])).tolist() == [NONE] * 4


def test_rows_that_someone_could_not_label_are_tied_unless_another_could():
    found = read_people(ROWS, LABELS, None)
    found.unclear[:2] = True
    assert found.truth(np.array(["no", "yes"])).tolist() == [1, TIED, 0, 0]
    assert found.codes(np.array(["no", "maybe"])).tolist() == [[-1], [-1], [0], [0]]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([1.0, np.nan, 2.0], [1, None, 2]),
        (["a", "", "  ", pd.NA], ["a", None, None, None]),
        ([True, None], [True, None]),
        (pd.Series(["b", None], dtype="category"), ["b", None]),
        ([None, None], [None, None]),
    ],
)
def test_missing_labels_leave_the_others_as_they_were(given, expected):
    found = label_values(given).tolist()
    assert found == expected
    assert list(map(type, found)) == list(map(type, expected))


def test_an_audit_keeps_only_rows_with_a_text():
    labeled = np.array([True, False, False, True])
    given = pd.Series([True, True], ["y", "w"]).reindex(list("zyxw"), fill_value=False)
    assert check_audit(ROWS, given, labeled).tolist() == [True, False, False, False]
    assert check_audit(ROWS, [False] * 4, labeled).tolist() == [False] * 4


@pytest.mark.parametrize(
    ("people", "audit", "match"),
    [
        (pd.DataFrame([LABELS] * 2, ["a", "a"]).T, None, r"a name for each person, got \['a'\]"),
        (pd.DataFrame([LABELS] * 2, [1, "1"]).T, None, r"names that differ as texts, got \[1, '1'"),
        (np.full((4, 2, 2), "a"), None, r"shape \(n,\) or \(n, p\), got \(4, 2, 2\)"),
        (LABELS, [True] * 4, "people's labels of all rows in audit, got none of 1 row"),
        (LABELS, [0, 1, 2, 3], "True or False for each of 4 rows, got shape .* dtype int64"),
        (LABELS, np.ones((4, 1), bool), r"got shape \(4, 1\) of dtype bool"),
    ],
)
def test_what_cannot_be_read_is_refused(people, audit, match):
    people = people.set_axis(list("wxyz"), axis=0) if isinstance(people, pd.DataFrame) else people
    with pytest.raises(InputError, match=match):
        read_people(ROWS, people, audit)


def test_the_truth_is_the_only_label_with_most_votes():
    codes = np.array(list(product([-1, 0, 1, 2], repeat=4)))
    for row, found in zip(codes, find_truth(codes, 3).tolist(), strict=True):
        votes = [list(row).count(code) for code in range(3)]
        first = [code for code in range(3) if votes[code] == max(votes)]
        assert found == (NONE if not max(votes) else first[0] if len(first) == 1 else TIED)
