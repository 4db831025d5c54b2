"""What the checkpoint of a language model says of itself, and what tells that it changed."""

import json
import os

import pytest
from causal import write_causal

from keraswrap._checkpoints.source import end_ids, find_source, hash_source, state_of
from keraswrap.exceptions import InputError


@pytest.fixture
def folder(tmp_path):
    return write_causal(tmp_path / "m")


@pytest.mark.parametrize(
    "name", ["chat_template.jinja", "generation_config.json", "tokenizer.model", "config.json"]
)
def test_hash_and_state_follow_every_file_that_decides_an_answer(folder, name):
    source, before = find_source(folder), state_of(str(folder))
    hashed = hash_source(source)
    (folder / name).write_text("{}")
    assert hash_source(source) != hashed
    assert state_of(str(folder)) != before


def test_what_is_elsewhere_has_no_state():
    assert state_of("owner/name") == ()


def test_ends_are_those_of_both_files(folder):
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"eos_token_id": 2}))
    (folder / "generation_config.json").write_text(json.dumps({"eos_token_id": [2, 5]}))
    assert end_ids(find_source(folder)) == [2, 5]


def test_a_checkpoint_without_weights_is_refused(folder):
    os.unlink(folder / "model.safetensors")
    with pytest.raises(InputError, match=r"Expected weights \(model\.safetensors\)"):
        find_source(folder)
