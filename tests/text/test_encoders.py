"""From what a user names to a folder that can be loaded."""

import os

import pytest
from checkpoints import write_checkpoint
from hubs import go_offline, store_encoder

from keraswrap.exceptions import InputError, InputTypeError, ParameterError
from keraswrap.text import check_encoder, read_pad_id, resolve_encoder


@pytest.fixture
def folder(tmp_path):
    return write_checkpoint(tmp_path / "tiny")


@pytest.fixture
def offline_hub(tmp_path, monkeypatch):
    """An empty cache of Hugging Face's, and no network."""
    go_offline(tmp_path, monkeypatch)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_directory_is_taken_as_it_is(folder):
    assert resolve_encoder(folder) == resolve_encoder(str(folder)) == str(folder)


def test_a_relative_directory_becomes_absolute(folder, monkeypatch):
    monkeypatch.chdir(folder.parent)
    assert resolve_encoder("tiny") == str(folder)


def test_a_directory_goes_before_a_hub_name(offline_hub):
    store_encoder(offline_hub, "someone/tiny")
    here = write_checkpoint(offline_hub / "someone" / "tiny")
    assert os.path.samefile(resolve_encoder("someone/tiny"), here)


def test_a_half_fetched_snapshot_is_not_taken(offline_hub):
    store_encoder(offline_hub, "someone/tiny")
    next(offline_hub.rglob("model.safetensors")).unlink()
    with pytest.raises(InputError, match=r"Expected weights \(model\.safetensors or"):
        resolve_encoder("someone/tiny")


@pytest.mark.parametrize(
    ("name", "error", "message"),
    [
        ("not a name", ParameterError, "got 'not a name'"),
        ("hf://nobody", ParameterError, "hf://owner/name"),
        ("hf://../..", ParameterError, "hf://owner/name"),
        ("nowhere", ParameterError, "an existing directory"),
        (3, InputTypeError, "got int"),
        (["a/b"], InputTypeError, "got list"),
    ],
)
def test_what_cannot_be_an_encoder_is_refused(name, error, message):
    with pytest.raises(error, match=message):
        resolve_encoder(name)


@pytest.mark.parametrize("lost", ["config.json", "model.safetensors", "tokenizer.json"])
def test_a_missing_file_is_named(folder, lost):
    (folder / lost).unlink()
    with pytest.raises(InputError, match=lost.replace(".", r"\.")):
        check_encoder(folder)


@pytest.mark.network
def test_the_default_is_minilm():
    folder = resolve_encoder()
    assert folder == resolve_encoder("minilm")
    assert read_pad_id(folder) == 0
