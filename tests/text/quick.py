"""Texts that a tiny checkpoint learns in a moment, and what learns them."""

import numpy as np

from keraswrap.text import TransformerClassifier

TEXTS = ["it is good", "the great and fine", "it broke", "awful"] * 6
LABELS = np.array(["good", "good", "bad", "bad"] * 6)


def quick(bert, kind=TransformerClassifier, **kwargs):
    settings = {"epochs": 10, "learning_rate": 0.02, "max_length": 16, "dropout": 0.0}
    settings |= {"batch_size": 4, "trainable": "all"}
    if kind is TransformerClassifier:
        settings["recipe"] = "standard"
    return kind(bert, **{**settings, "cache": False, "random_state": 0, **kwargs})
