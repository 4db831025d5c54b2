"""Labels by annotators: the trap of shared mistakes, bad annotators, budgets, bad input."""

import warnings

import numpy as np
import pandas as pd
import pytest
from label_draws import LETTERS, dawid_skene, label_trapped, trapped
from ruled_texts import PEOPLE, TEXTS, N, rule

from keraswrap.exceptions import (
    InputError,
    InputTypeError,
    LabelVariantsWarning,
    ParameterError,
)
from keraswrap.labeling import label_texts


@pytest.fixture(scope="module")
def cautious():
    return [(trapped(seed), label_trapped(seed)) for seed in range(5)]


def test_models_that_err_together_do_not_outvote_people(cautious):
    for (truth, models, person), table in cautious:
        codes = np.stack([np.searchsorted(LETTERS, column) for column in models.T], axis=1)
        known = pd.notna(person)
        said = np.where(known, np.searchsorted(LETTERS, np.where(known, person, "a")), -1)
        fooled = dawid_skene(np.column_stack([codes, said]), 3)
        right = LETTERS[fooled.argmax(axis=1)] == truth
        assert fooled.max(axis=1).mean() > right.mean() + 0.2
        assert abs(np.mean(table.proba) - np.mean(table.suggested == truth)) < 0.08
        assert set(table.source) == {"people", None}


def test_the_stated_accuracy_is_that_on_random_rows(cautious):
    inside = 0
    for (truth, models, _), table in cautious:
        assert table.annotators["family"].nunique() == 1
        # People are right in 95% of rows, and their mistakes count against the models.
        exact = 0.95 * (models == truth[:, None]).mean(axis=0) + 0.05 * 0.3 / 2
        low, high = table.annotators[["low", "high"]].to_numpy().T
        inside += ((low <= exact) & (exact <= high)).sum()
    assert inside >= 12  # of 15 intervals of 90%, which depend on each other


