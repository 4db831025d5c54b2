"""``keraswrap models``: one line or one object for each version."""

import json

import pytest
from model_stubs import stub

from keraswrap.cli import main
from keraswrap.tracking import open_registry, register


@pytest.fixture
def registry(tmp_path):
    made = open_registry(tmp_path / "registry.sqlite")
    for number, name in enumerate(("b", "a", "a")):
        register(stub(tmp_path, number, size=1500), name, made, alias="champion")
    made.set_alias("a", "canary", 2)
    return made


def models(capsys, registry, *given):
    code = main(["models", "--to", registry.where, *given])
    told = capsys.readouterr()
    return code, told.out, told.err


def test_models_come_by_name_and_version(registry, capsys):
    code, out, _ = models(capsys, registry)
    starts = [line.partition(": ")[0] for line in out.splitlines()]
    assert (code, starts) == (0, ["a:1", "a:2 @canary @champion", "b:1 @champion"])
    assert ", 2 kB, 20" in out


def test_one_model_is_told_as_json(registry, capsys):
    code, out, _ = models(capsys, registry, "a", "--json")
    found = json.loads(out)["models"]
    assert (code, [one["version"] for one in found]) == (0, [1, 2])
    assert found[1]["aliases"] == ["canary", "champion"]
    assert found[0]["file"]["class_name"] == "KerasWrapperModel"


def test_a_model_that_is_not_there_is_named(registry, capsys):
    code, out, err = models(capsys, registry, "c")
    assert (code, out) == (2, "")
    assert "got 'c', which is not there. Leave the name out to list them." in err


def test_a_registry_without_models_is_no_error(tmp_path, capsys):
    registry = open_registry(tmp_path / "registry.sqlite")
    registry.log_event("m", "seen", {})
    assert models(capsys, registry)[:2] == (0, "no models\n")
