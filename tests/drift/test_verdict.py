"""Statements: corrected for all tests, and no more certain than they can be."""

import pytest

from keraswrap.drift._results import DriftTest
from keraswrap.drift._verdict import correct, decide

OPEN = "cannot be told without labels"


def made(**p_values):
    names = {"vectors": "inputs_moved", "facts": "inputs_moved", "outputs": "shares_moved"}
    names |= {"labels": "shares_moved", "accuracy": "model_fails"}
    return [DriftTest(n, names[n], None, None, None, p, 1.0) for n, p in p_values.items()]


def test_p_values_are_corrected_within_and_among_statements():
    found = correct(made(vectors=0.001, facts=0.2, outputs=0.02, accuracy=0.5))
    assert [found[n].adjusted_p for n in found] == [0.006, 0.04, 0.5]
    assert [test.adjusted_p for test in found["inputs_moved"].tests] == [0.006, 1.0]


@pytest.mark.parametrize(
    ("p_values", "told", "said"),
    [
        ({"vectors": 0.9, "outputs": 0.9, "accuracy": 0.9}, {}, ("no sign", "no sign", OPEN)),
        ({"vectors": 1e-4, "outputs": 1e-4, "accuracy": 1e-4}, {}, ("yes", "yes", "yes")),
        ({"vectors": 1e-4, "outputs": 1e-4, "accuracy": 1e-4}, {"mixed": 0.0}, ("yes", OPEN, OPEN)),
        ({"vectors": 0.9, "labels": 0.9, "accuracy": 0.9}, {"mixed": 0.0, "n_labeled": 50},
         ("no sign", "no sign", "no sign")),
        ({"vectors": 0.9, "outputs": 0.9, "accuracy": 0.9}, {"n_labeled": 9},
         ("no sign", "no sign", OPEN)),
        ({"vectors": 0.9, "outputs": 0.9, "accuracy": 0.9}, {"n_new": 29},
         ("too few rows", "too few rows", OPEN)),
    ],
)  # fmt: skip
def test_what_is_said(p_values, told, said):
    told = {"n_new": 100, "n_labeled": 0, "mixed": None} | told
    assert tuple(decide(correct(made(**p_values)), 0.05, **told).values()) == said
