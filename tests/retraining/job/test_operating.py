"""Steps around a model in use: which rows are new to it, and which it is compared with."""

import shlex

import numpy as np
import pandas as pd
import pytest
from jobs import table, write_job, write_new
from model_stubs import stub

from keraswrap.exceptions import InputError
from keraswrap.retraining import read_job
from keraswrap.retraining._history import REPLACED, TESTED
from keraswrap.retraining._row_keys import hash_rows, places_of, row_keys
from keraswrap.retraining.job import _operating as operating
from keraswrap.retraining.job._context import Context
from keraswrap.retraining.job._rows import Table, write_rows
from keraswrap.retraining.job._state import State
from keraswrap.tracking import register


def rows(frame):
    return Table(frame[["a", "b"]].reset_index(drop=True), frame["label"].to_numpy())


def names(found):
    return hash_rows(row_keys(found.X), 0)


@pytest.fixture
def context(tmp_path):
    """A job whose model in use, version 2, won against version 1 on the rows of `LABELED`."""
    job = read_job(write_job(tmp_path))
    made = Context(job, State(job.state))
    for number in (1, 2):
        register(stub(tmp_path, number), "signs", made.registry)
    made.registry.set_alias("signs", "champion", 2)
    for name, n, seed in (("data/train", 40, 0), ("issues/kept", 40, 0), ("data/held_out", 35, 5)):
        made.state.of(name.partition("/")[0])
        write_rows(rows(table(n, seed)), made.state.folder / f"{name}.jsonl", job.data)
    return made


LABELED = rows(table(130, 7))


def retrained(context, n_tested):
    facts = {"retraining": "k", "inputs": "i", "champion": 1, "challenger": 2}
    tested = {**facts, "test_rows": names(LABELED)[:n_tested]}
    context.registry.log_event("signs", TESTED, tested)
    context.registry.log_event("signs", REPLACED, facts)
    context.state.of("retrain")
    write_rows(LABELED, context.labeled_file("i"), context.job.data)


def test_the_command_starts_the_server_of_the_model_in_use(context, tmp_path):
    done = operating.serve(context)
    command = shlex.split(done.files[0].read_text())
    assert command == done.facts["command"]
    assert command[:3] == ["keraswrap", "serve", "signs@champion"]
    assert command[command.index("--registry") + 1] == str(tmp_path / "registry.sqlite")
    assert done.facts["version"] == 2


@pytest.mark.parametrize(("n", "told"), [(60, "rows that the last retraining tested on"),
                                         (49, "rows held out")])  # fmt: skip
def test_a_model_is_watched_by_the_rows_that_it_was_last_tested_on(context, n, told):
    retrained(context, n)
    found, source = operating._reference(context, 2)
    assert (len(found), source) == (60 if n == 60 else 35, told)
    assert operating._reference(context, 1)[1] == "rows held out"


def test_rows_that_it_was_tested_on_are_not_trained_on(context):
    retrained(context, 60)
    share = context.job.retrain.test_share
    new = np.flatnonzero(places_of(names(LABELED)) >= share)
    assert len(operating._old_rows(context, 1)) == 40
    old = operating._old_rows(context, 2)
    pd.testing.assert_frame_equal(old.X[40:].reset_index(drop=True), LABELED.take(new).X)


def test_rows_that_it_was_chosen_by_are_not_new(context, tmp_path):
    retrained(context, 60)
    new = write_new(tmp_path, n=20)
    assert len(operating._new_table(context)[0]) == 20
    seen = names(rows(new))[:5]
    operating._seen_file(context, "i").write_text("\n".join(seen))
    left, _ = operating._new_table(context)
    assert (len(left), set(left.y)) == (15, {None})
    assert not set(names(left)) & set(seen)


def test_without_new_rows_there_is_nothing_to_do(context):
    assert operating.watch(context).status == operating.retrain(context).status == "nothing"


def test_a_model_without_a_monitor_is_told(context, tmp_path):
    write_new(tmp_path, n=20)
    with pytest.raises(InputError, match="Expected the monitor of version 2, got none"):
        operating.watch(context)


def test_labels_of_people_come_before_those_of_tables(context, tmp_path):
    new = table(3, 1).assign(label=["up", "down", ""])
    new.to_csv(tmp_path / "new" / "1.csv", index=False)
    told = pd.DataFrame({"row_id": names(rows(new)), "label": ["down", "?", ""]})
    told.to_csv(tmp_path / "answers.csv", index=False)
    found, unclear = operating._answered(context)
    assert (found.y.tolist(), unclear.tolist()) == (["down", None, None], [False, True, False])


def test_what_a_step_depends_on_changes_with_rows_answers_and_model(context, tmp_path):
    seen = [operating.retrain_inputs(context)]
    write_new(tmp_path, n=5)
    seen.append(operating.retrain_inputs(context))
    (tmp_path / "answers.csv").write_text("row_id,label\n")
    seen.append(operating.retrain_inputs(context))
    context.registry.set_alias("signs", "champion", 1)
    seen.append(operating.retrain_inputs(context))
    assert len(set(map(repr, seen))) == 4
