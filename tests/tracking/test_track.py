"""A search in a registry."""

import numpy as np
import pytest
from model_stubs import stub
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from keraswrap.exceptions import InputError, InputTypeError, ParameterError
from keraswrap.issues import find_label_issues
from keraswrap.model_selection import GridSearchCV
from keraswrap.report import make_report
from keraswrap.tracking import open_registry, register, track_search

X, Y = load_iris(return_X_y=True)


@pytest.fixture(scope="module")
def search():
    return GridSearchCV(LogisticRegression(max_iter=500), {"C": [0.1, 1.0]}, cv=2).fit(X, Y)


@pytest.fixture
def registry(tmp_path):
    return open_registry(tmp_path / "registry.sqlite")


def test_a_run_is_kept_as_it_was_made(search, registry):
    run = track_search(search, registry, X=X, y=Y, tags={"by": "me"})
    assert registry.runs() == [run]
    assert (run.name, run.tags, run.files) == ("LogisticRegression", {"by": "me"}, ())
    assert run.record["best"]["params"] == search.best_params_


def test_runs_are_found_by_name(search, registry):
    first, second = (track_search(search, registry, name=name) for name in ("a", "b"))
    assert registry.runs() == [first, second]
    assert registry.runs("b") == [second]


def test_a_pipeline_is_named_after_its_last_step(registry):
    pipeline = make_pipeline(StandardScaler(), LogisticRegression())
    search = GridSearchCV(pipeline, {"logisticregression__C": [1.0]}, cv=2).fit(X, Y)
    assert track_search(search, registry).name == "LogisticRegression"


def test_a_model_knows_its_run(search, registry, tmp_path):
    run = track_search(search, registry)
    assert register(stub(tmp_path), "iris", registry, run=run).run == run.id
    assert register(stub(tmp_path, 1), "iris", registry, run=run.id).run == run.id


def test_a_report_is_kept(search, registry, tmp_path):
    issues = find_label_issues(search.oof_proba_, y=Y, out_of_sample=True)
    report = make_report(issues, X)
    run = track_search(search, registry, label_issues=issues, report=report)
    assert run.files == ("report.html",)
    assert registry.read_run_file(run.id, "report.html").decode() == report.to_html()
    assert run.record["label_issues"]["n_issues"] == issues.n_issues
    (tmp_path / "notes.txt").write_text("notes")
    other = track_search(search, registry, report=tmp_path / "notes.txt")
    assert registry.read_run_file(other.id, "notes.txt") == b"notes"


@pytest.mark.parametrize(
    ("kwargs", "error", "message"),
    [
        ({"report": "none.html"}, InputError, "Expected the file of a report"),
        ({"report": np}, InputTypeError, "Expected a report that make_report"),
        ({"name": "a/b"}, ParameterError, "Expected a model's name"),
        ({"tags": {"a": None}}, ParameterError, "Expected a text of at most"),
        ({"label_issues": "none"}, InputTypeError, "Expected issues from"),
    ],
)
def test_what_cannot_be_used_is_told_before_anything_is_written(
    search, registry, kwargs, error, message
):
    with pytest.raises(error, match=message):
        track_search(search, registry, **kwargs)
    assert not registry.path.exists()
