"""What can be seen of a net, before its fit and after."""

import pickle

import keras
import pytest
from keras import layers
from nets import classifier, groups

from keraswrap import KerasWrapperModel, KerasWrapperSequential
from keraswrap.exceptions import BuildError

X, INDEX = groups()


def test_summary_before_fit_leaves_no_net(capsys):
    estimator = KerasWrapperSequential([layers.Input((4,)), layers.Dense(3)], name="tiny")
    estimator.summary()
    assert "tiny" in capsys.readouterr().out
    assert estimator.net is None


def test_a_build_function_that_wants_meta_has_no_summary_before_fit():
    with pytest.raises(BuildError, match=r"takes `meta`.*fit first"):
        KerasWrapperModel(classifier).summary()


@pytest.mark.parametrize("name", ["precision_", "jit_compile_", "callbacks_", "classes_"])
def test_what_a_fit_finds_is_known_after_it_alone(name):
    with pytest.raises(AttributeError, match=f"no {name} before fit"):
        getattr(KerasWrapperModel(classifier), name)


def test_callbacks_that_ran_can_be_looked_at():
    given = keras.callbacks.EarlyStopping("loss", min_delta=1e9)
    clf = KerasWrapperModel(classifier, params={"epochs": 9, "callbacks": given}).fit(X, INDEX)
    (ran,) = clf.callbacks_
    assert (ran.stopped_epoch, ran.model, given.stopped_epoch) == (1, None, 0)
    with pytest.raises(AttributeError, match="no callbacks_"):
        _ = pickle.loads(pickle.dumps(clf)).callbacks_
