"""Limit TensorFlow to the threads that the process was given."""

from __future__ import annotations

import os
from contextlib import suppress

import keras

from keraswrap._processor import allowed_threads


def respect_limit() -> None:
    """Keep TensorFlow to the threads that ``OMP_NUM_THREADS`` allows this process.

    numpy respects it, TensorFlow's own threads do not. A limit set for TensorFlow itself is
    kept.
    """
    allowed = allowed_threads()
    if keras.backend.backend() != "tensorflow" or allowed is None:
        return
    import tensorflow as tf

    threads = tf.config.threading
    if not (os.environ.get("TF_NUM_INTRAOP_THREADS") or threads.get_intra_op_parallelism_threads()):
        with suppress(RuntimeError):  # it has already computed, so its threads are fixed
            threads.set_intra_op_parallelism_threads(allowed)
