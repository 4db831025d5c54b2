"""Which datasets of tf.data give batches, and which rows."""

import numpy as np
import pytest
from sources import tf_rows

from keraswrap.data import row_view

X = np.arange(80, dtype="float32").reshape(20, 4)
Y = np.arange(20) % 3


def pipelines():
    import tensorflow as tf

    rows, size = tf_rows(X, Y), 4
    spec = (tf.TensorSpec((None, 4)), tf.TensorSpec((None,), tf.int64))
    wide = tf.data.Dataset.from_tensor_slices((X, X))
    return {
        "slices": (rows, False),
        "rank 0": (rows.skip(3), False),
        "batch": (rows.batch(size), True),
        "even batches": (rows.batch(size, drop_remainder=True), True),
        "mapped batches": (rows.batch(size).map(lambda x, _: (x, x)), True),
        "two matrices": (wide, False),
        "mapped rows": (wide.map(lambda a, b: (a, b)).cache().take(8), False),
        "batches of two matrices": (wide.batch(size).prefetch(1), True),
        "unbatched": (rows.batch(size).unbatch(), False),
        "generator": (
            tf.data.Dataset.from_generator(lambda: [(X, Y)], output_signature=spec),
            True,
        ),
    }


@pytest.mark.parametrize("name", list(pipelines()))
def test_batches_are_told_from_rows(name):
    dataset, batched = pipelines()[name]
    view, y, _ = row_view(dataset)
    parts = list(dataset.as_numpy_iterator())
    rows = np.concatenate([x for x, _ in parts]) if batched else np.stack([x for x, _ in parts])
    np.testing.assert_array_equal(np.asarray(view), rows)
    assert len(y) == len(rows)
