"""A worker keeps to the threads that it was given."""

import os
import subprocess
import sys

CODE = """
import os
import tensorflow as tf
from keraswrap._engine.threads import respect_limit

def found(limit, **chosen):
    os.environ.update(OMP_NUM_THREADS=limit, **chosen)
    respect_limit()
    return tf.config.threading.get_intra_op_parallelism_threads()

def reset(): tf.config.threading.set_intra_op_parallelism_threads(0)

reset(); print(found(""), found("4,2"), found("0"), found("3"), found("2"))
reset(); print(found("3", TF_NUM_INTRAOP_THREADS="2"))
del os.environ["TF_NUM_INTRAOP_THREADS"]; tf.constant(1.0) + 1; print(found("3"))
"""


def test_threads():
    env = {k: v for k, v in os.environ.items() if "NUM_" not in k}
    done = subprocess.run(
        [sys.executable, "-c", CODE], capture_output=True, text=True, check=True, env=env
    )
    # What is no number says nothing; what was chosen before, or begun, stays.
    assert done.stdout.split("\n")[:3] == ["0 0 0 3 3", "0", "0"]
