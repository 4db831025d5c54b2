"""It is said when a language model added nothing."""

import pytest

from keraswrap.codegen._candidates import DEFAULTS, MODEL, RANDOM, Candidate
from keraswrap.codegen._trials import Outcome
from keraswrap.codegen._verdict import baselines_of, verdict_of


def candidates(**scores):
    names = {"model": MODEL, "defaults": DEFAULTS, "drawn": RANDOM}
    return [
        Candidate(n, names[key], Outcome(tuple(values), 1.0, None if values else "failed"))
        for n, (key, values) in enumerate(scores.items())
    ]


LOW, MIDDLE, HIGH = [0.5, 0.51, 0.5], [0.6, 0.61, 0.6], [0.7, 0.71, 0.7]


@pytest.mark.parametrize(
    ("model", "defaults", "drawn", "said"),
    [
        (HIGH, LOW, MIDDLE, "The language model added something. "),
        (MIDDLE, LOW, HIGH, "The language model added nothing. "),
        (MIDDLE, MIDDLE, LOW, "The language model added nothing. "),
        ([0.5, 0.9, 0.7], LOW, MIDDLE, "No gain by the language model is shown. "),
        ([], LOW, MIDDLE, "The language model added nothing: of 1 answer, none led to"),
        (HIGH, LOW, [], "The language model added something. "),
    ],
)
def test_what_is_said(model, defaults, drawn, said):
    assert verdict_of(candidates(model=model, defaults=defaults, drawn=drawn), 0.5).startswith(said)


def test_the_gains_over_both_baselines():
    found = baselines_of(candidates(model=HIGH, defaults=LOW, drawn=MIDDLE), 0.5)
    assert found["baseline"].tolist() == [DEFAULTS, RANDOM]
    assert found["gain"].tolist() == pytest.approx([0.2, 0.1])
    assert found["verdict"].tolist() == ["gain", "gain"]


def test_nothing_is_compared_with_what_failed():
    found = baselines_of(candidates(model=HIGH, defaults=[], drawn=MIDDLE), 0.5)
    assert found["verdict"].tolist() == ["not compared", "gain"]


@pytest.mark.parametrize(
    ("n", "said"), [(1, "the same number of candidates"), (3, "a random search of 3 candidates")]
)
def test_the_size_of_the_random_search_is_said(n, said):
    drawn = [Candidate(9 + k, RANDOM, Outcome(tuple(MIDDLE), 1.0, None)) for k in range(n)]
    assert said in verdict_of([*candidates(model=HIGH, defaults=LOW), *drawn], 0.5)
