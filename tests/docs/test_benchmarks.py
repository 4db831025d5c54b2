"""The benchmarks' harness: what is finished is kept, what fails is said, peers come by pip."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def tools(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    import environments
    import harness

    return harness, environments


def imports(harness, *modules):
    return [harness.Job("imports", {"module": module}) for module in modules]


def test_what_is_finished_is_kept_and_what_failed_is_tried_again(tools, tmp_path):
    harness, _ = tools
    path = tmp_path / "import.json"
    results = harness.read(path, {}, fresh=False)
    failed = harness.measure(imports(harness, "json", "no_such", "csv"), results, path)
    assert [what["module"] for what in failed] == ["no_such"]
    again = harness.read(path, {}, fresh=False)
    assert harness.measure(imports(harness, "csv", "string", "json"), again, path) == []
    kept = json.loads(path.read_text())["measurements"]
    assert kept[:2] == results["measurements"]
    assert [entry["what"]["module"] for entry in kept] == ["json", "csv", "string"]


def test_figures_of_another_machine_are_not_gone_on_with(tools, tmp_path):
    harness, _ = tools
    path = tmp_path / "import.json"
    results = harness.read(path, {}, fresh=False)
    harness.write(path, {**results, "machine": {"processor": "another"}})
    with pytest.raises(SystemExit, match="figures of this machine"):
        harness.read(path, {}, fresh=False)
    assert harness.read(path, {}, fresh=True)["machine"] == results["machine"]


def test_an_environment_is_made_once_and_a_failed_one_is_not_taken_for_one(tools, tmp_path):
    _, environments = tools
    wanted, made = tmp_path / "peer.txt", tmp_path / "made"
    wanted.write_text("nothing @ file:///no/such/archive.whl\n")
    with pytest.raises(SystemExit, match="Expected pip to install"):
        environments.interpreter("peer", tmp_path, made)
    assert not (made / "peer" / environments.STAMP).exists()
    wanted.write_text("# nothing\n")
    python = environments.interpreter("peer", tmp_path, made)
    asked = [python, "-c", "import sys; print(sys.prefix)"]
    assert subprocess.check_output(asked, text=True).strip() == str(made / "peer")
    stamped = (made / "peer" / environments.STAMP).stat().st_mtime_ns
    environments.interpreter("peer", tmp_path, made)
    assert (made / "peer" / environments.STAMP).stat().st_mtime_ns == stamped


def run(*told):
    script = [sys.executable, BENCHMARKS / "run.py", *told]
    return subprocess.run(script, capture_output=True, text=True, timeout=600)


def test_a_benchmark_that_is_not_there_is_refused():
    assert "Expected benchmarks out of import, dense" in run("dense", "denser").stderr


@pytest.mark.slow
def test_our_side_of_the_benchmarks_runs_small():
    done = run("import", "dense", "refits", "--quick", "--sides", "ours")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "| `import keraswrap` |" in done.stdout
    assert done.stdout.count("| keraswrap |") == 2
