"""A model from a search against the one in use: one test on held-out rows, which counts."""

import pytest
from jobs import table, write_job

from keraswrap.model_files import save_estimator
from keraswrap.retraining import _history as history
from keraswrap.retraining import read_job
from keraswrap.retraining.job import _challenge, _making
from keraswrap.retraining.job._challenge import challenge
from keraswrap.retraining.job._context import Context
from keraswrap.retraining.job._making import make_estimator
from keraswrap.retraining.job._state import State
from keraswrap.tracking import register


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """A model of labels turned round, and two that have learned the right ones."""
    folder = tmp_path_factory.mktemp("models")
    job, rows = read_job(write_job(folder)), table(400, 0)
    turned = rows["label"].map({"up": "down", "down": "up"})
    for name, y, seed in (("wrong", turned, 0), ("right", rows["label"], 0),
                          ("other", rows["label"], 1)):  # fmt: skip
        model = make_estimator(job.model, seed, folder, {"units": 4})
        save_estimator(model.fit(rows[["a", "b"]], y), folder / name)
    return folder


@pytest.fixture
def context(tmp_path):
    job = read_job(write_job(tmp_path))
    found = Context(job, State(job.state))
    _making.check_data(found)
    return found


def versions(context, models, *names):
    made = [register(models / name, "signs", context.registry) for name in names]
    context.registry.set_alias("signs", "champion", made[0].version)
    return made


def events(context, kind):
    return [e.facts for e in context.registry.events("signs") if e.kind == kind]


@pytest.mark.parametrize(
    ("names", "said", "in_use"),
    [
        (("wrong", "right"), "Version 2 replaced version 1. The new model is better.", 2),
        (("right", "wrong"), "Version 2 does not replace version 1. No gain is shown.", 1),
        (("right", "other"), "Version 2 does not replace version 1. No gain is shown.", 1),
    ],
)
def test_it_replaces_the_one_in_use_only_if_it_wins(context, models, names, said, in_use):
    now, made = versions(context, models, *names)
    assert challenge(context, made, now).startswith(said)
    assert context.champion().version == in_use
    (facts,) = events(context, history.TESTED)
    assert facts["test"]["n"] == len(context.rows("data/held_out.jsonl"))
    assert facts["test"]["level"] == pytest.approx(0.025)
    if in_use == 2:
        assert context.registry.get("signs", "previous").version == 1


def test_it_is_tested_once_and_each_test_makes_the_next_harder(context, models):
    now, first, second = versions(context, models, "right", "other", "wrong")
    reason = challenge(context, first, now).partition(". ")[2]
    assert challenge(context, first, now) == f"Decided before, on the same rows. {reason}"
    challenge(context, second, now)
    levels = [facts["test"]["level"] for facts in events(context, history.TESTED)]
    assert levels == pytest.approx([0.05 / 2, 0.05 / 6])


def test_killed_after_the_test_the_next_run_does_what_it_decided(context, models, monkeypatch):
    now, made = versions(context, models, "wrong", "right")

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(_challenge, "conclude", killed)
        with pytest.raises(KeyboardInterrupt):
            challenge(context, made, now)
    assert context.champion().version == 1
    assert challenge(context, made, now).startswith("Version 2 replaced version 1.")
    assert (len(events(context, history.TESTED)), context.champion().version) == (1, 2)
