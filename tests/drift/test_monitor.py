"""A monitor says what moved, what did not, and what it cannot tell."""

import numpy as np
import pandas as pd
import pytest
from drift_rows import linear_classifier, numbers, texts
from sklearn.datasets import load_digits
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from keraswrap.drift import DriftMonitor
from keraswrap.exceptions import InputError, InSampleWarning, ParameterError

OPEN = "cannot be told without labels"


def answers(report):
    return tuple(one.answer for one in report.statements)


@pytest.fixture(scope="module")
def monitor():
    return DriftMonitor(linear_classifier(), n_bootstrap=50).fit(*numbers(600, 1))


@pytest.fixture(scope="module")
def of_texts():
    clf = make_pipeline(CountVectorizer(), LogisticRegression()).fit(*texts(300, 9))
    return DriftMonitor(clf, n_bootstrap=50, random_state=3).fit(*texts(300, 1))


@pytest.mark.parametrize(
    ("new", "labeled", "said"),
    [
        ({}, False, ("no sign", "no sign", OPEN)),
        ({}, True, ("no sign", "no sign", "no sign")),
        ({"shares": 0.8}, False, ("yes", "yes", OPEN)),
        ({"shares": 0.8}, True, ("yes", "yes", "no sign")),
        ({"shift": 1.5}, False, ("yes", OPEN, OPEN)),
        ({"shift": 1.5}, True, ("yes", "no sign", "yes")),
    ],
)
def test_what_moved_is_told_apart(monitor, new, labeled, said):
    X, y = numbers(600, 2, **new)
    assert answers(monitor.check(X, y if labeled else None)) == said


def test_changed_labels_show_with_labels_alone(monitor):
    X, y = numbers(600, 2)
    flipped = np.where(np.arange(600) % 4 == 0, 1 - y, y)
    assert answers(monitor.check(X))[2] == OPEN
    assert answers(monitor.check(X, flipped)) == ("no sign", "no sign", "yes")


def test_only_labeled_rows_are_judged(monitor):
    X, y = numbers(600, 2)
    some = [label if row % 3 == 0 else None for row, label in enumerate(y)]
    found = monitor.check(X, some).accuracy
    right = monitor.estimator.predict(X[::3]) == y[::3]
    assert (found.n_labeled, found.real) == (200, right.mean())


def test_texts_with_other_words_are_told_by_words(of_texts):
    found = of_texts.check(texts(200, 5, extra="unheard zzz ")[0])
    assert found.inputs_moved.answer == "yes"
    assert "unseen words" in found.inputs_moved.reason
    assert found.rows[0].text.startswith("unheard zzz")


def test_the_same_seed_gives_the_same_report(of_texts):
    new = texts(60, 5)[0]
    assert of_texts.check(new).summary() == of_texts.check(new).summary()


def test_empty_texts_are_a_fact(of_texts):
    found = of_texts.check(["", None, *texts(98, 5)[0]] + [" "] * 40)
    assert "empty" in [fact.name for fact in found.facts if fact.p_value < 0.01]


@pytest.mark.parametrize("missing", [[None] * 40, np.full(40, np.nan), pd.Series([pd.NA] * 40)])
def test_texts_that_are_all_missing_are_empty(of_texts, missing):
    assert str(of_texts.check(missing)) == str(of_texts.check([""] * 40))


def test_probabilities_that_are_there_need_no_model(monitor):
    X, y = numbers(300, 2)
    proba = monitor.estimator.predict_proba(X)
    without = DriftMonitor(None, n_bootstrap=50).fit(X, y, proba=proba, classes=[0, 1])
    assert without.check(X[:100], proba=proba[:100]).n_new == 100
    with pytest.raises(InputError, match="Expected proba= for a monitor without an estimator"):
        without.check(X)


def test_more_rows_than_allowed_are_sampled(monitor):
    few = DriftMonitor(monitor.estimator, max_rows=100).fit(*numbers(300, 1))
    found = few.check(*numbers(250, 2))
    assert (found.n_reference, found.n_new, found.n_compared) == (100, 250, 100)
    assert found.accuracy.n_labeled == 250


def test_vectors_are_compared_instead_of_words():
    new, y = texts(100, 5)
    proba = np.full((100, 2), 0.5)
    vectors = np.random.default_rng(0).normal(size=(200, 5))
    vectors[100:] += 1
    made = DriftMonitor(None, n_bootstrap=50).fit(
        new, y, vectors=vectors[:100], proba=proba, classes=["bad", "good"]
    )
    found = made.check(new, vectors=vectors[100:], proba=proba)
    assert next(test for test in found.tests if test.name == "vectors").auc > 0.9
    with pytest.raises(InputError, match="Expected vectors= of the new rows, as in fit"):
        made.check(new, proba=proba)


def test_few_rows_are_too_few_to_see_no_sign(monitor):
    found = monitor.check(numbers(12, 2)[0])
    assert answers(found) == ("too few rows", "too few rows", OPEN)
    assert found.shares == ()
    told = str(monitor.check(*numbers(12, 2)))
    assert "are as those of the reference; too few new rows to say more." in told
    assert answers(monitor.check(numbers(12, 2, shift=4)[0]))[0] == "yes"


@pytest.mark.parametrize("new", [np.zeros((50, 4)), numbers(300, 4, shares=1.0)[0]])
def test_rows_that_are_all_alike_or_of_one_class_are_compared(monitor, new):
    assert answers(monitor.check(new))[0] == "yes"


def test_labels_of_no_class_count_as_wrong(monitor):
    X, y = numbers(100, 2)
    found = monitor.check(X, np.where(np.arange(100) < 50, 7, y))
    assert answers(found)[1:] == ("yes", "yes")
    assert "50 labels of no class of the model" in str(found)


