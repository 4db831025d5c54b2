"""Steps that make a model, without a search: rows held out, issues, and what comes into use."""

import numpy as np
import pandas as pd
import pytest
from jobs import JOB, table, write_job
from model_stubs import stub

from keraswrap.exceptions import InputError
from keraswrap.retraining import read_job
from keraswrap.retraining._row_keys import hash_rows, places_of, row_keys
from keraswrap.retraining.job import _making as making
from keraswrap.retraining.job._context import Context
from keraswrap.retraining.job._state import State, hash_file
from keraswrap.tracking import register
from keraswrap.tracking._records import NewRun


def context_of(folder, text=JOB):
    job = read_job(write_job(folder, text))
    return Context(job, State(job.state))


def written(folder, rows):
    context = context_of(folder)
    rows.to_csv(folder / "train.csv", index=False)
    making.check_data(context)
    return [context.rows(f"data/{name}.jsonl") for name in ("train", "held_out")]


def test_a_row_is_held_out_by_what_it_holds(tmp_path):
    rows = table(300, 0)
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    train, held = written(tmp_path / "one", rows)
    assert len(train) + len(held) == 300
    again = written(tmp_path / "two", pd.concat([table(50, 3), rows.iloc[::-1], rows[:20]]))
    for first, second in zip((train, held), again, strict=True):
        assert set(first.X["a"]) <= set(second.X["a"])
    assert not set(again[0].X["a"]) & set(again[1].X["a"])  # copies are on one side


def one_in_training_alone():
    """Rows that are all of one class where they are held out."""
    rows = table(400, 0)
    places = places_of(hash_rows(row_keys(rows[["a", "b"]]), 0))
    return rows.assign(label=np.where(places < 0.2, "up", rows["label"]))


@pytest.mark.parametrize(
    ("rows", "said"), [(table(60, 0), r"at least 30 rows to hold out, got 2 and \d+"),
                       (table(400, 0).assign(label="up"), "Expected two classes .* got 1 and"),
                       (one_in_training_alone(), "Expected two classes in training and held out")]
)  # fmt: skip
def test_rows_that_are_too_few_or_of_one_class_are_refused(tmp_path, rows, said):
    with pytest.raises(InputError, match=said):
        written(tmp_path, rows)


@pytest.mark.parametrize("strategy", ["keep", "prune"])
def test_labels_that_are_wrong_are_listed_first(tmp_path, strategy):
    context = context_of(tmp_path, f"{JOB}[issues]\nstrategy = '{strategy}'\n")
    rows = table(400, 0)
    rows.loc[rows.index[rows["a"] > 1][:6], "label"] = "down"
    rows.to_csv(tmp_path / "train.csv", index=False)
    making.check_data(context)
    facts = making.find_issues(context).facts
    folder = context.state.folder / "issues"
    listed = pd.read_csv(folder / "issues.csv")["list"]
    assert (listed == "fix").sum() == facts["to_fix"] > 0
    assert (listed[: facts["to_fix"]] == "fix").all()
    left_out = facts["to_fix"] if strategy == "prune" else 0
    assert len(context.rows("issues/kept.jsonl")) == facts["kept"] == facts["rows"] - left_out


def test_what_another_search_kept_is_removed(tmp_path):
    context = context_of(tmp_path)
    (context.state.of("issues") / "kept.jsonl").write_text("rows")
    path = making._journal(context)
    path.write_text("fits")
    assert making._journal(context).read_text() == "fits"
    (context.state.folder / "issues" / "kept.jsonl").write_text("other rows")
    assert making._journal(context) != path
    assert not path.exists()


def searched(folder, replace):
    """A job with a model in use and another one from its search."""
    context = context_of(folder, f"{JOB}[register]\nreplace = '{replace}'\n")
    register(stub(folder, 0), "signs", context.registry, alias="champion")
    stub(folder, 1).replace(context.state.of("search") / "model.keraswrap")
    run = context.registry.add_run(NewRun("signs", {}, {}, {})).id
    facts = {"held_out": {"accuracy": 0.9}, "score": 0.8, "run": run}
    context.state.write("search", "f", "done", facts, [])
    return context


@pytest.mark.parametrize(("replace", "in_use"), [("never", 1), ("always", 2)])
def test_another_model_comes_into_use_only_if_that_is_said(tmp_path, replace, in_use):
    context = searched(tmp_path, replace)
    for _ in range(2):  # killed before it was recorded, it is done again
        done = making.register_model(context).facts
    assert (done["version"], done["in_use"]) == (2, in_use)
    aliases = [one.aliases for one in context.registry.versions("signs")]
    assert aliases == [[("champion",), ("candidate",)], [(), ("champion",)]][in_use - 1]
    context.state.write("register", "f", "done", done, [])
    assert making.is_registered(context)
    context.state.write("register", "f", "done", {**done, "sha256": "0"}, [])
    assert not making.is_registered(context)


def test_it_is_tested_against_the_one_in_use_if_that_is_said(tmp_path, monkeypatch):
    context = searched(tmp_path, "better")
    pair = lambda _, made, now: f"{made.version} against {now.version}"  # noqa: E731
    monkeypatch.setattr(making, "challenge", pair)
    assert making.register_model(context).facts["decision"] == "2 against 1"


def test_the_table_is_known_by_its_bytes(tmp_path):
    context = context_of(tmp_path)
    assert making.data_inputs(context) == hash_file(tmp_path / "train.csv")
    assert np.unique(table(10, 0)["label"]).tolist() == ["down", "up"]
