"""What a configuration from a file may name, and how large a net it may describe."""

import keras
import pytest
from keras import layers

from keraswrap._engine.safe_config import check_size, dump, revive, vet
from keraswrap._engine.state import get_state
from keraswrap.exceptions import SavedFileError


def test_objects_come_back_from_data():
    given = {"loss": keras.losses.Tversky(0.3), "metrics": ["accuracy"]}
    back = revive(dump(given), {})
    assert back["loss"].get_config() == given["loss"].get_config()
    assert back["metrics"] == ["accuracy"]


@pytest.mark.parametrize(
    ("data", "match"),
    [
        ({"class_name": "Lambda", "module": "keras.layers"}, "carries code"),
        ([{"class_name": "Popen", "module": "subprocess"}], "which is not imported"),
        ({"config": {"class_name": "Own", "module": "mine"}}, "pass custom_objects"),
    ],
)
def test_foreign_classes_and_code_are_refused(data, match):
    with pytest.raises(SavedFileError, match=match):
        vet(data, {})


def doubled(rows):
    return 2 * rows


def test_what_carries_code_is_not_written():
    with pytest.raises(TypeError, match="carries code"):
        dump(layers.Lambda(doubled))


def dense(units):
    return keras.Sequential([keras.Input((3,)), layers.Dense(units)])


def test_a_net_far_larger_than_what_is_stored_is_not_built():
    state = get_state(dense(2))
    check_size(lambda: dense(2), state)
    with pytest.raises(SavedFileError, match="Expected a net of 8 numbers"):
        check_size(lambda: dense(10**7), state)


@pytest.mark.parametrize("left_out", [keras.losses.Huber(3.0), keras.losses.CosineSimilarity(0)])
def test_what_keras_itself_leaves_out_is_not_written_as_if_it_were_whole(left_out):
    with pytest.raises(TypeError, match="leaves arguments out"):
        dump({"loss": left_out})
