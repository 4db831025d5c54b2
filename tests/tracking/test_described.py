"""Parameters as plain values."""

import json

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from keraswrap.tracking._described import class_name, describe, describe_params


def build(units):
    return units


@pytest.mark.parametrize(
    ("value", "described"),
    [
        (np.float32(0.5), 0.5),
        (np.nan, "nan"),
        (True, True),
        (build, f"{__name__}.build"),
        (LogisticRegression, "sklearn.linear_model.LogisticRegression"),
        (LogisticRegression(C=2), "LogisticRegression(C=2)"),
        ({"a": [1, (2, None)]}, {"a": [1, [2, None]]}),
        (np.arange(3), [0, 1, 2]),
        (np.zeros((9, 9)), "array of float64, shape (9, 9)"),
        (list(range(99)), "list of 99 values"),
        ("x" * 999, "x" * 500),
        ("http://me:secret@host/v1", "http://host/v1"),
    ],
)
def test_values_are_plain_and_the_same_in_every_process(value, described):
    assert describe(value) == described
    json.dumps(describe(value), allow_nan=False)


def test_no_address_is_told():
    assert "0x" not in str(describe(object()))
    assert class_name(object()) == "object"


class Broken:
    def __repr__(self):
        raise RuntimeError


def test_an_object_that_cannot_be_shown_is_its_class():
    assert describe(Broken()) == f"{__name__}.Broken"


def test_secrets_are_hidden_at_any_depth():
    params = {"api_key": "a", "model__api_key": "b", "settings": {"password": "c"}, "key_env": "d"}
    hidden = "(hidden)"
    assert describe_params(params) == {
        **{"api_key": hidden, "model__api_key": hidden, "settings": {"password": hidden}},
        "key_env": "d",
    }
    assert describe_params({"token": None, "secret_key": 3}) == {"token": None, "secret_key": 3}
