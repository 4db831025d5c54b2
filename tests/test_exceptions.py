"""Errors and warnings: what they are, and where they point."""

import inspect

import pytest
from sklearn.model_selection import cross_val_predict

from keraswrap import exceptions
from keraswrap.exceptions import KeraswrapError
from keraswrap.llm import FakeLM, ZeroShotClassifier

TEXTS, LABELS = ["a " * 40, "b", "c", "d"], ["bad", "good"] * 2


def classifier():
    return ZeroShotClassifier(model=FakeLM(context_length=30), prompt="Labels: {labels}. {text}")


@pytest.mark.parametrize(
    "call",
    [
        lambda: classifier().fit(y=LABELS).predict(TEXTS),
        lambda: classifier().fit(y=LABELS).predict_proba(TEXTS),
        lambda: classifier().fit(y=LABELS).estimate(TEXTS),
        lambda: cross_val_predict(classifier(), TEXTS, LABELS, cv=2),
    ],
    ids=["predict", "predict_proba", "estimate", "through scikit-learn"],
)
def test_a_warning_points_at_the_line_that_called(call):
    with pytest.warns(UserWarning, match="Cut the end of 1 of") as found:
        call()
    (at,) = {(one.filename, one.lineno) for one in found}
    assert at == (__file__, inspect.getsourcelines(call)[1])


def test_every_error_is_of_one_tree():
    named = [getattr(exceptions, name) for name in exceptions.__all__]
    assert all(issubclass(one, KeraswrapError | UserWarning) for one in named)
