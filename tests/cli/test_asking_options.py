"""The options of commands that ask a language model: each is read as what the library takes."""

import argparse

import pytest

from keraswrap.cli._asking_options import add_extract, add_features, add_label

MODEL = {"model": "m", "server": None, "key_env": None, "prices": None, "context_length": None,
         "concurrency": 4, "no_chat": False}  # fmt: skip
ANSWERS = {"max_cost": None, "cache": None, "estimate": False}
TABLE = {"data": "r.csv", "text": "t", "out": "o.csv", "encoding": "utf-8", "max_size": 1.0,
         "overwrite": False, "json": False}  # fmt: skip
COMMON = ["r.csv", "--text", "t", "--model", "m", "--out", "o.csv"]
LEAST = {
    "extract": ["--field", "n:number"],
    "label": ["--labels", "a,b"],
    "features": [],
}
DEFAULTS = {
    "extract": {"field": ["n:number"], "about": [], "no_evidence": False, "max_tokens": None,
                "temperature": 0.0, "seed": 0, "part_words": None, "partial": False},
    "label": {"labels": "a,b", "about": [], "prompt": [], "calibrate": False, "words": False,
              "people": [], "audit": None, "target_error": 0.05, "confidence": 0.9,
              "promise": "accepted", "ask": None, "decisions": None, "format": None, "seed": 0,
              "partial": False},
    "features": {"question": [], "questions": None, "probabilities": False, "calibrate": False},
}  # fmt: skip


def read(*given):
    parser = argparse.ArgumentParser(prog="keraswrap")
    commands = parser.add_subparsers()
    for add in (add_extract, add_label, add_features):
        add(commands)
    return vars(parser.parse_args(given))


@pytest.mark.parametrize("name", LEAST)
def test_what_is_not_said_has_its_default(name):
    assert read(name, *COMMON, *LEAST[name]) == MODEL | ANSWERS | TABLE | DEFAULTS[name]


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("extract", ["--field", "m:text"], {"field": ["n:number", "m:text"]}),
        ("extract", ["--about", "n=a", "--about", "m=b"], {"about": ["n=a", "m=b"]}),
        ("extract", ["--temperature", "0.5", "--max-tokens", "9"],
         {"temperature": 0.5, "max_tokens": 9}),
        ("label", ["--people", "ann", "bob", "--audit", "r"],
         {"people": ["ann", "bob"], "audit": "r"}),
        ("label", ["--prompt", "a.txt", "--prompt", "b.txt"], {"prompt": ["a.txt", "b.txt"]}),
        ("label", ["--decisions", "a.json", "b.csv", "--ask", "9"],
         {"decisions": ["a.json", "b.csv"], "ask": 9}),
        ("features", ["--question", "sentiment", "--question", "urgency"],
         {"question": ["sentiment", "urgency"]}),
        ("features", ["--prices", "0.5", "2", "--concurrency", "1", "--max-cost", "3"],
         {"prices": [0.5, 2.0], "concurrency": 1, "max_cost": 3.0}),
    ],
)  # fmt: skip
def test_what_is_said_is_read_as_numbers_lists_and_texts(name, given, expected):
    found = read(name, *COMMON, *LEAST[name], *given)
    assert {key: found[key] for key in expected} == expected


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["extract", *COMMON], "the following arguments are required: --field"),
        (["label", *COMMON], "the following arguments are required: --labels"),
        (["features", *COMMON[:-2]], "the following arguments are required: --out"),
        (["features", *COMMON, "--partial"], "unrecognized arguments: --partial"),
        (["label", *COMMON, "--labels", "a,b", "--promise", "some"], "invalid choice: 'some'"),
        (["label", *COMMON, "--labels", "a,b", "--ask", "half"], "invalid int value: 'half'"),
        (["extract", *COMMON, "--field", "n:number", "--prices", "1"], "expected 2 arguments"),
    ],
)
def test_what_cannot_be_read_is_told(given, message, capsys):
    with pytest.raises(SystemExit, match="2"):
        read(*given)
    assert message in capsys.readouterr().err
