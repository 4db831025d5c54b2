"""What is wrong with texts as a whole, and how bad it is."""

import numpy as np
import pytest

from keraswrap.synthetic import Diversity, NearestShare
from keraswrap.synthetic._copies import Run
from keraswrap.synthetic._findings import (
    find_copied_texts,
    find_personal_texts,
    find_runs,
    tell_disputed,
    tell_diversity,
    tell_nearest,
)

TRAIN = ["Can I track my new card while it is in the post?", "Mail me: jo@example.org"]


def run(length):
    return Run("w " * length, length, 3, 0.5)


def test_copies_are_errors_and_copies_of_held_out_rows_a_warning():
    texts = ["can i track my new card while it is in the post", "Superb!", "Where is it?"]
    texts.append("Can I track my new card while it is in post?")
    found = list(find_copied_texts(texts, TRAIN, ["superb"]))
    told = [(one.kind, one.severity, one.rows.tolist(), one.notes) for one in found]
    assert told == [
        ("copy", "error", [0], ("training row 0",)),
        ("near_copy", "error", [3], ("training row 0",)),
        ("copy_of_holdout", "warning", [1], ("held-out row 0",)),
    ]


@pytest.mark.parametrize(("real", "rows"), [([2, 3], [1, 2]), ([7], [2]), ([9], []), ([0], [1, 2])])
def test_runs_count_if_no_held_out_row_has_as_long_a_one(real, rows):
    found = list(find_runs([run(5), run(7), run(9)], [run(n) for n in real]))
    assert [row for one in found for row in one.rows.tolist()] == rows


def test_personal_data_of_training_rows_are_errors_and_never_shown():
    texts = ["Write to jo@example.org", "Write to al@example.org", "+44 20 7946 0958", "No."]
    found, kinds = find_personal_texts(texts, TRAIN)
    told = [(one.severity, one.rows.tolist()) for one in found]
    assert told == [("error", [0]), ("warning", [1, 2])]
    assert kinds == {"e-mail address": 2, "telephone number": 1}
    assert not any("@" in note for one in found for note in (*one.notes, one.message))


@pytest.mark.parametrize(
    ("train", "text"),
    [
        ("mail jo@example.org", "Mail JO@Example.org"),
        ("call +49 30 1234567", "call +49-30-1234567"),
        ("call +49 30 1234567", "call 0049 30 1234567"),
        ("4111 1111 1111 1111", "4111-1111-1111-1111"),
        ("GB82 WEST 1234 5698 7654 32", "gb82west12345698765432"),
    ],
)
def test_personal_data_written_in_another_way_are_the_same(train, text):
    (found,) = find_personal_texts([text], [train])[0]
    assert (found.severity, found.rows.tolist()) == ("error", [0])
    (other,) = find_personal_texts([text], [train.translate({52: "7", 106: "p"})])[0]
    assert other.severity == "warning"


def test_kinds_come_in_the_order_of_the_texts():
    text = "jo@example.org, +44 20 7946 0958, 192.0.2.7, 4111 1111 1111 1111"
    told = ["e-mail address", "telephone number", "IP address", "card number"]
    assert list(find_personal_texts([text], [])[1]) == told


@pytest.mark.parametrize(("high", "n", "told"), [(0.7, 9, 1), (0.8, 9, 0), (np.nan, 0, 0)])
def test_nearness_is_a_warning_only_if_chance_does_not_explain_it(high, n, told):
    assert len(list(tell_nearest(NearestShare(0.8, 0.2, high, 0.5, n)))) == told


@pytest.mark.parametrize(
    ("pairs", "spread", "says"),
    [(0.9, 0.8, None), (0.6, 0.8, "repeat pairs"), (0.9, 0.5, "are alike"), (0.9, np.nan, None)],
)
def test_variety_is_compared_with_real_rows(pairs, spread, says):
    found = list(tell_diversity(Diversity(0.5, pairs, spread, 9, 0.5, 0.9, 0.8)))
    assert [says in one.message for one in found] == ([True] if says else [])


def test_disputed_labels_are_counted():
    assert list(tell_disputed(np.zeros(3, dtype=bool))) == []
    (found,) = tell_disputed(np.array([True, False]))
    assert "disputes: 1 of 2 texts" in found.message
