"""Batches cut to their longest row: the same numbers, in the rows' own order, with less padding."""

import keras
import numpy as np
import pytest
from keras import layers

from keraswrap import KerasWrapperModel
from keraswrap._data import Feed, Rows
from keraswrap._engine.length_groups import Lengths, measure_lengths
from keraswrap.layers import PaddingMask

PAD, WIDTH, WORDS = 1, 40, 30


def make_ids(n=150, seed=0):
    """Make rows of ids of many lengths, and labels that their first id decides."""
    rng = np.random.default_rng(seed)
    ids = rng.integers(2, WORDS, (n, WIDTH)).astype("int32")
    lengths = rng.integers(1, WIDTH, n)
    ids[np.arange(WIDTH) >= lengths[:, None]] = PAD
    return ids, ids[:, 0] % 2


def build(width=None):
    ids = keras.Input((width,), dtype="int32")
    mask = PaddingMask(PAD)(ids)
    states = layers.Embedding(WORDS, 8)(ids)
    states = states + layers.MultiHeadAttention(2, 4)(states, states, attention_mask=mask[:, None])
    pooled = layers.GlobalAveragePooling1D()(states, mask=mask)
    return keras.Model(ids, layers.Dense(2, activation="softmax")(pooled))


def fit(width=None, **kwargs):
    kwargs = {"params": {"epochs": 2, "batch_size": 16}, "random_state": 0} | kwargs
    return KerasWrapperModel(build, {"width": width}, {"optimizer": "adam"}, **kwargs)


@pytest.fixture(scope="module")
def rows():
    return make_ids()


def test_training_and_predicting_equal_fixed_padding(rows):
    ids, y = rows
    whole = {"params": {"epochs": 3, "batch_size": 16, "group_by_length": False}}
    cut, fixed = fit(**whole).fit(ids, y), fit(WIDTH, **whole).fit(ids, y)
    np.testing.assert_allclose(cut.predict_proba(ids), fixed.predict_proba(ids), atol=1e-5)
    np.testing.assert_allclose(cut.history_["loss"], fixed.history_["loss"], atol=1e-5)


def test_predictions_come_in_the_order_of_the_rows(rows):
    ids, y = rows
    clf = fit().fit(ids, y)
    alone = np.vstack([clf.predict_proba(ids[[k]]) for k in range(20)])
    np.testing.assert_allclose(clf.predict_proba(ids)[:20], alone, atol=1e-5)
    shuffled = np.random.default_rng(1).permutation(len(ids))
    np.testing.assert_allclose(
        clf.predict_proba(ids[shuffled]), clf.predict_proba(ids)[shuffled], atol=1e-5
    )


def test_rows_keep_their_order_where_they_are_not_to_be_shuffled(rows):
    ids, y = rows
    unshuffled = {"params": {"epochs": 1, "batch_size": 16, "shuffle": False}}
    cut, fixed = fit(**unshuffled).fit(ids, y), fit(WIDTH, **unshuffled).fit(ids, y)
    np.testing.assert_allclose(cut.predict_proba(ids), fixed.predict_proba(ids), atol=1e-5)


def test_same_seed_same_bits_and_a_run_begins_a_longer_one(rows):
    ids, y = rows
    first, again = fit().fit(ids, y), fit().fit(ids, y)
    assert first.predict_proba(ids).tolist() == again.predict_proba(ids).tolist()
    longer = fit().fit(ids, y, epochs=3)
    assert longer.history_["loss"][:2] == first.history_["loss"]


def test_the_share_of_padding_is_reported(rows):
    ids, y = make_ids(640)
    clf = fit().fit(ids, y)
    assert clf.padding_share_["fixed"] == pytest.approx((ids == PAD).mean())
    assert clf.padding_share_["cut"] < 0.6 * clf.padding_share_["fixed"]
    assert fit(WIDTH).fit(ids, y).padding_share_ is None


def test_a_saved_net_still_cuts(rows, tmp_path):
    ids, y = rows
    clf = fit().fit(ids, y)
    clf.save(tmp_path / "net.keraswrap")
    loaded = KerasWrapperModel.load(tmp_path / "net.keraswrap")
    assert list(loaded.network_._pads.values()) == [PAD]
    assert loaded.predict_proba(ids).tolist() == clf.predict_proba(ids).tolist()


# The arithmetic


@pytest.mark.parametrize(("n", "size"), [(1, 4), (7, 4), (64, 8), (1000, 16)])
def test_every_row_comes_once_an_epoch(n, size):
    lengths = Lengths({"ids": np.arange(n) % 13 + 1}, {"ids": 13})
    for rng in (None, np.random.default_rng(0)):
        assert sorted(lengths.order(size, rng)) == list(range(n))


def test_batches_hold_rows_of_similar_length():
    drawn = np.random.default_rng(0).integers(1, 100, 640)
    lengths = Lengths({"ids": drawn}, {"ids": 100}, step=1)
    rng = np.random.default_rng(1)
    order = lengths.order(16, rng)
    assert lengths.padding(order, 16)["cut"] < 0.1
    assert lengths.padding(np.arange(640), 16)["cut"] > 0.4
    assert not np.array_equal(order, lengths.order(16, rng))


def test_a_row_of_nothing_but_padding_keeps_one_place():
    rows = Rows({"ids": np.array([[PAD, PAD, PAD], [PAD, 4, PAD]])})
    lengths = measure_lengths(rows, {"ids": Feed("ids", "int32")}, {"ids": PAD}, step=1)
    assert lengths.of["ids"].tolist() == [1, 2]


def test_ids_within_a_row_that_equal_padding_are_not_cut_off():
    ids = np.array([[5, PAD, 7, PAD]] * 4, dtype="int32")
    clf = fit().fit(*make_ids())
    wide = np.full((4, WIDTH), PAD, dtype="int32")
    wide[:, :4] = ids
    np.testing.assert_allclose(clf.predict_proba(wide), clf.net(wide, training=False), atol=1e-6)


@pytest.fixture
def bfloat16():
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    yield
    keras.config.set_dtype_policy(before)


def test_cutting_changes_little_in_bfloat16(bfloat16):
    ids, y = make_ids(400)
    clf, fixed = fit().fit(ids, y), fit(WIDTH).fit(ids, y)
    fixed.net.set_weights(clf.net.get_weights())
    cut, whole = clf.predict_proba(ids), fixed.predict_proba(ids)
    assert np.abs(cut - whole).max() <= 2e-2
    assert np.mean(cut.argmax(axis=1) == whole.argmax(axis=1)) >= 0.99
