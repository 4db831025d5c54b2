"""Each answer has a reason that says what it rests on."""

from dataclasses import replace

import numpy as np
import pytest

from keraswrap.drift._compare import Comparison
from keraswrap.drift._facts import Fact
from keraswrap.drift._reasons import explain
from keraswrap.drift._results import NO_SIGN, OPEN, TOO_FEW, YES, Accuracy, ClassShare, DriftTest
from keraswrap.drift._verdict import correct

NAMES = ("inputs_moved", "shares_moved", "model_fails")
ACCURACY = Accuracy(0.9, 0.8, 0.95, 0.7, 0.6, 0.8, None, None, None, 0, None)
LABELED = replace(ACCURACY, real=0.75, real_low=0.6, real_high=0.85, n_labeled=1200)
SHARES = (ClassShare("a", 0.5, 0.45, 0.4, 0.5, 0.8), ClassShare("b", 0.5, 0.54, 0.5, 0.6, 0.3))


def reasons(*answers, p=0.9, labels=None, mixed=0.5, shares=SHARES, accuracy=ACCURACY):
    tests = [
        DriftTest("outputs", "inputs_moved", 0.75, 0.6, 0.9, p, 1.0),
        DriftTest("facts", "inputs_moved", None, None, None, p, 1.0),
        DriftTest("mean outputs", "shares_moved", None, None, None, p, 1.0),
    ]
    if labels is not None:
        tests.append(DriftTest("labels", "shares_moved", None, None, None, labels, 1.0))
    tests.append(DriftTest("real accuracy", "model_fails", None, None, None, p, 1.0))
    facts = (Fact("words", 0.5, 1234.5, 0.9, 0.8, 1.0, p),)
    compared = Comparison((), facts, shares, accuracy, mixed, np.zeros(0))
    told = explain(dict(zip(NAMES, answers, strict=True)), correct(tests), compared, 0.05)
    return [told[name] for name in NAMES]


def test_what_differs_most_is_named():
    inputs, shares, fails = reasons(YES, YES, YES, p=1e-5)
    assert inputs == (
        "New rows can be told from old ones: by the model's outputs, AUC 0.75 (0.60–0.90). What "
        "differs most: words (0.500 → 1,234.5). The classes' new shares may be all of it."
    )
    assert shares.startswith("The model's outputs differ as other shares make them: a 50.0% → 45.0")
    assert fails == ("Expected accuracy falls to 70.0% (60.0%–80.0%), after 90.0% on the "
                     "reference, if labels mean what they meant.")  # fmt: skip


def test_no_sign_is_told_with_the_closest_test():
    inputs, shares, fails = reasons(NO_SIGN, NO_SIGN, OPEN)
    assert inputs == ("No test tells new rows from old ones; the closest is the model's outputs, "
                      "AUC 0.75 (0.60–0.90).")  # fmt: skip
    assert shares.endswith("The largest estimated change: a 50.0% → 45.0% (40.0%–50.0%), b 50.0% → "
                           "54.0% (50.0%–60.0%).")  # fmt: skip
    assert "does not show without labels" in fails
    inputs, shares, _ = reasons(TOO_FEW, TOO_FEW, OPEN)
    assert inputs.startswith("There are too few new rows to see any but a large change. ")
    assert shares == "Too few new rows to re-estimate shares."


def test_what_is_no_mixture_cannot_be_estimated():
    _, shares, fails = reasons(YES, OPEN, OPEN, p=1e-5, mixed=0.0)
    for told in (shares, fails):
        assert told.startswith("New rows are no mixture of the reference's classes")


@pytest.mark.parametrize(
    ("answer", "p", "said"), [(YES, 1e-5, "differ from"), (NO_SIGN, 0.9, "are as")]
)
def test_shares_of_labels_are_told(answer, p, said):
    given = {"labels": p, "accuracy": LABELED}
    start = f"The shares of 1,200 labels of new rows {said} those of the reference"
    assert reasons(NO_SIGN, answer, NO_SIGN, p=p, **given)[1] == (
        f"{start}: a 50.0% → 80.0%, b 50.0% → 30.0%."
    )
    # Of fewer than 30 rows, no shares are estimated.
    assert reasons(NO_SIGN, answer, NO_SIGN, p=p, **given, shares=())[1] == (
        f"{start}; too few new rows to say more."
    )


def test_without_estimates_none_is_told():
    told = reasons(NO_SIGN, NO_SIGN, OPEN, shares=(), mixed=None)[1]
    assert told == "The model's outputs are as in the reference."


@pytest.mark.parametrize(
    ("answer", "change", "said"),
    [
        (
            YES,
            {},
            "75.0% (60.0%–85.0%) on 1,200 labeled rows, after 90.0% on the reference: a fall",
        ),
        (OPEN, {"n_labeled": 1}, "on 1 labeled row, after 90.0% on the reference. At least 10 lab"),
        (NO_SIGN, {}, "So few labels hardly show any drop."),
        (NO_SIGN, {"detectable_drop": 0.1}, "A drop of 10% would be seen with a probability of 80"),
    ],
)
def test_measured_accuracy_is_told(answer, change, said):
    assert said in reasons(NO_SIGN, NO_SIGN, answer, accuracy=replace(LABELED, **change))[2]
