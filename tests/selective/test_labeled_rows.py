"""Rows and labels are opened and matched once, for fits, scores and curves."""

import numpy as np
import pytest
from datasets import Dataset

from keraswrap.exceptions import InputError
from keraswrap.selective._labeled_rows import open_labeled


def test_a_dataset_brings_its_labels():
    given = Dataset.from_dict({"text": ["a", "b"], "label": ["no", "yes"]})
    rows = open_labeled(given, None)
    assert rows.labels.tolist() == ["no", "yes"]
    assert rows.weight is None


def test_weights_go_along():
    assert open_labeled(np.eye(2), [0, 1], [1, 2]).weight == [1, 2]


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (None, "Expected the label of each row: it requires y to be passed"),
        ([0], "a label for each row, got 2 rows and 1 label"),
        ([0, None], "first in row 1"),
    ],
)
def test_rows_without_labels_are_refused(y, message):
    with pytest.raises(InputError, match=message):
        open_labeled(np.eye(2), y)
