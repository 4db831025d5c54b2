"""Small presets of keras-hub, with random weights."""

import io
import json

import keras_hub
import numpy as np
import pytest

from keraswrap.text import encode_texts, read_pad_id

HUB = keras_hub.models
TEXT = "the good cafe the bad"
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "it", "good", "ca", "##fe", "bad"]
BYTES = ["<s>", "<pad>", "</s>", "<unk>", *"thegodcafb", "Ġ", "th", "the", "<mask>"]
SPECIAL_PIECES = {
    "Albert": {"pad_id": 0, "unk_id": 1, "bos_id": -1, "eos_id": -1, "pad_piece": "<pad>"}
    | {"user_defined_symbols": ["[CLS]", "[SEP]", "[MASK]"]},
    "DebertaV3": {"pad_id": 0, "bos_id": 1, "eos_id": 2, "unk_id": 3, "pad_piece": "[PAD]"}
    | {"bos_piece": "[CLS]", "eos_piece": "[SEP]", "unk_piece": "[UNK]"},
    "XLMRoberta": {"unk_id": 0, "bos_id": 1, "eos_id": 2, "pad_id": -1},
}
# Those that keras-hub has a classifier of, and those that it has not.
WITH_HEADS = ["Albert", "Bert", "DebertaV3", "DistilBert", "Roberta", "XLMRoberta"]
NAMES = [*WITH_HEADS, "Electra"]


def pieces(name):
    """A small sentencepiece model."""
    sentencepiece = pytest.importorskip("sentencepiece")
    proto = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter([TEXT, "it was bad", "the good text"] * 9),
        model_writer=proto,
        vocab_size=40,
        hard_vocab_limit=False,
        minloglevel=2,
        **SPECIAL_PIECES[name],
    )
    return proto.getvalue()


def tokenizer_of(name):
    if name in SPECIAL_PIECES:
        return getattr(HUB, f"{name}Tokenizer")(pieces(name))
    if name == "Roberta":
        vocabulary = {token: number for number, token in enumerate(BYTES)}
        return HUB.RobertaTokenizer(vocabulary, ["t h", "th e"])
    return getattr(HUB, f"{name}Tokenizer")(WORDS, lowercase=True)


def save(folder, name, n_classes=None):
    """Save a small preset, and give what was saved."""
    tokenizer = tokenizer_of(name)
    sizes = {"num_layers": 2, "num_heads": 2, "hidden_dim": 8, "intermediate_dim": 16}
    sizes |= {"embedding_dim": 6} if name in ("Albert", "Electra") else {}
    sizes |= {"bucket_size": 4} if name == "DebertaV3" else {}
    size = tokenizer.vocabulary_size()
    backbone = getattr(HUB, f"{name}Backbone")(size, max_sequence_length=20, **sizes)
    rng = np.random.default_rng(0)
    saved = backbone
    if n_classes:
        before = getattr(HUB, f"{name}TextClassifierPreprocessor")(tokenizer, sequence_length=14)
        saved = getattr(HUB, f"{name}TextClassifier")(backbone, n_classes, preprocessor=before)
    saved.set_weights([rng.normal(0, 0.5, weight.shape) for weight in saved.weights])
    saved.save_to_preset(str(folder))
    tokenizer.save_to_preset(str(folder))
    return saved, tokenizer


def inputs_of(folder, net):
    ids = encode_texts([TEXT, "it"], folder, 14)
    mask = (ids != read_pad_id(folder)).astype("int32")
    inputs = {"token_ids": ids, "padding_mask": mask, "segment_ids": np.zeros_like(ids)}
    return {name: inputs[name] for name in net.input}


def change(path, **settings):
    config = json.loads(path.read_text())
    config["config"] |= settings.pop("config", {})
    path.write_text(json.dumps(config | settings))
