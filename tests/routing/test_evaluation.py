"""The report, against counts by hand and scipy's intervals."""

import numpy as np
import pytest
from scipy import stats
from shop import FOREIGN, ROUTES, TEXTS, make_router, scope, words
from sklearn.metrics import confusion_matrix, precision_score, recall_score

from keraswrap.exceptions import InputError, InSampleWarning, ParameterError
from keraswrap.routing import Decision
from keraswrap.routing._evaluation import exact_interval, report_on

NEW = ["where is it", "my money back now", "open on friday", "shop order", "when is it", "refund"]
TRUTH = ["status", "refund", "hours", "status", "status", "refund"]


@pytest.fixture(scope="module")
def guarded(database):
    return make_router(database, out_of_scope=scope()).fit(TEXTS, ROUTES)


def drawn(n=200, seed=0):
    rng = np.random.default_rng(seed)
    names = ["a", "b", None]
    truth = [names[k] for k in rng.integers(0, 3, n)]
    taken = [names[k] for k in rng.integers(0, 3, n)]
    reasons = [
        None if t else ["unsure", "out of scope"][k]
        for t, k in zip(taken, rng.integers(0, 2, n), strict=True)
    ]
    return truth, [Decision(t, t or "a", 0.5, r) for t, r in zip(taken, reasons, strict=True)]


def test_figures_are_those_of_scikit_learn():
    truth, decisions = drawn()
    report = report_on(lambda _: decisions, [""] * 200, truth, np.zeros(200, bool), "ab", 0.9, True)
    right, taken = ([x or "-" for x in each] for each in (truth, [d.route for d in decisions]))
    frame, labels = report.to_frame(), ["a", "b", "-"]
    np.testing.assert_allclose(
        frame["recall"], recall_score(right, taken, labels=labels, average=None)
    )
    np.testing.assert_allclose(
        frame["precision"], precision_score(right, taken, labels=labels, average=None)
    )
    counts = report.confusion.to_numpy()
    merged = np.column_stack([counts[:, :2], counts[:, 2:].sum(axis=1)])
    np.testing.assert_array_equal(merged, confusion_matrix(right, taken, labels=labels))
    assert report.accuracy == pytest.approx(np.mean(np.array(right) == taken))
    answered = np.array(taken) != "-"
    assert report.answered == pytest.approx(answered.mean())
    assert report.error == pytest.approx(np.mean((np.array(right) != taken)[answered]))


@pytest.mark.parametrize(("hits", "n"), [(0, 5), (3, 7), (7, 7), (50, 99)])
def test_intervals_are_clopper_and_pearsons(hits, n):
    low, high = exact_interval(hits, n, 0.9)
    assert low == 0 if hits == 0 else np.isclose(stats.binom.sf(hits - 1, n, low), 0.05)
    assert high == 1 if hits == n else np.isclose(stats.binom.cdf(hits, n, high), 0.05)
    assert np.isnan(exact_interval(0, 0, 0.9)).all()


def test_out_of_scope_is_a_class_of_its_own(guarded):
    report = guarded.evaluate([*NEW, *FOREIGN], [*TRUTH, *[None] * 4])
    frame = report.to_frame()
    assert frame.index.tolist() == ["hours", "refund", "status", "(out of scope)"]
    assert frame["n"].tolist() == [1, 2, 3, 4]
    assert frame.loc["(out of scope)", "recall"] == 1
    assert (report.n_messages, report.n_seen, report.checked) == (10, 0, True)
    said = str(report)
    assert "10 messages:" in said
    assert "(out of scope)" in said
    assert "Intervals: 95%" in said


def test_rows_of_fit_are_left_out_and_said(guarded):
    seen = [" ".join(TEXTS[0].upper().split(" ")), f" {TEXTS[1]}  "]
    with pytest.warns(InSampleWarning, match="2 of 8 messages were in fit and are left out"):
        report = guarded.evaluate([*NEW, *seen], [*TRUTH, "status", "status"])
    assert (report.n_messages, report.n_seen) == (6, 2)
    assert "Left out since fit has seen them: 2 messages." in str(report)
    with pytest.raises(InputError, match="all of which it has"):
        guarded.evaluate(TEXTS, ROUTES)


def test_it_is_said_where_nobody_knows_what_was_fitted(database):
    router = make_router(database, classifier=words().fit(TEXTS, ROUTES))
    assert "is not known" in str(router.evaluate(TEXTS, ROUTES))


@pytest.mark.parametrize(
    ("texts", "truth", "level", "error", "said"),
    [
        (NEW, TRUTH[:-1], 0.95, InputError, "a route for each of 6 messages, got 5"),
        (NEW, [*TRUTH[:-1], "other"], 0.95, InputError, r"got \['other'\]"),
        (NEW, TRUTH, 95, ParameterError, "level between 0 and 1, got 95"),
        (NEW, TRUTH, float("nan"), ParameterError, "got nan"),
    ],
)
def test_bad_rows_are_refused(router, texts, truth, level, error, said):
    with pytest.raises(error, match=said):
        router.evaluate(texts, truth, level)
