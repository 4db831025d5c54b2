"""The state of a net that is lent, looked at, changed and saved."""

import pickle

import keras
import numpy as np
import pytest
from keras import layers
from lent import X, give_lora, make, small, y

from keraswrap import KerasWrapperModel, config_context
from keraswrap.exceptions import SavedFileError


def stacked():
    return keras.Sequential([keras.Input((4,)), layers.Dense(2)])


CHANGES = {
    "lora": lambda net: give_lora(net),
    "lora, alpha": lambda net: give_lora(net, lora_alpha=8),
    "int8": lambda net: net.quantize("int8"),
    "int4": lambda net: net.quantize("int4"),
    "float8": lambda net: net.quantize("float8"),
    "lora, int8": lambda net: (give_lora(net), net.quantize("int8")),
    "int8, lora": lambda net: (net.quantize("int8"), give_lora(net)),
    "frozen": lambda net: setattr(net.layers[1], "trainable", False),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_net_that_was_changed_after_the_fit_is_saved_as_it_is(change, tmp_path):
    clf = make(rate=0.3).fit(X, y)
    change(clf.net)
    for variable in clf.net.layers[1].variables:
        if variable.name == "lora_kernel_b":
            variable.assign(np.full(variable.shape, 0.5))
    clf.save(tmp_path / "clf.keraswrap")
    twins = [pickle.loads(pickle.dumps(clf)), KerasWrapperModel.load(tmp_path / "clf.keraswrap")]
    twins.append(KerasWrapperModel.load(tmp_path / "clf.keraswrap", model=small))
    for twin in twins:
        np.testing.assert_array_equal(twin.predict_proba(X), clf.predict_proba(X))


def test_a_net_that_cannot_be_made_again_is_not_saved(tmp_path):
    clf = make(stacked).fit(X, y)
    clf.net.add(layers.Dense(2))
    for save in (pickle.dumps, lambda clf: clf.save(tmp_path / "clf.keraswrap")):
        with pytest.raises(SavedFileError, match="was changed after the fit"):
            save(clf)
    assert not (tmp_path / "clf.keraswrap").exists()


@pytest.mark.parametrize("kept", [4, 0])
def test_a_state_reached_elsewhere_takes_the_place_of_its_own(kept):
    with config_context(kept_networks=kept):  # with 0, no live net holds it
        clf, other = make(rate=0.3).fit(X, y), make(rate=0.01).fit(X, y)
        clf.predict(X)
        clf.network_.adopt(other.network_.state)
        np.testing.assert_array_equal(clf.predict_proba(X), other.predict_proba(X))
        again = clf.partial_fit(X, y).predict_proba(X)
        np.testing.assert_array_equal(again, other.partial_fit(X, y).predict_proba(X))
