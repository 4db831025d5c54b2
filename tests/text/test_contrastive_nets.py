"""The nets of a contrastive fit."""

import numpy as np
import pytest
from checkpoints import write_checkpoint

from keraswrap.exceptions import InputError
from keraswrap.text._build_functions import build_text_encoder
from keraswrap.text._contrastive_nets import build_compared_encoder, build_unit_vector_classifier

IDS = np.array([[2, 5, 6, 3], [2, 7, 3, 0]], dtype="int32")


@pytest.fixture(scope="module")
def bert(tmp_path_factory):
    return str(write_checkpoint(tmp_path_factory.mktemp("checkpoint") / "bert"))


def test_the_compared_vectors_are_the_encoders(bert):
    compared, encoder = build_compared_encoder(bert), build_text_encoder(bert)
    np.testing.assert_array_equal(compared(IDS, training=False), encoder(IDS, training=False))


def test_the_classifier_scores_vectors_of_length_1(bert):
    net = build_unit_vector_classifier(bert, n_classes=3)
    kernel, bias = (variable.numpy() for variable in net.variables[-2:])
    vectors = np.array(build_text_encoder(bert)(IDS, training=False))
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    np.testing.assert_allclose(net(IDS, training=False), unit @ kernel + bias, atol=1e-5)


@pytest.mark.parametrize("trainable", ["all", "last:1", "lora:2"])
def test_the_classifier_has_the_encoders_variables_and_two_more(bert, trainable):
    compared = build_compared_encoder(bert, trainable=trainable)
    whole = build_unit_vector_classifier(bert, 3, trainable=trainable)
    shapes = [[tuple(v.shape) for v in net.variables] for net in (compared, whole)]
    hidden = compared.output_shape[-1]
    assert shapes[1] == [*shapes[0], (hidden, 3), (3,)]


def test_rows_beyond_the_positions_are_refused(bert):
    with pytest.raises(InputError, match=r"Expected rows of at most \d+ tokens"):
        build_compared_encoder(bert, meta={"shapes_": {"ids": (5000,)}})
