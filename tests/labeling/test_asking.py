"""Asking: in which order, how much of the budget, what is kept, and training out of fold."""

import numpy as np
import pytest
from ruled_texts import PEOPLE, TEXTS, N, numbered, rule
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from keraswrap.labeling import label_texts
from keraswrap.labeling._annotators import Annotator, read_annotators
from keraswrap.labeling._asking import Answers, Round, ask_all, train, warn_of_problems
from keraswrap.labeling._rows import read_rows
from keraswrap.llm import FakeLM, ZeroShotClassifier

CLASSES = np.array(["bad", "good"])


def round_of(texts, m=1, prices=(), max_cost=None):
    rows = read_rows(texts)
    return Round(rows, CLASSES, dict(prices), max_cost, Answers.none(len(texts), m, 2))


class Listening:
    """A function that keeps the texts of each call."""

    def __init__(self):
        self.calls = []

    def __call__(self, texts):
        self.calls.append(texts)
        return rule(texts)


@pytest.mark.parametrize("size", [1, 3, 50])
def test_people_s_rows_come_first_and_rows_without_a_text_never(size):
    texts = [*numbered(8), ""]
    first = np.isin(np.arange(9), [1, 4, 8])
    what, one, other = round_of(texts, 2), Listening(), Listening()
    ask_all(what, read_annotators(what.rows, {"a": one, "b": other}), first, size, seed=0)
    assert one.calls == other.calls
    assert [len(call) for call in one.calls] == [min(size, 8 - n) for n in range(0, 8, size)]
    asked = [text for call in one.calls for text in call]
    assert sorted(asked) == numbered(8)
    assert set(asked[:2]) == {"text 1", "text 4"}
    assert asked[2:] != [f"text {n}" for n in (0, 2, 3, 5, 6, 7)]
    assert what.answers.asked.tolist() == [[True, True]] * 8 + [[False, False]]
    again = round_of(texts, 2)
    same = Listening()
    ask_all(again, read_annotators(again.rows, {"a": same, "b": rule}), first, size, seed=0)
    assert same.calls == one.calls


@pytest.mark.parametrize("size", [1, 2, 7])
@pytest.mark.parametrize(
    ("price", "max_cost", "expected"), [(0.1, 0.3, 3), (0.1, 0.7, 7), (0.1, 0.29, 2), (0.3, 0, 0)]
)
def test_a_budget_is_spent_to_the_end_and_never_exceeded(size, price, max_cost, expected):
    what = round_of(TEXTS[:10], 1, {"rule": price}, max_cost)
    ask_all(what, read_annotators(what.rows, [rule]), np.zeros(10, bool), size, seed=0)
    assert what.answers.asked.sum() == expected
    assert what.answers.cost.sum() == pytest.approx(expected * price)
    assert what.answers.over_budget


def test_a_free_annotator_is_asked_on_when_the_budget_is_spent():
    what = round_of(TEXTS[:10], 2, {"dear": 1.0}, 4.0)
    by_name = {"dear": rule, "free": rule}
    ask_all(what, read_annotators(what.rows, by_name), np.zeros(10, bool), 2, seed=0)
    assert what.answers.asked.sum(axis=0).tolist() == [4, 10]
    assert what.answers.cost.sum(axis=0).tolist() == [4.0, 0.0]


def test_an_error_ends_asking_this_annotator_only():
    def broken(texts):
        raise ValueError("out of order")

    what = round_of(TEXTS[:4], 2)
    ask_all(what, read_annotators(what.rows, [broken, rule]), np.zeros(4, bool), 2, seed=0)
    assert what.answers.problems == {"broken": "ValueError: out of order"}
    assert what.answers.asked.sum(axis=0).tolist() == [0, 4]
    with pytest.warns(UserWarning, match="'broken' failed .* ValueError: out of order"):
        warn_of_problems(what.answers)


def test_labels_outside_the_classes_are_counted_over_all_parts():
    what = round_of(TEXTS[:10])
    odd = lambda texts: ["maybe" if text.endswith("1") else None for text in texts]  # noqa: E731
    ask_all(what, read_annotators(what.rows, {"odd": odd}), np.zeros(10, bool), 3, seed=0)
    assert what.answers.outside == {"odd": 2}
    assert np.isnan(what.answers.proba).all()


class Memory(ClassifierMixin, BaseEstimator):
    """Repeats the label that it has seen for a text, surely; else it has no idea."""

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        self.seen_ = dict(zip(X, y, strict=True))
        return self

    def predict_proba(self, X):
        known = [[float(self.seen_.get(text) == label) for label in self.classes_] for text in X]
        return np.where(np.sum(known, axis=1, keepdims=True) > 0, known, 0.5)


def test_a_fitted_label_is_never_predicted_for_its_own_row():
    texts = ["a", "a", "b", "b", "c", "d", ""]
    truth = np.array([1, 1, 0, 0, 1, -1, 1])
    folds = np.array([0, 1, 0, 1, 1, -1, 0])
    what = round_of(texts, 1, {"memory": 2.0})
    train(what, 0, Annotator("memory", "trained", Memory(), []), truth, folds)
    # Equal texts in other folds are known to it, "c" and "d" are not; the last has no text.
    sure = [[0.0, 1.0]] * 2 + [[1.0, 0.0]] * 2 + [[0.5, 0.5]] * 2
    assert what.answers.proba[:6, 0].tolist() == sure
    assert np.isnan(what.answers.proba[6]).all()
    assert what.answers.cost.ravel().tolist() == [2.0] * 6 + [0.0]
    assert not what.answers.problems


def test_a_fold_that_leaves_one_class_has_no_answer_and_an_error_leaves_none():
    truth, folds = np.array([1, 0, 0, -1]), np.array([0, 1, 1, -1])
    what = round_of(list("abcd"), 1)
    train(what, 0, Annotator("memory", "trained", Memory(), []), truth, folds)
    assert what.answers.asked.ravel().tolist() == [False, False, False, True]
    what = round_of(list("abcd"), 1)
    train(what, 0, Annotator("k", "trained", LogisticRegression(), []), truth, folds)
    assert what.answers.problems["k"].startswith("ValueError: ")
    assert np.isnan(what.answers.proba).all()


# All the way through label_texts


@pytest.mark.parametrize("progress", [True, False])
def test_a_bar_counts_the_rows_of_all_annotators_and_their_cost(capsys, progress):
    given = {"prices": {"rule": 0.01}, "progress": progress}
    label_texts(TEXTS, {"rule": rule, "other": rule}, PEOPLE, **given)
    told = capsys.readouterr().err
    assert ("400/400" in told, "cost 2" in told) == (progress, progress)


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
