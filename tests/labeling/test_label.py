"""Labels by annotators: the trap of shared mistakes, bad annotators, budgets, bad input."""

import warnings

import numpy as np
import pandas as pd
import pytest
from label_draws import LETTERS, dawid_skene, trapped
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from keraswrap.exceptions import (
    InputError,
    InputTypeError,
    LabelVariantsWarning,
    ParameterError,
)
from keraswrap.labeling import LabelingSettings, label_texts
from keraswrap.llm import FakeLM, ZeroShotClassifier

N = 200
TEXTS = [f"{word} {n}" for n in range(N // 2) for word in ("fine", "broke")]
PEOPLE = ["good", "bad"] * (N // 4) + [None] * (N // 2)


def rule(texts):
    return ["good" if "fine" in text else "bad" for text in texts]


def numbered(n):
    return [f"text {i}" for i in range(n)]


@pytest.mark.parametrize("progress", [True, False])
def test_a_bar_counts_the_rows_of_all_annotators_and_their_cost(capsys, progress):
    given = {"prices": {"rule": 0.01}, "progress": progress}
    label_texts(TEXTS, {"rule": rule, "other": rule}, PEOPLE, **given)
    told = capsys.readouterr().err
    assert ("400/400" in told, "cost 2" in told) == (progress, progress)


@pytest.fixture(scope="module")
def cautious():
    return [(trapped(seed), label_trapped(seed)) for seed in range(5)]


def label_trapped(seed):
    truth, models, person = trapped(seed)
    by_name = {f"model {n}": column for n, column in enumerate(models.T)}
    return label_texts(numbered(len(truth)), by_name, person)


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


def test_a_classifier_learns_from_people_out_of_fold():
    words = make_pipeline(TfidfVectorizer(), LogisticRegression())
    rng = np.random.default_rng(0)
    noise = np.where(np.arange(N) < 120, rng.permutation(["good", "bad"] * (N // 2)), None)
    table = label_texts(numbered(N), {"words": words}, noise)
    assert table.annotators["kind"].tolist() == ["trained"]
    assert (
        table.annotators["high"].tolist()[0] < 0.75
    )  # it could repeat every label that it has seen
    assert label_texts(TEXTS, {"words": words}, PEOPLE).label.tolist() == rule(TEXTS)


@pytest.mark.parametrize("kind", [int, bool])
def test_a_language_model_answers_labels_that_are_no_texts(kind):
    model = FakeLM({str(kind(0)): ["broke"], str(kind(1)): ["fine"]})
    people = [kind(label == "good") if label else None for label in PEOPLE]
    table = label_texts(TEXTS, [ZeroShotClassifier(model=model)], people)
    assert table.label.tolist() == [kind("fine" in text) for text in TEXTS]


def test_scores_do_not_pass_for_probabilities():
    def logits(texts):
        return np.array([[-1.0, 2.0] if "fine" in text else [2.0, -1.0] for text in texts])

    with pytest.warns(UserWarning, match="probabilities of annotator 'logits' from 0 on, got -1"):
        table = label_texts(TEXTS, [logits], PEOPLE)
    assert table.annotators["n_answers"].tolist() == [0]
    assert table.acceptance.reason.startswith("No random row was asked about in full")


def test_prompts_of_one_model_are_a_family():
    model = FakeLM({"good": ["fine"], "bad": ["broke"]})
    prompts = {name: ZeroShotClassifier(model=model, prompt=f"{name} {{text}}") for name in "ab"}
    table = label_texts(TEXTS, {**prompts, "rule": rule}, PEOPLE)
    assert table.annotators["family"].tolist() == [0, 0, 1]
    alone = label_texts(TEXTS, prompts, PEOPLE, families={"a": "x"})
    assert alone.annotators["family"].tolist() == [0, 1]
    assert table.annotators["kind"].tolist() == ["language model", "language model", "function"]


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


def test_what_was_said_before_a_failure_is_kept():
    calls = []

    def falls_over(texts):
        calls.extend(texts)
        if len(calls) > 120:
            raise OSError("out of reach")
        return rule(texts)

    with pytest.warns(UserWarning, match="'falls_over' failed.*out of reach"):
        table = label_texts(TEXTS, [falls_over], PEOPLE, batch_size=20)
    assert table.annotators["n_answers"].tolist() == [120]
    assert len(calls) == 140
    assert (table.source == "machine").sum() == 20
    assert (table.why == "annotator failed").sum() == 80
    with pytest.warns(UserWarning, match="failed"):
        both = label_texts(TEXTS, {"other": falls_over, "rule": rule}, PEOPLE)
    assert both.label.tolist() == rule(TEXTS)
    assert both.annotators["weight"]["other"] == 0


# Costs


def test_a_budget_leaves_rows_open_and_asks_people_s_rows_first():
    given = {"prices": {"rule": 0.01, "people": 1.0}, "batch_size": 10, "max_cost": 1.5}
    table = label_texts(TEXTS, [rule], PEOPLE, **given)
    assert table.annotators["n_answers"].tolist() == [150]
    assert table.answers["rule"][: N // 2].notna().all()
    assert (table.why == "budget").sum() == 50
    assert table.cost.sum() == pytest.approx(101.5)
    assert table.annotators["cost_per_right"].tolist() == [pytest.approx(0.01)]
    # Those that it paid for are not the first ones.
    assert table.open[N // 2 : 150].any()


@pytest.mark.parametrize("annotator", [rule, rule(TEXTS)])
def test_a_budget_is_spent_to_the_end_whatever_the_size_of_parts(annotator):
    table = label_texts(TEXTS, {"one": annotator}, PEOPLE, max_cost=1.135, prices={"one": 0.01})
    assert table.annotators["n_answers"].tolist() == [113]
    assert (table.why == "budget").sum() == 87


def test_a_language_model_stops_at_the_budget_and_is_not_asked_twice():
    model = FakeLM({"good": ["fine"], "bad": ["broke"]}, prices=(1.0, 1.0))
    said = ZeroShotClassifier(model=model).fit(None, ["good", "bad"])
    whole = said.estimate(TEXTS).cost
    table = label_texts(TEXTS, {"lm": said}, PEOPLE, max_cost=0.7 * whole, batch_size=10)
    assert 0 < (table.why == "budget").sum() < N // 2
    assert table.cost.sum() == pytest.approx(said.cost_)
    assert said.cost_ <= 0.7 * whole
    asked = len(model.calls)
    more = label_texts(TEXTS, {"lm": said}, PEOPLE)
    assert not more.open.any()
    assert len(model.calls) == N > asked


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


def test_an_audit_that_is_no_random_sample_is_told_of():
    sure = np.where(np.arange(N) < N // 2, 0.99, 0.6) + np.linspace(0, 0.005, N)
    proba = np.column_stack([sure, 1 - sure])
    with pytest.warns(UserWarning, match="no random sample of the rows, or it was fitted on them"):
        label_texts(TEXTS, {"seen": proba}, PEOPLE)


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


def test_a_table_is_frozen_repeats_itself_and_says_how_it_was_made():
    first, second = (label_trapped(0) for _ in range(2))
    assert np.array_equal(first.class_proba, second.class_proba)
    assert repr(first) == "LabelTable(2,000 rows: 288 by people, 0 by machine, 1,712 open)"
    with pytest.raises(AttributeError, match="cannot assign"):
        first.codes = first.codes
    with pytest.raises(ValueError, match="read-only"):
        first.codes[0] = 0
    assert first.provenance["seed"] == 0
    assert first.provenance["versions"]["scipy"]
    assert first.provenance["settings"]["target_error"] == 0.05
    assert LabelingSettings(random_state=3).random_state == 3


def test_annotators_do_not_stand_in_for_columns_of_the_table():
    wrong = ["bad"] * N
    named = {"label": wrong, "people: ann": wrong, "rule": rule}
    table = label_texts(TEXTS, named, pd.DataFrame({"ann": PEOPLE}))
    frame = table.to_pandas()
    assert frame["label"].tolist() == table.label.tolist() != wrong
    assert frame["people: ann"].tolist() == PEOPLE
    assert frame["annotator: label"].tolist() == frame["annotator: people: ann"].tolist() == wrong
    assert frame["rule"].tolist() == rule(TEXTS)


def test_no_warning_comes_of_a_plain_run():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        table = label_texts(TEXTS, [rule], PEOPLE)
    assert table.suggested.tolist() == rule(TEXTS)