def test_what_the_audit_confirms_is_accepted():
    table = label_texts(TEXTS, [rule], PEOPLE)
    assert table.label.tolist() == rule(TEXTS)
    assert (table.source[: N // 2] == "people").all()
    assert (table.source[N // 2 :] == "machine").all()
    assert table.acceptance.error_bound <= 0.05
    assert table.annotators.loc["rule", ["n_judged", "accuracy"]].tolist() == [100, 1.0]


@pytest.mark.parametrize("people", [None, [None] * N, pd.DataFrame({"ann": [np.nan] * N})])
def test_without_people_everything_is_open(people):
    table = label_texts(TEXTS, {"rule": rule}, people, classes=["bad", "good"])
    assert set(table.why) == {"not measured"}
    assert table.suggested.tolist() == rule(TEXTS)
    assert np.isnan(table.accuracy[0])


def test_chosen_rows_teach_and_do_not_measure():
    audit = np.arange(N) < 40
    table = label_texts(TEXTS, [rule], PEOPLE, audit=audit)
    assert table.acceptance.n_audit == 40
    assert table.annotators["n_judged"].tolist() == [40]
    assert set(table.why[N // 2 :]) == {"not sure enough"}
    with pytest.raises(InputError, match="people's labels of all rows in audit"):
        label_texts(TEXTS, [rule], PEOPLE, audit=np.ones(N, bool))
    with pytest.raises(InputError, match="True or False for each of 200 rows"):
        label_texts(TEXTS, [rule], PEOPLE, audit=np.arange(N))


# Annotators that are no help


def test_whoever_abstains_or_disagrees_loses_the_vote():
    against = lambda texts: ["bad" if one == "good" else "good" for one in rule(texts)]  # noqa: E731
    silent = lambda texts: [None] * len(texts)  # noqa: E731
    foreign = lambda texts: ["maybe"] * len(texts)  # noqa: E731
    by_name = {"rule": rule, "against": against, "silent": silent, "foreign": foreign}
    table = label_texts(TEXTS, by_name, PEOPLE)
    assert table.label.tolist() == rule(TEXTS)
    assert table.annotators["weight"][["against", "silent", "foreign"]].tolist() == [0, 0, 0]
    assert any("'foreign' gave 200 labels" in note for note in table.notes)
    assert any("without an answer: ['silent', 'foreign']" in note for note in table.notes)
    with pytest.warns(UserWarning, match="failed"):
        nobody = label_texts(TEXTS, [lambda texts: [{}] * 3], PEOPLE)
    assert set(nobody.why[N // 2 :]) == {"annotator failed"}


# Costs


# Rows


def test_rows_are_matched_by_index_and_missing_texts_left_open():
    index = [f"r{n}" for n in range(N)]
    X = pd.Series(TEXTS, index)
    people = pd.DataFrame({"ann": PEOPLE}, index).sample(frac=1, random_state=0)
    table = label_texts(X, {"rule": pd.Series(rule(TEXTS), index)[::-1]}, people)
    assert table.label.tolist() == rule(TEXTS)
    gaps = label_texts(X.where(X.index != "r150", None), [rule], people)
    assert gaps.to_pandas().loc["r150", ["label", "why"]].tolist() == [None, "no text"]


def test_labels_that_differ_in_form_only_are_told_of():
    people = [label and label.upper() + " " for label in PEOPLE]
    with pytest.warns(LabelVariantsWarning, match=r"\[\['GOOD ', 'good'\]\]"):
        label_texts(TEXTS, {"all": ["good"] * N}, people)


def test_people_who_disagree_leave_a_row_open():
    people = pd.DataFrame({"ann": PEOPLE, "bob": PEOPLE})
    people.loc[0, "bob"] = "bad"
    table = label_texts(TEXTS, [rule], people)
    assert (table.codes[0], table.why[0]) == (-1, "people disagree")
    assert table.acceptance.n_wrong == 1


@pytest.mark.parametrize(
    ("given", "error", "match"),
    [
        ({"annotators": []}, InputError, "Expected annotators, got none"),
        ({"annotators": [3]}, InputTypeError, "Expected annotator 'int' to be a classifier"),
        ({"annotators": rule}, InputTypeError, "annotators as a list"),
        ({"annotators": {"people": rule}}, InputError, "none of them 'people'"),
        ({"annotators": [["good"] * 3]}, InputError, "for 200 rows, as X has, got 3"),
        (
            {"annotators": {"one": pd.DataFrame({"label": rule(TEXTS)})}},
            InputError,
            r"other values in \['label'\]. Pass a column of labels as a Series",
        ),
        ({"people": ["good"] * N}, InputError, "at least two classes"),
        ({"people": PEOPLE[:-1]}, InputError, "for 200 rows, as X has, got 199"),
        ({"classes": ["good", "fine"]}, InputError, r"got \['bad'\]"),
        (
            {"X": pd.Series(TEXTS), "people": pd.Series(PEOPLE, range(N - 1, -1, -1))},
            InputError,
            "which is ambiguous",
        ),
        ({"X": pd.DataFrame({"a": TEXTS, "b": TEXTS})}, InputError, "one column of texts"),
        ({"X": pd.Series(TEXTS, [0] * N)}, InputError, "names each row once"),
        ({"target_error": 0}, ParameterError, "target_error to be a number between"),
        ({"confidence": 1}, ParameterError, "confidence to be a number between"),
        ({"max_cost": -1}, ParameterError, "max_cost"),
        ({"promise": "none"}, ParameterError, "promise to be one of"),
        ({"prices": {"rule": -1}}, ParameterError, "prices as finite numbers"),
        ({"prices": {"rule": np.inf}}, ParameterError, "prices as finite numbers"),
        ({"prices": [1]}, ParameterError, "Expected prices as a dict by the names"),
        ({"families": [1]}, ParameterError, "Expected families as a dict by the names"),
        ({"prices": {"other": 1}}, InputError, "Expected prices of the annotators"),
        ({"cv": 1}, ParameterError, "cv as a whole number"),
        ({"progress": "yes"}, ParameterError, "Expected progress as a bool or None"),
        ({"batchsize": 1}, ParameterError, "Did you mean 'batch_size'"),
    ],
)
def test_what_cannot_be_used_is_refused_before_anybody_is_asked(given, error, match):
    asked = []
    whole = {"X": TEXTS, "annotators": {"rule": asked.append}, "people": PEOPLE, **given}
    with pytest.raises(error, match=match):
        label_texts(**whole)
    assert not asked


def test_no_warning_comes_of_a_plain_run():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        table = label_texts(TEXTS, [rule], PEOPLE)
    assert table.suggested.tolist() == rule(TEXTS)
