"""A small job: rows of two numbers, whose second one grows in the new rows."""

import numpy as np
import pandas as pd

JOB = """
[job]
name = "signs"
[data]
train = "train.csv"
columns = ["a", "b"]
new = "new"
answers = ["answers.csv"]
[model]
kind = "dense"
units = 4
epochs = 5
learning_rate = 0.05
[search]
folds = 2
[search.grid]
units = [2, 4]
[retrain]
gain = 0.15
differ = 0.4
n_train = 100
"""


def table(n, seed, moved=False):
    X = np.random.default_rng(seed).normal(size=(n, 2)) * [1, 3 if moved else 0.01]
    label = np.where(X.sum(axis=1) > 0, "up", "down")
    return pd.DataFrame({"a": X[:, 0], "b": X[:, 1], "label": label})


def write_job(folder, text=JOB):
    """Write the job and its rows, and return the file."""
    table(400, 0).to_csv(folder / "train.csv", index=False)
    (folder / "new").mkdir()
    path = folder / "job.toml"
    path.write_text(text, encoding="utf-8")
    return path


def write_new(folder, n=500, seed=1):
    """Write moved rows without labels; return their labels by row."""
    new = table(n, seed, moved=True)
    new.drop(columns="label").to_csv(folder / "new" / f"{seed}.csv", index=False)
    return new


def answer(folder, questions, new):
    """Fill in the labels that are asked for."""
    asked = pd.read_csv(questions, dtype={"row_id": str})
    truth = np.where(asked["a"] + asked["b"] > 0, "up", "down")
    asked.assign(label=truth).to_csv(folder / "answers.csv", index=False)
