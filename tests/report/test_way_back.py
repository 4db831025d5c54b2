"""From a report to corrected labels to a better classifier, with keys pressed in a browser."""

import numpy as np
import pytest
from hostile import HOSTILE
from pages import cards, decided, export, shown
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline

from keraswrap.issues import apply_corrections, compare_refit, find_label_issues
from keraswrap.report import make_report

pytestmark = pytest.mark.browser
CLASSES = np.array(["angry", "bored", "calm"])
N, FLIPPED = 200, 45


def write_texts(codes, rng):
    """Write texts of eight words, half of them such as their class has."""
    own = rng.integers(30, size=(len(codes), 4))
    rest = rng.integers(30, size=(len(codes), 4))
    return [
        " ".join([f"{CLASSES[code]}{k}" for k in mine] + [f"word{k}" for k in others])
        for code, mine, others in zip(codes, own, rest, strict=True)
    ]


@pytest.fixture(scope="module")
def reviews():
    """Texts, labels of which some are wrong, the truth, and test rows."""
    rng = np.random.default_rng(0)
    codes = rng.integers(3, size=2 * N)
    texts, truth = write_texts(codes, rng), CLASSES[codes]
    texts[: len(HOSTILE)] = map(" ".join, zip(HOSTILE, texts, strict=False))
    given = truth[:N].copy()
    given[:FLIPPED] = CLASSES[(codes[:FLIPPED] + rng.integers(1, 3, FLIPPED)) % 3]
    return texts[:N], given, truth[:N], (texts[N:], truth[N:])


def decide(page, issues, truth, row):
    """Press what somebody would who knows the truth."""
    if truth[row] == issues.given[row]:
        page.keyboard.press("k")
    elif truth[row] == issues.suggested[row]:
        page.keyboard.press("a")
    else:
        relabel(page, truth[row])


def relabel(page, label):
    page.keyboard.press("r")
    page.keyboard.type(str(label))
    page.keyboard.press("Enter")


def press_cell(page, issues, row):
    """Filter by the cell of the heatmap that a row belongs to; give the rows."""
    pair = [issues.classes.tolist().index(of[row]) for of in (issues.given, issues.suggested)]
    page.locator(".cell[data-given='{}'][data-suggested='{}']".format(*pair)).click()
    rows = shown(page)
    assert {(issues.given[i], issues.suggested[i]) for i in rows} == {
        (issues.given[row], issues.suggested[row])
    }
    return rows


def test_labels_worked_off_in_the_page_make_a_better_classifier(
    reviews, open_page, pictures, tmp_path
):
    texts, given, truth, test = reviews
    finder = make_pipeline(CountVectorizer(), LogisticRegression())
    issues = find_label_issues(finder, texts, given, progress=False)
    make_report(issues, texts).save(tmp_path / "report.html")
    page = open_page(tmp_path / "report.html")
    suspected = shown(page)
    assert set(np.flatnonzero(issues.is_issue)) <= set(suspected)

    # One kind of mistake first, the worst of it by hand, taken back once.
    rows = press_cell(page, issues, suspected[0])
    relabel(page, truth[rows[0]])
    assert list(decided(page)) == rows[:1]
    page.keyboard.press("u")
    assert decided(page) == {}
    relabel(page, truth[rows[0]])
    for row in rows[1:]:
        decide(page, issues, truth, row)
    so_far = decided(page)
    assert sorted(so_far) == sorted(rows)

    # On another day the rest.
    page.reload()
    assert {row: action for row, action in decided(page).items() if row in rows} == so_far
    for place, (row, action) in enumerate(cards(page)):
        if not action:
            page.locator(f"#card-{place} h3").click()
            decide(page, issues, truth, row)
    assert len(decided(page)) == len(suspected)
    export(page, "json", tmp_path / "decisions.json")
    assert page.evaluate("window.harmed === undefined")
    assert [line for line in page.heard if not line.startswith(("file:", "blob:"))] == []

    # Data → classifier → report of what it was worth.
    corrected = apply_corrections((texts, given), tmp_path / "decisions.json")
    right = corrected.data[1] == truth
    assert right[suspected].all()
    assert (right == (given == truth))[~issues.is_issue].all()
    clf = make_pipeline(CountVectorizer(), KNeighborsClassifier(1))
    told = compare_refit(clf, (texts, given), test, corrected)
    assert told["after"] == clf.fit(*corrected.data).score(*test) > told["before"]
    assert told["interval"][0] > 0
    make_report(issues, texts, refit=told).save(tmp_path / "after.html")
    page = open_page(tmp_path / "after.html")
    panel = page.get_by_role("region", name="Before and after the refit")
    assert f"{told['after']:.4f}" in panel.inner_text()
    assert "a gain" in panel.inner_text()
    panel.screenshot(path=pictures / "report-refit.png")
