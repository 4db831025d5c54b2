"""A registry on a real MLflow server: the same answers as from our own file."""

import json
import urllib.request

import numpy as np
import pandas as pd
import pytest
from mlflow_servers import free_port, start, stop
from model_stubs import stub, stub_bytes
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

from keraswrap.exceptions import InputError, ParameterError, SavedFileError
from keraswrap.issues import find_label_issues
from keraswrap.model_selection import GridSearchCV
from keraswrap.report import make_report
from keraswrap.tracking import open_registry, register, track_search

mlflow = pytest.importorskip("mlflow", reason="needs the extra mlflow")
pytestmark = pytest.mark.slow

X, Y = load_iris(return_X_y=True)


@pytest.fixture
def registry(mlflow_server):
    return open_registry(mlflow_server)


def told(registry, name):
    """All that may be compared between two registries."""
    return [
        (one.version, one.aliases, one.sha256, one.metrics, one.tags, one.description, one.file)
        for one in registry.versions(name)
    ]


def fill(registry, name, folder):
    for number in (0, 1, 0):
        metrics, tags = {"accuracy": number / 3}, {"by": "me"}
        register(stub(folder, number), name, registry, metrics=metrics, tags=tags, alias="newest")
    register(stub(folder, 1), name, registry, again=True, description="once more")
    registry.set_alias(name, "champion", 2)
    registry.set_alias(name, "gone", 2)
    registry.delete_alias(name, "gone")


@pytest.mark.parametrize("name", ["it's 100% ours", 'the "best" Öl & <b>?#'])
def test_it_answers_as_our_own_file_does(registry, tmp_path, name):
    own = open_registry(tmp_path / "registry.sqlite")
    for one in (own, registry):
        fill(one, name, tmp_path)
    assert told(registry, name) == told(own, name)
    assert [v for v, *_ in told(own, name)] == [1, 2, 3]
    for address in (name, f"{name}:1", f"{name}@champion"):
        assert registry.read(address) == own.read(address)
        assert registry.get(address).version == own.get(address).version
    assert name in registry.names()
    messages = []
    for one in (own, registry):
        for address in ("nothing", f"{name}:9", f"{name}@gone"):
            with pytest.raises(InputError, match="Expected a") as error:
                one.get(address)
            messages.append(str(error.value).replace(repr(one.where), "there"))
    assert messages[:3] == messages[3:]


def test_events_come_back_in_order(registry):
    assert registry.events("letters") == []
    facts = [{"rows": 200, "by": ["a", None]}, {"long": "ü" * 20_000}, {}]
    made = [registry.log_event("letters", "step", each) for each in facts]
    assert registry.events("letters") == made
    assert [event.facts for event in made] == facts


@pytest.fixture(scope="module")
def search():
    return GridSearchCV(LogisticRegression(max_iter=500), {"C": [0.1, 1.0]}, cv=3).fit(X, Y)


def ask(uri, path, question):
    body = json.dumps(question).encode()
    request = urllib.request.Request(f"{uri}/api/2.0/mlflow/{path}", body)
    request.add_header("content-type", "application/json")
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def test_a_search_is_in_the_run_that_mlflow_shows(registry, mlflow_server, search, tmp_path):
    issues = find_label_issues(search.oof_proba_, y=Y, out_of_sample=True)
    report = make_report(issues, X)
    run = track_search(search, registry, name="iris", X=X, y=Y, label_issues=issues, report=report)
    assert registry.runs("iris") == [run]
    assert registry.read_run_file(run.id, "report.html").decode() == report.to_html()
    with pytest.raises(InputError, match=r"Expected a file of a run, got '../search.json'"):
        registry.read_run_file(run.id, "../search.json")
    model = register(stub(tmp_path), "iris", registry, run=run)
    assert model.run == run.id

    shown = ask(mlflow_server, "experiments/search", {"max_results": 99})["experiments"]
    ids = [one["experiment_id"] for one in shown if one["name"] == "iris"]
    runs = ask(mlflow_server, "runs/search", {"experiment_ids": ids})["runs"]
    whole = next(one for one in runs if one["info"]["run_id"] == run.id)
    params = {one["key"]: one["value"] for one in whole["data"]["params"]}
    assert params["best.C"] == str(search.best_params_["C"])
    metrics = {one["key"]: one["value"] for one in whole["data"]["metrics"]}
    assert metrics["best_score"] == search.best_score_
    inner = [one["data"] for one in runs if one["info"]["run_id"] != run.id]
    scores = sorted(
        m["value"] for d in inner for m in d["metrics"] if m["key"] == "mean_test_score"
    )
    assert scores == sorted(search.cv_results_["mean_test_score"])


