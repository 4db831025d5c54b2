"""CROWDLAB and ActiveLab, as cleanlab computes them."""

import numpy as np
import pandas as pd
import pytest
from annotator_crowd import crowd
from cleanlab.multiannotator import get_active_learning_scores, get_label_quality_multiannotator
from cleanlab.rank import get_label_quality_scores

from keraswrap.issues.annotators._consensus import find_consensus

NAN = np.nan


@pytest.mark.parametrize("seed", range(3))
def test_numbers_are_cleanlabs(seed, capsys):
    table, proba = crowd(seed=seed)
    found = find_consensus(table, proba)
    assert not capsys.readouterr().out
    theirs = get_label_quality_multiannotator(table, proba, verbose=False)
    rows, stats = theirs["label_quality"], theirs["annotator_stats"].sort_index()
    assert found.method == "crowdlab"
    np.testing.assert_array_equal(found.labels, rows["consensus_label"])
    np.testing.assert_allclose(found.quality, rows["consensus_quality_score"])
    np.testing.assert_allclose(found.agreement, rows["annotator_agreement"])
    np.testing.assert_allclose(found.annotators["quality"], stats["annotator_quality"])
    np.testing.assert_allclose(found.annotators["agreement"], stats["agreement_with_consensus"])
    np.testing.assert_array_equal(found.annotators["n_labels"], stats["num_examples_labeled"])
    np.testing.assert_allclose(found.scores, get_active_learning_scores(table, proba)[0])


def test_strings_and_names_change_no_number():
    table, proba = crowd()
    texts = pd.DataFrame(table).replace({0: "bad", 1: "good", 2: "mixed"})
    texts = texts.set_axis([f"r{i}" for i in range(60)]).set_axis([*"vwxyz"], axis=1)
    plain, found = find_consensus(table, proba), find_consensus(texts, proba)
    assert found.labels.tolist() == [["bad", "good", "mixed"][code] for code in plain.codes]
    np.testing.assert_array_equal(found.scores, plain.scores)
    assert found.to_frame().index.tolist() == texts.index.tolist()
    assert found.annotators.index.tolist() == [*"vwxyz"]


def test_rows_and_annotators_without_labels_stay_out_of_the_others_numbers():
    table, proba = crowd()
    wide = np.insert(np.insert(table, 7, NAN, axis=0), 2, NAN, axis=1)
    found = find_consensus(wide, np.insert(proba, 7, [0.6, 0.3, 0.1], axis=0))
    plain = find_consensus(table, proba)
    np.testing.assert_array_equal(np.delete(found.codes, 7), plain.codes)
    np.testing.assert_array_equal(np.delete(found.scores, 7), plain.scores)
    assert found.codes[7] == -1
    assert found.labels[7] is None
    assert np.isnan(found.quality[7])
    unlabeled = get_active_learning_scores(table, proba, np.array([[0.6, 0.3, 0.1]]))[1]
    assert found.scores[7] == unlabeled[0]
    assert np.isnan(found.annotators["quality"][2])
    assert found.annotators["n_labels"][2] == 0
    assert "Annotators without a label: [2]." in found.notes
    assert len(found.to_y()) == 60
    assert 7 not in found.to_y().index


@pytest.mark.parametrize("m", [1, 3])
def test_one_label_a_row_is_scored_by_its_probability(m):
    _, proba = crowd(n=30)
    given = proba.argmax(axis=1)
    given[:5] = (given[:5] + 1) % 3
    table = np.where(np.arange(m) == np.arange(30)[:, None] % m, given[:, None], NAN)
    found = find_consensus(table, proba)
    assert found.method == "single"
    assert found.labels.tolist() == given.tolist()
    quality = get_label_quality_scores(given, proba)
    np.testing.assert_allclose(found.quality, quality)
    np.testing.assert_allclose(found.annotators["quality"][0], quality[::m].mean())
    np.testing.assert_allclose(found.scores, get_active_learning_scores(table, proba)[0])


@pytest.mark.parametrize("rest", [[], [[0, 0, 0], [1, 1, 1]]], ids=["all tied", "one tied"])
def test_a_tie_that_nothing_breaks_leaves_numpys_generator_alone(rest):
    table = np.array([[0, 1, NAN], [1, 0, NAN], *rest])
    proba = np.full((len(table), 2), 0.5)
    np.random.seed(3)
    before = np.random.get_state()[1].tolist()
    first, second = find_consensus(table, proba), find_consensus(table, proba)
    assert np.random.get_state()[1].tolist() == before
    assert first.labels.tolist() == second.labels.tolist()
    np.testing.assert_allclose(first.quality[:2], 0.5, atol=1e-9)
