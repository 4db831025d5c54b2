"""The same rows and labels in every form that a dataset comes in."""

import keras
import numpy as np


class InBatches(keras.utils.PyDataset):
    """Elements of (x, y, …) as a PyDataset."""

    def __init__(self, *arrays, size=7):
        super().__init__()
        self.arrays, self.size = arrays, size

    def __len__(self):
        return -(-len(self.arrays[0]) // self.size)

    def __getitem__(self, position):
        part = slice(position * self.size, (position + 1) * self.size)
        return tuple(array[part] for array in self.arrays)


def tf_rows(X, y):
    import tensorflow as tf

    return tf.data.Dataset.from_tensor_slices((X, y))


def tf_batches(X, y):
    return tf_rows(X, y).batch(7)


def tf_shuffled(X, y):
    return tf_rows(X, y).shuffle(len(y), seed=0).batch(7, drop_remainder=False).prefetch(1)


def hub(X, y):
    import datasets

    return datasets.Dataset.from_dict({"x": list(X), "label": y})


def hub_selected(X, y):
    """Every row twice, of which half are selected: an indices mapping over the table."""
    twice = hub(np.concatenate([X, X]), np.concatenate([y, y]))
    return twice.select(np.arange(len(y), 2 * len(y)))


def hub_stream(X, y):
    return hub(X, y).to_iterable_dataset()


def rows_of(X, y):
    return zip(X, y, strict=True)


IN_ORDER = {
    "tf rows": tf_rows,
    "tf batches": tf_batches,
    "keras": InBatches,
    "hub": hub,
    "hub selected": hub_selected,
    "hub stream": hub_stream,
}


# Columns of every kind, for streams on disk.
N = 500
COLUMNS = {
    "vectors": np.random.default_rng(0).normal(size=(N, 3)).astype("float32"),
    "matrices": np.arange(N * 4).reshape(N, 2, 2),
    "flags": np.arange(N) % 3 == 0,
    "pairs of flags": np.arange(2 * N).reshape(N, 2) % 3 == 0,
    "halves": np.arange(N).astype("float16"),
    "texts": np.array([f"text {i} é\x00\n" for i in range(N)], dtype=object),
    "pairs of texts": np.array([[str(i), ""] for i in range(N)], dtype=object),
}


def stream(size=37):
    for start in range(0, N, size):
        part = slice(start, start + size)
        yield {name: array[part] for name, array in COLUMNS.items()}, np.arange(N)[part]
