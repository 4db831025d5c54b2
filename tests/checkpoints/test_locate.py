"""From what a user names to a folder: what goes first, what is refused, and no network."""

import socket
from functools import partial
from pathlib import Path

import pytest
from hubs import go_offline

from keraswrap import datasets
from keraswrap._checkpoints.locate import find_folder
from keraswrap._tables import read_table
from keraswrap.exceptions import DownloadError, InputTypeError, ParameterError
from keraswrap.llm import load_model
from keraswrap.text import TextTokenizer, resolve_encoder

FETCHERS = {
    "sentences": datasets.fetch_rated_sentences,
    "minilm": resolve_encoder,
    "smollm": datasets.fetch_smollm,
    "encoder of the hub": partial(resolve_encoder, "hf://someone/none"),
    "encoder of keras-hub": partial(resolve_encoder, "bert_tiny_en_uncased"),
    "tokenizer": lambda: TextTokenizer("someone/none").fit(["a"]),
    "model of the hub": partial(load_model, "someone/none"),
    "model of keras-hub": partial(load_model, "gpt2_base_en"),
    "data set": partial(read_table, "hf://someone/none"),
}


@pytest.mark.parametrize("name", FETCHERS)
def test_one_switch_keeps_everything_from_the_network(name, tmp_path, monkeypatch):
    go_offline(tmp_path, monkeypatch)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setenv("KERASWRAP_OFFLINE", "1")
    monkeypatch.setenv("KERASWRAP_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("KAGGLEHUB_CACHE", str(tmp_path / "kaggle"))
    monkeypatch.setattr(socket.socket, "connect", lambda *args: pytest.fail("a connection"))
    with pytest.raises(DownloadError, match="KERASWRAP_OFFLINE"):
        FETCHERS[name]()


@pytest.mark.parametrize("name", ["owner/name", "bert_tiny_en_uncased", "minilm.gguf"])
def test_a_directory_goes_before_all_else(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path(name).mkdir(parents=True)
    found = find_folder(name, "encoder", presets=["BertBackbone"], gguf=True)
    assert found == tmp_path / name


@pytest.mark.parametrize(
    ("ways", "told"),
    [
        ({}, "an existing directory, 'hf://owner/name' or 'owner/name', got 'none'"),
        ({"gguf": True}, "an existing directory, a GGUF file, 'hf://owner/name' or 'owner/name'"),
        ({"minilm": True}, "None, 'minilm', an existing directory, 'hf://owner/name' or"),
        ({"presets": ["BertBackbone"]}, "'owner/name' or the name of a keras-hub preset"),
    ],
)
def test_what_names_nothing_is_told_what_may_be_named(ways, told):
    with pytest.raises(ParameterError, match=f"Expected encoder to be .*{told}"):
        find_folder("none", "encoder", **ways)


@pytest.mark.parametrize("given", [None, 3, ["a/b"]])
def test_what_is_no_name_is_refused(given):
    with pytest.raises(InputTypeError, match="Expected model to be a str or a path, got"):
        find_folder(given, "model")