def test_a_run_that_was_broken_off_does_not_count(registry, search, monkeypatch):
    monkeypatch.setattr("keraswrap.tracking._mlflow_runs._upload", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        track_search(search, registry, name="broken")
    assert registry.runs("broken") == []


def test_a_registration_that_was_broken_off_leaves_no_version(registry, tmp_path, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr("keraswrap.tracking._mlflow_registry.version_tags", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            register(stub(tmp_path), "broken", registry)
    assert registry.versions("broken") == []
    assert register(stub(tmp_path), "broken", registry).version == 1


def test_bytes_that_changed_on_the_server_are_not_loaded(registry, tmp_path):
    register(stub(tmp_path, 5), "changed", registry)
    with registry._door.opened() as client:
        stored = client.get_model_version("changed", "1")
        (tmp_path / "model.keraswrap").write_bytes(stub_bytes(6))
        folder = stored.tags["keraswrap.path"].rpartition("/")[0]
        client.log_artifact(stored.run_id, str(tmp_path / "model.keraswrap"), folder)
    with pytest.raises(SavedFileError, match="Expected the bytes of changed:1"):
        registry.load("changed")


def test_a_model_of_others_is_no_model_of_ours(registry):
    with registry._door.opened() as client:
        client.create_registered_model("theirs")
        client.create_model_version("theirs", "s3://elsewhere/model")
    assert registry.versions("theirs") == []
    with pytest.raises(SavedFileError, match="Expected a version that keraswrap registered"):
        registry.get("theirs", 1)


def test_a_name_that_mlflow_cannot_search_is_refused(registry, tmp_path):
    with pytest.raises(ParameterError, match="one kind of quotes at most"):
        register(stub(tmp_path), 'it\'s "it"', registry)


@pytest.fixture(scope="module")
def fitted():
    import keras

    from keraswrap import KerasWrapperSequential

    layers = [keras.layers.Dense(3, activation="softmax")]
    labels = np.array(["ant", "bee", "cat"])[Y]
    return KerasWrapperSequential(layers, random_state=0).fit(X, labels)


def test_mlflow_gives_labels_and_probabilities(
    registry, mlflow_server, fitted, tmp_path, monkeypatch
):
    register(fitted, "served", registry, alias="champion")
    again = open_registry(mlflow_server).load("served@champion")
    assert np.array_equal(again.predict_proba(X), fitted.predict_proba(X))
    monkeypatch.setenv("MLFLOW_TRACKING_URI", mlflow_server)
    model = mlflow.pyfunc.load_model("models:/served@champion")
    found = model.predict(pd.DataFrame(X))
    assert list(found) == ["label", "ant", "bee", "cat"]
    assert np.array_equal(found[["ant", "bee", "cat"]].to_numpy(), fitted.predict_proba(X))
    assert (found["label"] == fitted.predict(X)).all()

    port, log = free_port(), tmp_path / "models.log"
    command = ["mlflow", "models", "serve", "-m", "models:/served@champion", "-w", "1"]
    command += ["--env-manager", "local", "-h", "127.0.0.1", "-p", str(port)]
    ping = f"http://127.0.0.1:{port}/ping"
    process = start(command, ping, log)
    try:
        body = json.dumps({"dataframe_split": {"data": X[:2].tolist()}}).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{port}/invocations", body)
        request.add_header("content-type", "application/json")
        with urllib.request.urlopen(request, timeout=60) as answer:
            rows = json.load(answer)["predictions"]
    finally:
        stop(process)
    assert [row["label"] for row in rows] == fitted.predict(X[:2]).tolist()
    expected = fitted.predict_proba(X[:2])
    assert [[row[c] for c in fitted.classes_] for row in rows] == expected.tolist()
