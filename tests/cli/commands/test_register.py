"""``keraswrap register`` and ``keraswrap models``: a registry from the command line."""

import json

import pytest
from model_stubs import stub

from keraswrap.cli import main
from keraswrap.tracking import open_registry


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for number in (0, 1):
        stub(tmp_path, number)
    return tmp_path


TO = ["--to", "registry.sqlite"]
TWICE = ["--metric", "f1=0.9", "--metric", "f1=0.8"]


def test_models_are_registered_and_listed(folder, capsys):
    metric = ["--metric", "accuracy=0.93", "--metric", "auc=0.5"]
    assert main(["register", "model0.keraswrap", "reviews", *TO, "--alias", "champion"]) == 0
    assert main(["register", "model1.keraswrap", "reviews", *TO, *metric, "--json"]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first == f"reviews:1, reviews@champion in {folder}/registry.sqlite"
    made = json.loads(second)
    assert (made["version"], made["metrics"]) == (2, {"accuracy": 0.93, "auc": 0.5})
    assert main(["models", *TO]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("reviews:1 @champion: KerasWrapperModel, 1 kB, 20")
    assert lines[1].endswith(" UTC, accuracy 0.93, auc 0.5")
    assert main(["models", "reviews", *TO, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["models"][1] == made


def test_the_same_file_is_a_new_version_on_request(folder):
    for more in ([], [], ["--again", "--description", "once more"]):
        assert main(["register", "model0.keraswrap", "reviews", *TO, *more]) == 0
    versions = open_registry("registry.sqlite").versions("reviews")
    assert [one.description for one in versions] == ["", "once more"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["register", "model0.keraswrap", "a/b", *TO], "Expected a model's name"),
        (["register", "none.keraswrap", "a", *TO], "Expected the file of a model"),
        (["register", "model0.keraswrap", "a", *TO, "--metric", "x"], "Expected --metric NAME=NUM"),
        (["register", "model0.keraswrap", "a", *TO, *TWICE], "got 'f1' as 0.9 and as 0.8"),
        (["register", "model0.keraswrap", "a", *TO, "--alias", "v1"], "Expected an alias"),
        (["models", *TO], "got no file at"),
        (["models", "--to", "ftp://a"], "Expected the path of a registry"),
    ],
)
def test_what_cannot_be_used_is_told(folder, capsys, arguments, message):
    assert main(arguments) == 2
    assert message in capsys.readouterr().err
    assert not (folder / "registry.sqlite").exists()


def test_an_unknown_model_is_told_and_an_empty_registry_is_none(folder, capsys):
    open_registry("registry.sqlite").log_event("reviews", "labeled", {})
    assert main(["models", *TO]) == 0
    assert capsys.readouterr().out == "no models\n"
    assert main(["models", "letters", *TO]) == 2
    assert "got 'letters', which is not there" in capsys.readouterr().err
