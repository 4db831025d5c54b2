"""From what a user names to a folder that can be loaded."""

import json
import os

import pytest
from checkpoints import POSITIONS, WIDTH, write_checkpoint

from keraswrap.exceptions import DownloadError, InputError, InputTypeError, ParameterError
from keraswrap.text import check_encoder, read_pad_id, resolve_encoder
from keraswrap.text._checkpoint import read_checkpoint
from keraswrap.text.architectures import ARCHITECTURES


@pytest.fixture
def folder(tmp_path):
    return write_checkpoint(tmp_path / "tiny")


def put_in_cache(home, name):
    """Lay a checkpoint down as Hugging Face's own cache does."""
    stored = home / "hub" / f"models--{name.replace('/', '--')}"
    write_checkpoint(stored / "snapshots" / ("0" * 40))
    (stored / "refs").mkdir()
    (stored / "refs" / "main").write_text("0" * 40)


@pytest.fixture
def offline_hub(tmp_path, monkeypatch):
    """An empty cache of Hugging Face's, and no network."""
    constants = pytest.importorskip("huggingface_hub.constants")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_directory_is_taken_as_it_is(folder):
    assert resolve_encoder(folder) == resolve_encoder(str(folder)) == str(folder)


def test_a_relative_directory_becomes_absolute(folder, monkeypatch):
    monkeypatch.chdir(folder.parent)
    assert resolve_encoder("tiny") == str(folder)


@pytest.mark.parametrize("name", ["hf://someone/tiny", "someone/tiny"])
def test_a_hub_name_is_found_in_the_cache_without_a_network(offline_hub, name):
    put_in_cache(offline_hub, "someone/tiny")
    assert "models--someone--tiny" in resolve_encoder(name)


def test_a_directory_goes_before_a_hub_name(offline_hub):
    put_in_cache(offline_hub, "someone/tiny")
    here = write_checkpoint(offline_hub / "someone" / "tiny")
    assert os.path.samefile(resolve_encoder("someone/tiny"), here)


def test_no_network_and_no_cache_says_what_to_do(offline_hub):
    with pytest.raises(DownloadError, match=r"(?s)'hf://someone/other'.*HF_HUB_OFFLINE"):
        resolve_encoder("hf://someone/other")


@pytest.mark.parametrize(
    ("value", "got"), [("1", "downloading is disabled"), ("0", "LocalEntryNotFound")]
)
def test_our_own_switch_keeps_the_network_out(offline_hub, monkeypatch, value, got):
    constants = pytest.importorskip("huggingface_hub.constants")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", value == "0")
    monkeypatch.setenv("KERASWRAP_OFFLINE", value)
    put_in_cache(offline_hub, "someone/tiny")
    assert "models--someone--tiny" in resolve_encoder("someone/tiny")
    with pytest.raises(DownloadError, match=f"'someone/other'.*{got}") as caught:
        resolve_encoder("someone/other")
    assert "outgoing traffic has been disabled" in str(caught.value.__cause__)


def test_a_half_fetched_snapshot_is_not_taken(offline_hub):
    put_in_cache(offline_hub, "someone/tiny")
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


@pytest.mark.parametrize("content", ["", "[1]", "{", b"\xff\xfe"])
def test_a_config_that_is_no_json_object_is_refused(folder, content):
    raw = content if isinstance(content, bytes) else content.encode()
    (folder / "config.json").write_bytes(raw)
    with pytest.raises(InputError, match=r"Expected a JSON object in .*config\.json"):
        check_encoder(folder)


@pytest.mark.parametrize("kind", ["longformer", "gpt2", None])
def test_another_architecture_is_refused_with_those_that_load(folder, kind):
    (folder / "config.json").write_text(json.dumps({"model_type": kind}))
    with pytest.raises(InputError, match=f"distilbert.*, roberta.*model_type={kind!r}"):
        check_encoder(folder)


def test_facts_are_read_without_the_weights(tmp_path):
    folder = write_checkpoint(tmp_path / "roberta", "roberta", layers=2, head=("no", "yes"))
    facts = read_checkpoint(folder)
    assert (facts.kind, facts.n_layers, facts.hidden_size) == ("roberta", 2, WIDTH)
    assert (facts.pad_id, facts.n_positions) == (1, POSITIONS - 2)
    assert (facts.labels, facts.has_pooler, facts.is_preset) == (("no", "yes"), False, False)


@pytest.mark.parametrize("architecture", ARCHITECTURES, ids=lambda record: record.kind)
def test_what_config_json_leaves_out_is_what_transformers_takes(architecture):
    transformers = pytest.importorskip("transformers")
    config = transformers.AutoConfig.for_model(architecture.kind)
    for name, default in architecture.defaults.items():
        found = getattr(config, architecture.names.get(name, name), default)
        # What is empty by default follows from other settings.
        assert default in ((), {}) or found == default, name


@pytest.mark.network
def test_the_default_is_minilm():
    folder = resolve_encoder()
    assert folder == resolve_encoder("minilm")
    assert read_pad_id(folder) == 0
