"""Several annotators, against cleanlab's own numbers, plain numpy and published ones."""

import numpy as np
import pandas as pd
import pytest
from cleanlab.multiannotator import get_active_learning_scores, get_label_quality_multiannotator
from cleanlab.rank import get_label_quality_scores

from keraswrap.exceptions import InputError, InputTypeError, ParameterError
from keraswrap.issues.annotators import _agreement as agreement
from keraswrap.issues.annotators._consensus import find_consensus

NAN = np.nan


def crowd(n=60, m=5, k=3, gaps=0.4, seed=0):
    """Labels of annotators who are right four times in five, and probabilities as good."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(k, size=n)
    table = np.where(rng.random((n, m)) < 0.8, truth[:, None], rng.integers(k, size=(n, m)))
    table = np.where(rng.random((n, m)) < gaps, NAN, table)
    table[np.isnan(table).all(axis=1), 0] = 0
    proba = rng.dirichlet(np.ones(k), size=n)
    proba[np.arange(n), truth] += 1
    return table, proba / 2


# With probabilities: cleanlab's numbers


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


def test_a_column_of_probabilities_may_stand_for_a_class_that_nobody_named():
    table, proba = np.array([["a", "c"], ["c", "c"]]), np.full((2, 3), 1 / 3)
    assert find_consensus(table, proba, classes=["a", "b", "c"]).labels[1] == "c"
    with pytest.raises(InputError, match=r"3 columns and the labels .*Pass classes="):
        find_consensus(table, proba)


# Without probabilities: most votes


def test_majority_and_agreement_are_plain_counts():
    table, _ = crowd(gaps=0.2)
    found = find_consensus(table)
    for labels, code, share in zip(table, found.codes, found.agreement, strict=True):
        counts = np.bincount(labels[~np.isnan(labels)].astype(int), minlength=3)
        assert counts[code] == counts.max()
        assert share == counts.max() / counts.sum()
    assert found.method == "majority"
    assert found.quality.tolist() == found.agreement.tolist()


def test_a_tie_goes_to_those_who_agree_with_others():
    table = [["x", "x", "y"], ["x", "x", "y"], ["y", "y", "y"], [None, "x", "y"]]
    assert find_consensus(table).labels[3] == "x"
    assert any(note.endswith("as for another: 1.") for note in find_consensus(table).notes)


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


@pytest.mark.parametrize(
    ("table", "labels"),
    [
        ([[1, 1.0, None]], [1]),
        (pd.DataFrame({"a": [1, 2], "b": [1, None]}), [1, 2]),
        (pd.DataFrame({"a": ["é", pd.NA], "b": ["é", "ß"]}, dtype="string"), ["é", "ß"]),
        (np.array([[True, True, False]]), [True]),
        (pd.DataFrame({"a": ["x"]}, dtype="category"), ["x"]),
        ([["", "", "b"], ["a", "a", ""], ["", "", ""]], ["b", "a", None]),
    ],
)
def test_labels_of_any_kind(table, labels):
    assert find_consensus(table).labels.tolist() == labels


def test_one_class_is_agreed_on():
    found = find_consensus([["a", "a"], ["a", None]])
    assert found.quality.tolist() == [1, 1]
    assert np.isnan(found.alpha)


@pytest.mark.parametrize(
    ("table", "match"),
    [
        (["a", "b"], r"a table of shape \(n, m\)"),
        ([], "Pivot a long list"),
        ([[None, NAN, ""]], "every value in it is missing or empty"),
        ([["a", 1]], "labels of one kind"),
        (pd.DataFrame([[1, 2]], columns=["x", "x"]), r"got \['x'\] more than once"),
    ],
)
def test_tables_that_cannot_be_used(table, match):
    with pytest.raises(InputError, match=match):
        find_consensus(table)


def test_probabilities_must_fit_the_table():
    with pytest.raises(InputError, match="each row of the table, got 1 and 2 rows"):
        find_consensus([[0, 1], [1, 1]], [[0.5, 0.5]])
    with pytest.raises(InputError, match="sum to 1"):
        find_consensus([[0, 1]], [[0.5, 0.6]])


def test_the_table_is_left_as_it_was():
    table, proba = crowd()
    frame = pd.DataFrame(table)
    find_consensus(frame, proba)
    pd.testing.assert_frame_equal(frame, pd.DataFrame(crowd()[0]))


# A row for each label


@pytest.mark.parametrize("with_proba", [False, True])
def test_a_long_table_says_what_a_wide_one_does(with_proba):
    table, proba = crowd()
    wide = pd.DataFrame(table, index=[f"x{row}" for row in range(60)], columns=list("abcde"))
    wide.index.name, proba = "id", proba if with_proba else None
    long = wide.reset_index().melt("id", var_name="who", value_name="label").sort_values("label")
    long = pd.concat([wide.reset_index()[["id"]].assign(who="a", label=NAN), long, long[:3]])
    found = find_consensus(long, proba, long=("id", "who", "label"))
    expected = find_consensus(wide, proba)
    pd.testing.assert_frame_equal(found.to_frame(), expected.to_frame())
    mine = found.annotators.loc[list("abcde")]
    pd.testing.assert_frame_equal(mine, expected.annotators, check_names=False)
    assert found.alpha == expected.alpha


LONG = pd.DataFrame({"id": [1, 1, 2], "who": ["a", "a", "b"], "label": ["x", "y", "x"]})


@pytest.mark.parametrize(
    ("table", "long", "error", "match"),
    [
        (LONG, ("id", "who", "label"), InputError, "several of 1: 1 by a. Keep the one"),
        (LONG, ("id", "whom", "label"), InputError, "Did you mean 'who'"),
        (LONG, "id", ParameterError, "three columns as long="),
        ([["a"]], ("id", "who", "label"), InputTypeError, "a DataFrame with long=, got list"),
        (LONG.assign(who=None), ("id", "who", "label"), InputError, "got none in 3 rows"),
    ],
)
def test_long_tables_that_cannot_be_used(table, long, error, match):
    with pytest.raises(error, match=match):
        find_consensus(table, long=long)


# Agreement


def test_alpha_is_krippendorffs():
    # The example of "Computing Krippendorff's Alpha-Reliability" (2011), section C.
    rows = ["123321412...", "1233224125.3", ".3332342251.", "12332441251."]
    table = pd.DataFrame([list(row) for row in rows]).T.replace(".", None)
    assert find_consensus(table).alpha == pytest.approx(0.743, abs=5e-4)


def test_alpha_of_chance_is_near_zero():
    codes = np.random.default_rng(0).integers(2, size=(4000, 2))
    assert abs(agreement.krippendorff_alpha(agreement.count_votes(codes, 2))) < 0.05
