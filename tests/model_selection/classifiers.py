"""Classifiers without a net: quick, and able to fail on purpose."""

import os
import signal
import time

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import make_classification

X, Y = make_classification(120, 6, n_informative=4, n_classes=3, random_state=0)


class Frequencies(ClassifierMixin, BaseEstimator):
    """Give every row the classes' shares in y, sharpened by `power`; `mishap` befalls one power."""

    def __init__(self, power=1.0, mishap=None, at=None, log=None):
        self.power = power
        self.mishap = mishap
        self.at = at
        self.log = log

    def fit(self, X, y):
        self._note()
        if self.mishap is not None and self.power == self.at:
            self.mishap()
        self.classes_, counts = np.unique(y, return_counts=True)
        self.shares_ = (counts / counts.sum()) ** self.power
        return self

    def _note(self):
        if self.log is not None:
            with open(self.log, "a") as file:
                file.write(f"{os.getpid()}\n")

    def predict_proba(self, X):
        return np.tile(self.shares_ / self.shares_.sum(), (len(X), 1))

    def predict(self, X):
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


def raise_error():
    raise ValueError("this power is too much")


def run_out_of_memory():
    raise MemoryError("no room")


def exhaust():
    import tensorflow as tf

    raise tf.errors.ResourceExhaustedError(None, None, "OOM when allocating a tensor")


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def wait():
    time.sleep(0.1)


class DieOnce:
    """Kill the process, but only the first one that comes by."""

    def __init__(self, mark):
        self.mark = str(mark)

    def __call__(self):
        if not os.path.exists(self.mark):
            open(self.mark, "w").close()
            die()
