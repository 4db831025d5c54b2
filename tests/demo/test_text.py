"""A finished run as text."""

import dataclasses
import re

import numpy as np
import pandas as pd
import pytest

from keraswrap.demo import format_report
from keraswrap.demo._result import DemoResult


def test_the_report_has_all_that_was_asked_for(result):
    report = format_report(result)
    assert "batch_size=8, epochs=10" in report
    assert f"{result.before:.3f} as given, {result.after:.3f} without" in report
    share = result.precision[10]
    assert re.search(rf"first  10 +{round(share * 10)}, {share:.0%} \(", report)
    assert f"({result.noise:.1%} of all labels are wrong)" in report
    ours, theirs = result.found_alone(50)
    assert f"only keraswrap lists {ours} of the errors, and only cleanlab {theirs} (p = " in report
    assert report.count("suggested") == 10
    assert str(result.files[0]) in report


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        (9, 1, "Pruning helped: 9"),
        (1, 9, "Pruning did harm here: 1"),
        (8, 2, "No difference that 60 rows could show: 8"),
        (0, 0, "No difference that 60 rows could show: 0"),
    ],
)
def test_the_report_says_whether_pruning_helped(result, right, wrong, said):
    changed = dataclasses.replace(result, newly_right=right, newly_wrong=wrong)
    assert said in format_report(changed)


def test_the_report_claims_no_precision_where_the_truth_is_unknown(result):
    unknown = dataclasses.replace(result, issues=result.issues.drop(columns="truth"))
    assert isinstance(unknown, DemoResult)
    assert unknown.noise is None
    assert "Real errors" not in format_report(unknown)


def test_no_text_can_drive_the_terminal(result):
    evil = result.issues.assign(text="a\x1b[2J\x07\r\nb\u202ec\x9b", given="\x1bx")
    report = format_report(dataclasses.replace(result, issues=evil))
    assert not set("\x1b\x07\r\u202e\x9b") & set(report)
    assert "a[2J bc" in report


def test_errors_that_one_list_alone_has_are_counted(result):
    rng = np.random.default_rng(0)
    wrong, quality = rng.random(90) < 0.3, rng.random(90)
    table = pd.DataFrame({"given": 0, "truth": wrong.astype(int), "cleanlab": quality})
    made = dataclasses.replace(result, issues=table)
    theirs = set(np.argsort(quality)[:20])
    alone = [row for row in range(20) if wrong[row] and row not in theirs]
    assert made.found_alone(20) == (
        len(alone),
        sum(bool(wrong[row]) for row in theirs - set(range(20))),
    )
    assert made.cleanlab_precision[10] == wrong[np.argsort(quality)[:10]].mean()
