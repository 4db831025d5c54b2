"""Several annotators, against cleanlab's own numbers, plain numpy and published ones."""

import numpy as np
import pandas as pd
from annotator_crowd import crowd

from keraswrap.issues.annotators._consensus import find_consensus

NAN = np.nan


def test_majority_and_agreement_are_plain_counts():
    table, _ = crowd(gaps=0.2)
    found = find_consensus(table)
    for labels, code, share in zip(table, found.codes, found.agreement, strict=True):
        counts = np.bincount(labels[~np.isnan(labels)].astype(int), minlength=3)
        assert counts[code] == counts.max()
        assert share == counts.max() / counts.sum()
    assert found.method == "majority"
    assert found.quality.tolist() == found.agreement.tolist()


def test_another_label_is_worth_most_where_few_disagree():
    found = find_consensus([[0, 0, 0, 0], [0, 1, None, None], [None] * 4, [1, 1, 0, 1]])
    assert found.ranking()[-1] == 0
    assert found.scores[2] == 0.5
    assert found.worst(2).index.tolist() == [1, 2]
    np.testing.assert_allclose(found.scores, [4.5 / 5, 1.5 / 3, 0.5, 3.5 / 5])


def test_annotators_are_held_against_the_others_and_the_consensus():
    frame = find_consensus([["a", "a", "b"], ["b", "b", "b"], ["a", "a", None]]).annotators
    np.testing.assert_allclose(frame["agreement_with_others"], [4 / 5, 4 / 5, 2 / 4])
    assert frame["agreement"].tolist() == [1, 1, 0.5]
    assert frame["n_shared"].tolist() == [3, 3, 2]
    assert frame["worst_class"].tolist() == [None, None, "a"]


def test_one_class_is_agreed_on():
    found = find_consensus([["a", "a"], ["a", None]])
    assert found.quality.tolist() == [1, 1]
    assert np.isnan(found.alpha)


def test_the_table_is_left_as_it_was():
    table, proba = crowd()
    frame = pd.DataFrame(table)
    find_consensus(frame, proba)
    pd.testing.assert_frame_equal(frame, pd.DataFrame(crowd()[0]))
