"""Sections of a job file: what is refused when it is read, before any step."""

from dataclasses import fields

import pytest

from keraswrap.exceptions import ParameterError
from keraswrap.retraining._settings import RetrainingSettings
from keraswrap.retraining.job._sections import (
    SECTIONS,
    Abstain,
    Data,
    Monitor,
    Retrain,
    Search,
    Top,
)

TABLE = {"train": "t.csv", "text": "text"}


@pytest.mark.parametrize(
    ("kind", "given", "said"),
    [
        (Top, {"name": "m", "seed": -1}, "Expected job.seed as a whole number ≥ 0, got -1"),
        (Top, {"name": "m", "alias": 1}, "Expected a text as job.alias, got 1"),
        (Data, {**TABLE, "answers": "a.csv"}, "list of texts as data.answers, got 'a.csv'"),
        (Data, {**TABLE, "new_labels": "fine"}, "list of labels as data.new_labels, got 'fine'"),
        (Data, {**TABLE, "new_labels": [["a"]]}, "list of labels as data.new_labels"),
        (Data, {**TABLE, "held_out": 1}, "Expected data.held_out to be a number between 0 and 1"),
        (Search, {"n_jobs": 0}, "Expected search.n_jobs other than 0"),
        (Search, {"grid": {"units": []}}, "Expected lists of values in search.grid"),
        (Abstain, {"confidence": 1.0}, "Expected abstain.confidence"),
        (
            Monitor,
            {"alpha": 0.6},
            "Expected monitor.alpha as a probability above 0 and at most 0.5",
        ),
        (Monitor, {"n_checks": 0}, "Expected monitor.n_checks as a whole number ≥ 1"),
        (Retrain, {"when": "never"}, "when"),
    ],
)
def test_other_values_are_refused(kind, given, said):
    with pytest.raises(ParameterError, match=said):
        kind(**given)


def test_columns_or_a_text_are_read():
    assert Data(**TABLE).inputs == ["text"]
    assert Data(train="t.csv", columns=["a", "b"]).inputs == ["a", "b"]
    assert Data(**TABLE, new_labels=["new", 3]).new_labels == ["new", 3]


def test_retraining_has_the_settings_of_the_library():
    own = {field.name: field.default for field in fields(Retrain)}
    theirs = {field.name: field.default for field in fields(RetrainingSettings)}
    assert set(theirs) - set(own) == {"alias", "random_state"}
    assert own == {name: theirs[name] for name in own}


def test_every_section_but_two_may_be_left_out():
    needed = []
    for name, kind in SECTIONS.items():
        try:
            kind()
        except ParameterError:
            needed.append(name)
    assert needed == ["job", "data"]
