"""A fit as a record of a journal, and back."""

import numpy as np
import pytest

from keraswrap.model_selection._candidate_fit import Fit
from keraswrap.model_selection._journal_records import from_record, to_record


@pytest.mark.parametrize(
    "made",
    [
        Fit(test_scores=0.1 + 0.2, n_test_samples=3, fit_time=1.5, score_time=0.5),
        Fit(test_scores={"a": np.inf, "b": 1.0}, train_scores={"a": 0.0, "b": -0.5}),
        Fit(proba=np.random.rand(2, 3), classes=np.array(["a", "b", "ü"]), n_test_samples=2),
        Fit(proba=np.ones((1, 2)), classes=np.array([False, True]), n_test_samples=1),
        Fit(proba=np.ones((1, 2)), classes=np.array(["x", "y"], dtype=object), n_test_samples=1),
    ],
)
def test_a_record_gives_the_fit_back(made):
    again = from_record(*to_record(made))
    assert repr(again) == repr(made)
    if made.proba is not None:
        np.testing.assert_array_equal(again.proba, made.proba)
        assert again.classes.dtype == made.classes.dtype


def test_a_record_of_several_heads_gives_each_back_and_no_other_length_is_read():
    proba = {"topic": np.random.rand(2, 3), "stars": np.random.rand(2, 2)}
    classes = {"topic": np.array(["a", "b", "c"]), "stars": np.array([1, 5])}
    result, block = to_record(Fit(proba=proba, classes=classes, n_test_samples=2))
    again = from_record(result, block)
    for name in proba:
        np.testing.assert_array_equal(again.proba[name], proba[name])
        np.testing.assert_array_equal(again.classes[name], classes[name])
    with pytest.raises(ValueError, match="9 probabilities of 2 rows and 5 columns"):
        from_record(result, block[:-8])


def test_classes_that_json_cannot_hold_keep_no_probabilities():
    odd = Fit(test_scores=1.0, proba=np.ones((1, 1)), classes=np.array([np.datetime64("2020")]))
    assert "cannot hold classes" in from_record(*to_record(odd)).no_proba
