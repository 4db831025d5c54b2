"""A whole job, with a real registry."""

import json
import os
import signal
import subprocess
import sys
import time

import pandas as pd
import pytest
from jobs import JOB, answer, table, write_job, write_new

from keraswrap.exceptions import BusyError, InputError, ParameterError
from keraswrap.retraining import read_job, run_job
from keraswrap.retraining.job._state import exclusive
from keraswrap.tracking import open_registry


def run(path, *steps, **more):
    return {one.step: one for one in run_job(read_job(path), steps or None, **more)}


def statuses(results):
    return [one.status for one in results.values()]


def registry_of(path):
    return open_registry(path.parent / "registry.sqlite")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A job whose model is in use, and what its steps said."""
    path = write_job(tmp_path_factory.mktemp("job"))
    return path, run(path)


def test_a_model_is_made_registered_and_monitored(made):
    path, results = made
    assert statuses(results) == ["done"] * 6 + ["nothing"] * 2
    assert results["search"].facts["candidates"] == 2
    assert results["search"].facts["held_out"]["accuracy"] > 0.9
    found = registry_of(path).get("signs", "champion")
    assert found.version == results["register"].facts["version"] == 1
    assert found.run == registry_of(path).runs("signs")[0].id
    command = (path.parent / "state" / "serve" / "command.txt").read_text()
    assert command.startswith("keraswrap serve signs@champion --registry ")


def test_a_second_run_does_nothing(made):
    path, _ = made
    before = {p: p.stat().st_mtime_ns for p in (path.parent / "state").rglob("*") if p.is_file()}
    assert statuses(run(path)) == ["unchanged"] * 6 + ["nothing"] * 2
    after = {p: p.stat().st_mtime_ns for p in (path.parent / "state").rglob("*") if p.is_file()}
    assert after == before
    assert len(registry_of(path).runs("signs")) == 1


def test_a_file_that_was_changed_is_written_again(made):
    path, _ = made
    file = path.parent / "state" / "issues" / "issues.csv"
    whole = file.read_bytes()
    file.write_bytes(whole[:100])
    results = run(path, "data", "issues", "search")
    assert statuses(results) == ["unchanged", "done", "unchanged"]
    assert file.read_bytes() == whole


def test_only_what_depends_on_a_setting_is_done_again(made):
    path, _ = made
    path.write_text(JOB.replace("[model]", "[monitor]\nalpha = 0.01\n[model]"), encoding="utf-8")
    results = run(path)
    path.write_text(JOB, encoding="utf-8")
    changed = [one.step for one in results.values() if one.status == "done"]
    assert changed == ["monitor"]


@pytest.mark.parametrize(
    "registry",
    ["registry.sqlite", pytest.param("sqlite:///mlflow.db", marks=pytest.mark.thorough)],
)
def test_the_whole_cycle_from_drift_through_labels_to_another_model(
    registry, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    path = write_job(tmp_path, JOB.replace("[job]", f"[job]\nregistry = '{registry}'"))
    run(path)
    new = write_new(tmp_path)
    asked = run(path)
    assert asked["watch"].facts["sign"]
    assert (tmp_path / "state" / "watch" / "drift.html").stat().st_size > 1000
    assert asked["retrain"].status == "labels_needed"
    assert statuses(run(path))[-1] == "labels_needed"  # until there are labels
    answer(tmp_path, asked["retrain"].facts["files"][0], new)
    done = run_job(read_job(path))
    assert [one.step for one in done][-2:] == ["retrain", "monitor"]
    assert done[-2].facts["action"] == "replaced"
    assert done[-1].facts["reference"] == "rows that the last retraining tested on"
    kept = open_registry(registry)
    assert kept.get("signs", "champion").version == 2
    assert kept.get("signs", "previous").version == 1
    # The rows that the new model was chosen by are no longer new.
    assert statuses(run(path, "watch", "retrain")) == ["nothing", "nothing"]


def test_pruned_rows_are_not_trained_on(tmp_path):
    rows = table(400, 0)
    wrong = rows.index[(rows["a"] > 1)][:6]
    rows.loc[wrong, "label"] = "down"
    path = write_job(tmp_path, JOB.replace("[model]", "[issues]\nstrategy = 'prune'\n[model]"))
    rows.to_csv(tmp_path / "train.csv", index=False)
    facts = run(path, "data", "issues")["issues"].facts
    assert facts["to_fix"] > 0
    assert facts["kept"] == facts["rows"] - facts["to_fix"]


def test_another_model_does_not_replace_the_one_in_use_untested(made, tmp_path):
    path, _ = made
    table(420, 7).to_csv(path.parent / "train.csv", index=False)
    facts = run(path, "data", "issues", "search", "register")["register"].facts
    assert (facts["version"], facts["in_use"]) == (2, 1)
    assert registry_of(path).get("signs", "candidate").version == 2


def test_two_at_once_do_not_disturb_each_other(made):
    path, _ = made
    with (
        exclusive(read_job(path).state),
        pytest.raises(BusyError, match="another process uses"),
    ):
        run(path)


def test_a_step_before_which_another_is_missing_is_refused(tmp_path):
    with pytest.raises(InputError, match="Expected the step 'data' to be done before 'issues'"):
        run(write_job(tmp_path), "issues")


def test_an_unknown_step_is_refused(tmp_path):
    with pytest.raises(ParameterError, match="Did you mean 'retrain'"):
        run(write_job(tmp_path), "retrian")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("units = [2, 4]", "unit = [2]", "got 'unit'. Did you mean 'units'"),
        ("units = 4", "unitz = 4", "got 'unitz'. Did you mean 'units'"),
        ('["a", "b"]', '["a", "c"]', "'c'"),
        ('train = "train.csv"', 'train = "none.csv"', "which is not there"),
    ],
)
def test_what_is_wrong_is_found_in_the_first_step(tmp_path, old, new, message):
    with pytest.raises(InputError, match=message):
        run(write_job(tmp_path, JOB.replace(old, new)), "data")


def test_a_cell_that_is_no_number_is_named(tmp_path):
    path = write_job(tmp_path)
    rows = table(50, 0).astype({"b": object})
    rows.loc[7, "b"] = "much"
    rows.to_csv(tmp_path / "train.csv", index=False)
    with pytest.raises(InputError, match="got 'much' in row 7 of the column 'b'"):
        run(path, "data")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [("units = [2, 4]", "units = ['x', 2]", "build_dense.. raised .* positive integer"),
     ("units = [2, 4]", "epochs = [5, 'ten']", "Expected epochs to be a whole number .* 'ten'")],
)  # fmt: skip
def test_a_value_that_the_model_cannot_have_is_told_as_the_model_tells_it(tmp_path, old, new, said):
    with pytest.raises(InputError, match=said):
        run(write_job(tmp_path, JOB.replace(old, new)), "data", "issues", "search")


def test_a_label_that_is_not_known_is_named(made):
    path, _ = made
    table(40, 3).replace("up", "upp").to_csv(path.parent / "new" / "bad.csv", index=False)
    try:
        with pytest.raises(InputError, match=r"got .upp.\. Correct it, or name it"):
            run(path, "watch")
    finally:
        (path.parent / "new" / "bad.csv").unlink()


COMMAND = "import sys; from keraswrap.cli import main; sys.exit(main(sys.argv[1:]))"


@pytest.mark.slow
@pytest.mark.parametrize(
    "moments",
    [("data", "search"), pytest.param(("issues", "register"), marks=pytest.mark.thorough)],
)
def test_killed_in_any_step_the_next_run_goes_on(tmp_path, moments):
    path = write_job(tmp_path)
    done = []
    for last in moments:  # the next step has begun
        command = [sys.executable, "-c", COMMAND, "cycle", str(path), "--json"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        lines = []
        while not lines or lines[-1]["step"] != last:
            lines.append(json.loads(process.stdout.readline()))
        time.sleep(0.5)
        os.kill(process.pid, signal.SIGKILL)
        lines += map(json.loads, process.communicate()[0].splitlines())
        done += [line["step"] for line in lines if line["status"] == "done"]
    results = run(path)
    done += [one.step for one in results.values() if one.status == "done"]
    assert sorted(set(done)) == ["data", "issues", "monitor", "register", "search", "serve"]
    registry = registry_of(path)
    assert len(registry.versions("signs")) == len(registry.runs("signs")) == 1
    assert pd.read_json(path.parent / "state" / "data" / "train.jsonl", lines=True).shape[1] == 3
