"""What a saved file says that an estimator has learned."""

import json

import pytest

from keraswrap import _learned
from keraswrap.exceptions import SavedFileError

NONSENSE = {
    "n_features_in_": [0, -4, 4.0, "4", True, None, [4]],
    "n_classes_": [0, 2.5, "3"],
    "n_outputs_": [0, None],
    "_target_ndim": [0, 3, True],
    "_several": [0, "no", None],
    "_kind": [0, None],
    "_target_shape": [[], [0], [True], "5", None],
    "_order": [[], [-1], [True], "5", None],
    "_gaps": [0, "no", None],
    "_partly": [0, "no", None],
    "history_": [[1.0], {"loss": 1.0}, {"loss": ["low"]}, None],
    "padding_share_": [0.5, {"train": 2.0}, {"train": None}],
    "seed_": [-1, 1.5, None],
}


def test_every_learned_attribute_is_checked():
    assert tuple(NONSENSE) == _learned.NAMES


@pytest.mark.parametrize(("name", "value"), [(n, v) for n, vs in NONSENSE.items() for v in vs])
def test_nonsense_is_not_learned(name, value):
    with pytest.raises(SavedFileError, match=rf"Expected {name} to be .*The file is corrupt"):
        _learned.read_learned({name: json.loads(json.dumps(value))})


@pytest.mark.parametrize(
    ("data", "match"),
    [
        ({"dtype": "<U99999999", "values": ["a"]}, "classes_ to take at most"),
        ({"dtype": "<U1", "values": [["a"]]}, "classes_ to be a list of plain values"),
        ({"dtype": "<U1", "values": "ab"}, "classes_ to be a list of plain values"),
    ],
)
def test_a_list_of_classes_is_no_more_than_that(data, match):
    with pytest.raises(SavedFileError, match=match):
        _learned.read_list("classes_", data)


@pytest.mark.parametrize(
    ("heads", "match"),
    [
        ([], "heads to be what was learned of each by name"),
        ({}, "heads to be what was learned of each by name"),
        ({"a": {"learned": {"n_classes_": 0}, "arrays": {}}}, "n_classes_ to be a whole number"),
        (
            {
                "a": {
                    "learned": {"n_classes_": 2},
                    "arrays": {"classes_": {"dtype": "<i8", "values": [1]}},
                }
            },
            "n_classes_ to be 1, as in classes_",
        ),
    ],
)
def test_what_each_head_learned_is_checked_too(heads, match):
    with pytest.raises(SavedFileError, match=match):
        _learned.read_told({"learned": {}, "arrays": {}, "heads": heads})
