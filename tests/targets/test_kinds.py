"""Targets by their names, and from what files and older pickles say."""

import pytest

from keraswrap._targets.classes import Classes
from keraswrap._targets.indicators import Indicators
from keraswrap._targets.kinds import (
    CLASS_TARGETS,
    HEAD_TARGETS,
    NUMBER_TARGETS,
    find_kind,
    restore_single,
)
from keraswrap._targets.numbers import Numbers
from keraswrap._targets.ordered import Ordered
from keraswrap._targets.positions import Positions
from keraswrap.exceptions import ParameterError


@pytest.mark.parametrize(
    ("targets", "name", "kind"),
    [
        (CLASS_TARGETS, "ordered", Ordered),
        (CLASS_TARGETS, "positions", Positions),
        (HEAD_TARGETS, "classes", Classes),
        (HEAD_TARGETS, "numbers", Numbers),
    ],
)
def test_a_target_is_found_by_its_name(targets, name, kind):
    assert find_kind(targets, name) is kind


@pytest.mark.parametrize("name", ["gausian", "ordered", 3, None, ["gaussian"]])
def test_others_are_refused_with_the_names_there_are(name):
    with pytest.raises(ParameterError, match=r"one of \['auto', 'gaussian'\], got"):
        find_kind(NUMBER_TARGETS, name)


@pytest.mark.parametrize(
    ("learned", "kind"),
    [
        ({"_kind": "ordered", "classes_": [1, 2, 3], "_order": [0, 1, 2]}, Ordered),
        ({"n_outputs_": 1, "_target_ndim": 1}, Numbers),
        ({"classes_": ["a", "b"], "_several": True}, Indicators),
        ({"classes_": ["a", "b"], "_several": False}, Classes),
        ({"classes_": ["a", "b"]}, Classes),  # of the first version
    ],
)
def test_a_target_is_restored_as_what_it_was(learned, kind):
    assert type(restore_single(learned)) is kind
