"""Settings: what nobody could ask by is refused when it is given."""

import numpy as np
import pytest

from keraswrap.exceptions import InputError, ParameterError
from keraswrap.labeling import LabelingSettings


@pytest.mark.parametrize(
    ("given", "match"),
    [
        ({"promise": "none"}, r"promise to be one of \['accepted', 'all'\], got 'none'"),
        ({"promise": ["all"]}, r"promise to be one of .* got \['all'\]"),
        ({"progress": "yes"}, "progress as a bool or None, got 'yes'"),
        ({"cv": 1}, "cv as a whole number ≥ 2, got 1"),
        ({"cv": 2.0}, "cv as a whole number ≥ 2, got 2.0"),
        ({"cv": True}, "cv as a whole number ≥ 2, got True"),
        ({"batch_size": 0}, "batch_size as a whole number ≥ 1, got 0"),
        ({"random_state": None}, "random_state as a whole number ≥ 0, got None"),
        ({"families": [1]}, r"families as a dict by the names of annotators, got \[1\]"),
        ({"families": {"rule": ["a"]}}, r"families as .* got \['a'\] for 'rule'"),
        ({"families": {"rule": (1, ["a"])}}, r"families as .* got \(1, \['a'\]\) for 'rule'"),
        ({"prices": [1]}, r"prices as a dict by the names of annotators, got \[1\]"),
        ({"prices": {"rule": -1}}, "prices as finite numbers ≥ 0, got -1 for 'rule'"),
        ({"prices": {"rule": np.inf}}, "prices as finite numbers ≥ 0, got inf"),
        ({"prices": {"rule": np.nan}}, "prices as finite numbers ≥ 0, got nan"),
        ({"prices": {"rule": True}}, "prices as finite numbers ≥ 0, got True"),
    ],
)
def test_what_cannot_be_used_is_refused(given, match):
    with pytest.raises(ParameterError, match=match):
        LabelingSettings(**given)


def test_numbers_of_numpy_are_numbers():
    given = {"cv": np.int64(3), "batch_size": np.int32(1), "prices": {"rule": np.float32(0.5)}}
    assert LabelingSettings(**given).cv == 3


def test_families_and_prices_are_those_of_annotators():
    settings = LabelingSettings(families={"a": 1}, prices={"a": 1, "people": 2})
    settings.check_names(["a", "b"])
    with pytest.raises(InputError, match=r"Expected families of the annotators \['b'\], got \['a'"):
        settings.check_names(["b"])
    with pytest.raises(InputError, match=r"Expected families of the .*, got \['people'\]"):
        LabelingSettings(families={"people": 1}).check_names(["a"])
    with pytest.raises(InputError, match=r"Expected prices of the annotators \['a'\], got \['c'\]"):
        LabelingSettings(prices={"people": 1, "c": 1}).check_names(["a"])
