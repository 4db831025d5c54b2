"""The same numbers as transformers computes with PyTorch, where that is installed."""

import numpy as np
import pytest
from checkpoints import SPECIAL, write_checkpoint

from keraswrap.text import encode_texts, read_pad_id, resolve_encoder
from keraswrap.text._backbones import load_backbone
from keraswrap.text._pretrained_heads import apply_head, load_head

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

TEXTS = ["it is good and the text", "awful", "it broke and it was poor text"]
NUMERICS = [("gelu", 1e-12), ("gelu_new", 1e-5), ("relu", 1e-2), ("silu", 0.1)]


def compare(folder, texts, length):
    """How far token states, pooler and logits are from PyTorch's, at most."""
    import keras

    ids = encode_texts(texts, folder, length)
    mask = (ids != read_pad_id(folder)).astype("int32")
    net, head = load_backbone(folder), load_head(folder)
    logits = {} if head is None else {"logits": apply_head(head, net.output)}
    whole = keras.Model(net.input, net.output | logits)
    inputs = {"token_ids": ids, "padding_mask": mask, "segment_ids": np.zeros_like(ids)}
    found = whole({name: inputs[name] for name in net.input})

    given = {"input_ids": torch.tensor(ids), "attention_mask": torch.tensor(mask)}
    make = (
        transformers.AutoModel if head is None else transformers.AutoModelForSequenceClassification
    )
    model = make.from_pretrained(folder).eval()
    with torch.no_grad():
        expected = model(**given, output_hidden_states=True)
    real = mask.astype(bool)
    states = expected.hidden_states[-1].numpy()
    errors = [np.abs(np.asarray(found["sequence_output"]) - states)[real].max()]
    for ours, theirs in (("pooled_output", "pooler_output"), ("logits", "logits")):
        if ours in found and theirs in expected:
            errors.append(np.abs(np.asarray(found[ours]) - expected[theirs].numpy()).max())
    return max(errors)


@pytest.mark.parametrize(("activation", "epsilon"), NUMERICS)
@pytest.mark.parametrize("head", [None, ("no", "perhaps", "yes")])
@pytest.mark.parametrize("kind", sorted(SPECIAL))
def test_tiny_checkpoints_agree(kind, head, activation, epsilon, tmp_path):
    name = "activation" if kind == "distilbert" else "hidden_act"
    settings = {name: activation, "layer_norm_eps": epsilon}
    folder = write_checkpoint(tmp_path / kind, kind, layers=2, head=head, **settings)
    assert compare(folder, TEXTS, 12) < 1e-5


def test_albert_with_groups_and_narrow_embeddings_agrees(tmp_path):
    settings = {"num_hidden_groups": 2, "inner_group_num": 2, "embedding_size": 6}
    folder = write_checkpoint(tmp_path / "albert", "albert", layers=4, **settings)
    assert compare(folder, TEXTS, 12) < 1e-5


@pytest.mark.network
def test_minilm_agrees():
    texts = ["It broke after two days.", "Née Café: works great, would buy it again!", "meh"]
    assert compare(resolve_encoder(), texts, 24) < 1e-4