def test_gaps_and_levels_of_tables_are_compared():
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"age": rng.normal(size=400), "city": rng.choice(["Rome", "Oslo"], 400)})
    proba = np.full((400, 2), 0.5)
    made = DriftMonitor(None, n_bootstrap=50).fit(table, [0, 1] * 200, proba=proba, classes=[0, 1])
    new = table.sample(frac=1, random_state=0).assign(
        age=np.where(np.arange(400) % 4, table.age, np.nan)
    )
    found = made.check(new, proba=proba)
    assert (answers(found)[0], found.facts[0].name) == ("yes", "age missing")
    with pytest.raises(InputError, match="Expected the columns of the reference, got 1 missing"):
        made.check(new.rename(columns={"age": "years"}), proba=proba)


def test_seen_rows_are_warned_of():
    X, y = numbers(100, 1)
    sure = np.eye(2)[y]
    with pytest.warns(InSampleWarning, match="pass rows that were held out"):
        DriftMonitor(None, n_bootstrap=50).fit(X, y, proba=sure, classes=[0, 1])


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"X": []}, InputError, "at least one row"),
        ({"X": [[0.0] * 4] * 10, "y": [0] * 10}, InputError, "at least 30 reference rows"),
        ({"y": [0] * 59}, InputError, "Expected a label for each of 60 rows, got 59"),
        ({"y": [None] * 60}, InputError, "got none in 60 rows, the first in row 0"),
        ({"y": ["no"] * 60}, InputError, "Expected labels among the classes"),
        ({"y": [1] * 60}, InputError, r"at least two classes, got \[1\] alone"),
        ({"alpha": 0}, ParameterError, "Expected alpha as a probability"),
        ({"n_checks": 0.5}, ParameterError, "Expected n_checks as a whole number"),
        ({"encoder": 3}, InputError, "Expected encoder as 'words'"),
        ({"estimator": object()}, InputError, "Expected a fitted classifier with predict_proba"),
        ({"estimator": LogisticRegression()}, NotFittedError, "not fitted"),
        ({"proba": np.full((60, 2), np.nan)}, InputError, "finite probabilities"),
        ({"proba": np.full((60, 2), 0.9)}, InputError, "sum to 1"),
        ({"proba": np.full((60, 3), 1 / 3)}, InputError, r"shape \(60, 2\)"),
        ({"vectors": np.zeros((3, 2))}, InputError, r"vectors of shape \(60, d\)"),
    ],
)
def test_what_cannot_be_used_is_refused(change, error, message):
    X, y = numbers(60, 1)
    told = {"X": X, "y": y, "estimator": linear_classifier()} | change
    params = {k: told.pop(k) for k in ("estimator", "alpha", "n_checks", "encoder") if k in told}
    with pytest.raises(error, match=message):
        DriftMonitor(**params).fit(**told)


def test_a_check_comes_after_fit():
    with pytest.raises(NotFittedError, match="not fitted"):
        DriftMonitor(linear_classifier()).check([[0.0] * 4])


@pytest.mark.parametrize(
    ("X", "message"),
    [(["a text"] * 40, "Expected table as in fit, got texts"), (np.zeros((40, 3)), "1 missing")],
)
def test_rows_of_another_kind_are_refused(monitor, X, message):
    with pytest.raises(InputError, match=message):
        monitor.check(X)


def test_checks_share_the_level(monitor):
    X, _ = numbers(600, 2, shift=0.2)
    many = DriftMonitor(monitor.estimator, n_bootstrap=50, n_checks=50).fit(*numbers(600, 1))
    assert answers(monitor.check(X))[0] == "yes"
    assert answers(many.check(X))[0] == "no sign"
    assert answers(many.check(X + 1))[0] == "yes"


@pytest.fixture(scope="module")
def digits():
    """Rows that a classifier has not seen, their labels, and what it says of them."""
    X, y = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(y))
    seen, rest = order[:500], order[500:]
    model = LogisticRegression(C=0.01, max_iter=500).fit(X[seen], y[seen])
    return X[rest], y[rest], model.predict_proba(X[rest])


@pytest.mark.slow
def test_expected_accuracy_is_the_true_one_and_intervals_hold(digits):
    gaps, held, shares = [], [], []
    for seed in range(30):
        order = np.random.default_rng(seed).permutation(len(digits[1]))
        (X, y, proba), (X_new, y_new, said) = (
            [part[rows] for part in digits] for rows in (order[:200], order[200:400])
        )
        monitor = DriftMonitor(None, encoder=None, n_bootstrap=100)
        monitor.fit(X, y, proba=proba, classes=np.arange(10))
        found = monitor.check(X_new, proba=said)
        right, told = (said.argmax(axis=1) == y_new).mean(), found.accuracy
        gaps.append(told.expected - right)
        held.append(told.expected_low <= right <= told.expected_high)
        shares += [one.low <= (y_new == one.label).mean() <= one.high for one in found.shares]
    assert abs(np.mean(gaps)) < 0.006
    assert np.mean(held) >= 0.9
    assert np.mean(shares) >= 0.95


def test_a_class_that_seems_missing_may_have_some_rows():
    proba = np.array([[0.98, 0.01, 0.01], [0.01, 0.98, 0.01], [0.01, 0.01, 0.98]])
    said, rows = np.arange(90) % 3, np.zeros((90, 1))
    y = np.where(np.arange(90) % 10 == 0, (said + 1) % 3, said)
    monitor = DriftMonitor(None, encoder=None).fit(rows, y, proba=proba[said], classes=range(3))
    shares = monitor.check(rows[:40], proba=proba[said[:40] % 2]).shares
    assert shares[2].new < 0.01
    assert shares[2].high > 3 / 40
