import numpy as np
import pytest

from keraswrap.exceptions import InputError
from keraswrap.retraining._outcomes import outcomes_of


@pytest.mark.parametrize("nothing", [None, "unsure"])
def test_an_abstention_is_neither_right_nor_wrong(nothing):
    predicted = np.array(["a", nothing, "b"], dtype=object)
    assert outcomes_of(["a", "a", "a"], predicted, nothing).tolist() == [1, 0, -1]


def test_texts_are_not_compared_with_numbers():
    with pytest.raises(InputError, match="of one kind"):
        outcomes_of(["1", "2"], [1, 2])
