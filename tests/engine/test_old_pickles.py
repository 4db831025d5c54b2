"""Pickles of version 0.1 name modules that are no longer there."""

import pickle

import pytest

from keraswrap._engine import FromFunction, layer_spec, object_specs


@pytest.mark.parametrize(
    ("old", "now"),
    [
        ("recipes\nFromFunction", FromFunction),
        ("recipes\nLayerRecipe", layer_spec.LayerSpec),
        ("copying\nObjectRecipe", object_specs.ObjectSpec),
    ],
)
def test_a_class_is_found_where_it_was(old, now):
    assert pickle.loads(b"ckeraswrap._engine." + old.encode() + b"\n.") is now
