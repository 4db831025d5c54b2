"""One net for each checkpoint and process, whatever is set for training."""

import threading

import keras
import numpy as np
import pytest
from checkpoint_suite import TEXTS, inputs_of
from checkpoints import write_checkpoint
from encoder_reference import Reference

from keraswrap.text._frozen_encoder import FrozenEncoder, frozen_encoder


@pytest.fixture
def folder(tmp_path):
    return str(write_checkpoint(tmp_path / "bert"))


@pytest.mark.parametrize("pooling", ["mean", "cls", "pooler"])
def test_vectors_are_those_of_the_reference_whatever_the_policy(folder, pooling):
    given, reference = inputs_of(folder), Reference(folder)
    ids, mask = given["token_ids"], given["padding_mask"] > 0
    states = reference.states(ids, mask)
    means = (states * mask[..., None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)
    expected = {"mean": means, "cls": states[:, 0], "pooler": reference.pooled(states)}
    keras.config.set_dtype_policy("bfloat16")
    try:
        found = FrozenEncoder(folder, pooling)(ids, 2)
        assert keras.config.dtype_policy().name == "bfloat16"
    finally:
        keras.config.set_dtype_policy("float32")
    np.testing.assert_allclose(found, expected[pooling], atol=1e-5)


def test_threads_share_one_net(folder):
    encoder, ids = frozen_encoder(folder, "mean", "known"), inputs_of(folder)["token_ids"]
    assert frozen_encoder(folder, "mean", "known") is encoder
    assert frozen_encoder(folder, "mean", "changed since") is not encoder
    found = {}
    threads = [
        threading.Thread(target=lambda n=n: found.update({n: encoder(ids, 2)})) for n in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(np.array_equal(found[n], found[0]) for n in range(4))
    assert encoder.n_computed == 4 * len(TEXTS)
