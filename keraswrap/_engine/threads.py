"""Limit TensorFlow to the threads that the process was given."""

from __future__ import annotations

import os
from contextlib import suppress

import keras


def respect_limit() -> None:
    """Keep TensorFlow to the threads that ``OMP_NUM_THREADS`` allows this process.

    Joblib, Dask and Ray set it in each of their workers, so that all workers of
    a machine together use each core once; numpy respects it, TensorFlow's own
    threads do not. A limit set for TensorFlow itself is kept.
    """
    allowed = os.environ.get("OMP_NUM_THREADS", "")
    if keras.backend.backend() != "tensorflow" or not allowed.isdecimal() or not int(allowed):
        return
    import tensorflow as tf

    threads = tf.config.threading
    if not (os.environ.get("TF_NUM_INTRAOP_THREADS") or threads.get_intra_op_parallelism_threads()):
        with suppress(RuntimeError):  # it has already computed, so its threads are fixed
            threads.set_intra_op_parallelism_threads(int(allowed))
