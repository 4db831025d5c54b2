"""What a checkpoint says of itself, before its weights are read."""

import json

import pytest
from checkpoints import POSITIONS, WIDTH, write_checkpoint

from keraswrap.exceptions import InputError
from keraswrap.text import check_encoder, resolve_encoder
from keraswrap.text._backbones import load_backbone
from keraswrap.text._checkpoint import read_checkpoint
from keraswrap.text.architectures import ARCHITECTURES


@pytest.fixture
def folder(tmp_path):
    return write_checkpoint(tmp_path / "tiny")


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


REFUSED = [
    ({"hidden_act": "quick_gelu"}, r"hidden_act of gelu, .*silu.*got 'quick_gelu'"),
    ({"position_embedding_type": "relative_key"}, r"'absolute' in .*got 'relative_key'"),
    ({"is_decoder": True}, "is_decoder"),
    ({"add_cross_attention": True}, "add_cross_attention"),
    ({"quantization_config": {"bits": 4}}, "quantization_config"),
    ({"num_attention_heads": 3}, "3 heads share evenly"),
    ({"hidden_size": "8"}, "Expected hidden_size of the kind of 768.*got '8'"),
    ({"num_hidden_layers": 0}, "Expected num_hidden_layers"),
    ({"layer_norm_eps": -1}, "Expected layer_norm_eps"),
    ({"pad_token_id": 999}, "pad_token_id below vocab_size"),
    ({"num_hidden_layers": 2}, r"got none for encoder\.layer\.1\."),
    ({"intermediate_size": 4}, r"intermediate\.dense\.weight \(16, 8\) instead of \(4, 8\)"),
    ({"vocab_size": 7}, r"word_embeddings\.weight \(\d+, 8\) instead of \(7, 8\)"),
]


@pytest.mark.parametrize(("settings", "message"), REFUSED, ids=str)
def test_what_is_not_computed_is_refused_with_the_reason(settings, message, tmp_path):
    folder = write_checkpoint(tmp_path / "bert")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | settings))
    with pytest.raises(InputError, match=message):
        resolve_encoder(folder)


def test_a_tokenizer_of_another_checkpoint_is_refused(tmp_path):
    folder = write_checkpoint(tmp_path / "bert")
    size = json.loads((folder / "config.json").read_text())["vocab_size"]
    text = (folder / "tokenizer.json").read_text()
    tokenizer = json.loads(text)
    tokenizer["model"]["vocab"]["foreign"] = size
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer))
    with pytest.raises(InputError, match=f"ids below {size}.*got {size} for 'foreign'"):
        load_backbone(folder)
