"""What steps share, and what makes one of them be done again."""

from dataclasses import replace

import numpy as np
import pytest
from jobs import write_job
from model_stubs import stub

from keraswrap.exceptions import InputError
from keraswrap.retraining import read_job
from keraswrap.retraining._history import REPLACED, TESTED
from keraswrap.retraining.job._context import Context, Outcome, Step, hashes, shares
from keraswrap.retraining.job._state import State
from keraswrap.tracking import register

NAME = "signs"


@pytest.fixture
def context(tmp_path):
    job = read_job(write_job(tmp_path))
    return Context(job, State(job.state))


def step(**changes):
    run = lambda context: Outcome({})  # noqa: E731
    return replace(Step("search", run, ("issues",), ("issues/kept",), ("search",)), **changes)


def with_settings(context, section, **changes):
    settings = replace(getattr(context.job, section), **changes)
    return replace(context, job=replace(context.job, **{section: settings}))


def record(context, content):
    files = [context.state.of("issues") / name for name in content]
    for file in files:
        file.write_text(content[file.name])
    context.state.write("issues", "f", "done", {}, files)


def test_a_step_depends_on_what_it_says_and_on_nothing_else(context):
    record(context, {"kept.jsonl": "a", "report.html": "a"})
    one = step().fingerprint(context)
    assert step().fingerprint(with_settings(context, "monitor", alpha=0.01)) == one
    record(context, {"kept.jsonl": "a", "report.html": "b"})
    assert step().fingerprint(context) == one
    others = [
        step().fingerprint(with_settings(context, "search", folds=7)),
        step().fingerprint(with_settings(context, "job", seed=7)),
        step(inputs=lambda context: "x").fingerprint(context),
    ]
    record(context, {"kept.jsonl": "b", "report.html": "b"})
    others.append(step().fingerprint(context))
    assert len({one, *others}) == 5


def test_a_model_in_use_is_needed(context, tmp_path):
    assert context.champion() is None
    with pytest.raises(InputError, match="Expected a model signs@champion in the registry, got no"):
        context.need_champion()
    register(stub(tmp_path), NAME, context.registry, alias="champion")
    assert context.need_champion().version == 1


def test_the_line_of_a_model_goes_back_to_the_first_one(context):
    for old, new in ((1, 2), (2, 3), (2, 4)):
        facts = {"retraining": f"k{new}", "champion": old, "challenger": new}
        context.registry.log_event(NAME, TESTED, {**facts, "test_rows": [f"row{new}"]})
        context.registry.log_event(NAME, REPLACED, facts)
    assert [one["challenger"] for one in context.lineage(4)] == [4, 2]
    assert context.lineage(1) == []
    assert context.test_names(context.lineage(3)[0]) == ["row3"]
    assert context.test_names({}) == []


def test_files_need_not_be_there(context, tmp_path):
    assert (context.new_files(), context.answer_files()) == ([], [])
    (tmp_path / "new" / "1.csv").write_text("a,b\n1,2\n")
    (tmp_path / "answers.csv").write_text("row_id,label\n")
    assert hashes(context.new_files()).keys() == {"1.csv"}
    assert context.answer_files() == [tmp_path / "answers.csv"]


def test_the_estimator_is_the_one_that_the_search_chose(context):
    assert context.estimator().get_params()["model__units"] == 4
    context.state.folder.mkdir()
    context.state.write("search", "f", "done", {"params": {"units": 2}}, [])
    assert context.estimator().get_params()["model__units"] == 2


def test_rows_are_counted_by_class():
    assert shares(np.array(["up", "down", "up"])) == {"down": 1, "up": 2}
