"""Settings as one object or by name."""

import numpy as np
import pytest
from sklearn.datasets import make_blobs
from sklearn.linear_model import LogisticRegression

from keraswrap.exceptions import InputTypeError, ParameterError
from keraswrap.issues import LabelIssueSettings, find_label_issues

X, Y = make_blobs(120, centers=3, cluster_std=2.5, random_state=0)
WRONG = np.array([3, 40, 77, 101])


Y[WRONG] = (Y[WRONG] + 1) % 3


CLF = LogisticRegression()


def test_settings_may_be_one_object_or_keywords():
    settings = LabelIssueSettings(cv=3, score="self_confidence", random_state=7)
    found = find_label_issues(CLF, X, Y, settings=settings)
    same = find_label_issues(CLF, X, Y, cv=3, score="self_confidence", random_state=7)
    np.testing.assert_array_equal(found.quality, same.quality)
    assert (found.provenance["folds"], found.provenance["score"]) == (3, "self_confidence")
    assert find_label_issues(CLF, X, Y, settings=settings, cv=2).provenance["folds"] == 2


@pytest.mark.parametrize(
    ("given", "error", "match"),
    [
        ({"scores": "loss"}, ParameterError, "or a setting, got 'scores'. Did you mean 'score'"),
        ({"settings": {"cv": 3}}, InputTypeError, "as LabelIssueSettings, got dict"),
    ],
)
def test_what_is_no_setting_is_refused(given, error, match):
    with pytest.raises(error, match=match):
        find_label_issues(CLF, X, Y, **given)
