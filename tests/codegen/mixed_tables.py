"""Small tables of every kind of column, and models that answer as they are told."""

import json

import numpy as np
import pandas as pd

from keraswrap.codegen._data import read_table
from keraswrap.codegen._specification import space_of
from keraswrap.llm import FakeLM

WORDS = ["lamp", "broke", "after", "two", "days", "superb", "light", "again"]


def mixed(n=120, seed=0, gaps=True):
    """A table with numbers, whole numbers, categories, bools and texts, and gaps in most."""
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(
        {
            "age": rng.normal(40, 10, n),
            "rooms": rng.integers(1, 6, n),
            "city": rng.choice(["Rome", "Oslo", "Lima"], n),
            "member": rng.random(n) < 0.5,
            "note": [" ".join(rng.choice(WORDS, 6)) + f" {k}" for k in range(n)],
        }
    )
    y = pd.Series(np.where(X["age"] + 5 * X["member"] > 42, "yes", "no"), name="buys")
    if gaps:
        X.loc[::7, "age"] = np.nan
        X.loc[1::9, "city"] = None
        X.loc[2::11, "note"] = None
    return X, y


def numbers(X):
    return X["rooms"] * 1.5 + X["member"] + 0.25


def parts(task="classification", **told):
    """Return the table of `mixed`, described, and what may be specified for it."""
    X, y = mixed(**told)
    table = read_table(X, y if task == "classification" else numbers(X), task)
    return table, space_of(table.columns, table.target.task)


def said(specification):
    return specification if isinstance(specification, str) else json.dumps(specification)


def scripted(*answers, **told):
    """A model that gives one answer after another, and the last one ever again."""
    left = list(answers)
    model = FakeLM(says=lambda prompt: said(left.pop(0) if len(left) > 1 else left[0]), **told)
    model.fingerprint = f"scripted-{id(model)}"
    return model


def specify(space, seed=0, **changed):
    """A specification drawn from a space, with some fields set."""
    return {**space.draw(np.random.default_rng(seed)), **changed}
