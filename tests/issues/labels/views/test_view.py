"""What a view may be made of."""

import pytest
from sklearn.linear_model import LogisticRegression

from keraswrap.exceptions import InputTypeError, ParameterError
from keraswrap.issues import View

CLF = LogisticRegression()


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({"name": "", "estimator": CLF}, "Expected the name of a view"),
        ({"name": "a"}, "got neither"),
        ({"name": "a", "estimator": CLF, "proba": [[0.5, 0.5]]}, "got both"),
        ({"name": "a", "estimator": CLF, "reads": "images"}, "one of rows, texts, numbers"),
        ({"name": "a", "proba": [[0.5, 0.5]], "features": CLF}, "features with an estimator"),
    ],
)
def test_a_view_is_one_thing(told, message):
    with pytest.raises(ParameterError, match=message):
        View(**told)


def test_an_estimator_can_be_fitted():
    with pytest.raises(InputTypeError, match="Pass probabilities as proba="):
        View("mine", [[0.5, 0.5]])
