"""The unit of systemd and the container file name what exists."""

import configparser
import re
import shlex
from pathlib import Path

import pytest

from keraswrap.cli._parser import make_parser

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "examples" / "serving"
GUIDE = (ROOT / "docs" / "guides" / "serving.md").read_text("utf-8")
INSTRUCTIONS = {
    *("FROM", "RUN", "COPY", "WORKDIR", "USER", "ENV", "EXPOSE"),
    *("STOPSIGNAL", "HEALTHCHECK", "ENTRYPOINT", "CMD"),
}


def setup():
    found = configparser.ConfigParser()
    found.read(ROOT / "setup.cfg", encoding="utf-8")
    return found


def instructions():
    text = (FOLDER / "Containerfile").read_text("utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.split()[0], line.partition(" ")[2].strip()) for line in lines]


def parsed(words):
    """Parse the words after ``keraswrap``; a mistake ends the test."""
    return make_parser().parse_args(words)


def test_the_container_file_names_what_exists():
    steps = instructions()
    assert {name for name, _ in steps} <= INSTRUCTIONS
    assert steps[0][0] == "FROM"
    copied = [words.split() for name, words in steps if name == "COPY" and "--from" not in words]
    sources = [source for words in copied for source in words[:-1]]
    assert [source for source in sources if not (ROOT / source).exists()] == []
    # All that the build reads of the package.
    named = {setup()["metadata"]["license_files"], "README.md", "setup.cfg", "pyproject.toml"}
    assert named | {"keraswrap"} == set(sources)


def test_the_container_starts_a_command_that_exists():
    steps = dict(instructions())
    command = [*eval(steps["ENTRYPOINT"]), *eval(steps["CMD"])]
    assert command[0].endswith("/bin/keraswrap")
    options = parsed(command[1:])
    assert (options.command, options.host, options.expose) == ("serve", "0.0.0.0", True)
    assert steps["USER"] == "keraswrap"
    assert steps["STOPSIGNAL"] == "SIGTERM"
    assert "/ready" in steps["HEALTHCHECK"]


def test_its_python_is_one_that_keraswrap_has():
    versions = {words.split()[0] for name, words in instructions() if name == "FROM"}
    (version,) = {re.search(r":(3\.\d+)-slim$", image)[1] for image in versions}
    classifiers = setup()["metadata"]["classifiers"]
    assert f"Python :: {version}" in classifiers


def test_extras_exist():
    texts = [GUIDE, *(words for _, words in instructions())]
    named = {n for text in texts for found in re.findall(r"\[((?:\w+,?)+)\]'", text)
             for n in found.split(",")}  # fmt: skip
    assert named == {"serve", "text"}
    assert named <= set(setup()["options.extras_require"])


def test_the_unit_starts_a_command_that_exists():
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str
    unit.read(FOLDER / "keraswrap.service", encoding="utf-8")
    assert unit.sections() == ["Unit", "Service", "Install"]
    service = unit["Service"]
    command = shlex.split(service["ExecStart"])
    assert command[0] == "/opt/keraswrap/bin/keraswrap"
    options = parsed(command[1:])
    assert options.command == "serve"
    assert options.model in GUIDE
    assert service["EnvironmentFile"] in GUIDE
    assert service["ExecReload"] == "/bin/kill -HUP $MAINPID"
    limits = make_parser().parse_args(["serve", "x"])
    assert int(service["TimeoutStopSec"]) > 30 + 1
    assert limits.stop_seconds is None
    hardened = ("DynamicUser", "NoNewPrivileges", "PrivateDevices")
    assert {service[name] for name in hardened} == {"yes"}


@pytest.mark.parametrize("block", re.findall(r"^    (keraswrap serve .*)$", GUIDE, re.MULTILINE))
def test_commands_of_the_guide_can_be_typed(block):
    assert parsed(shlex.split(block)[1:]).command == "serve"
