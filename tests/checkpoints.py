"""Tiny checkpoints with random weights, in the layout that transformers writes."""

import json

import numpy as np
from safetensors.numpy import save_file
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

WIDTH, INNER, HEADS, POSITIONS = 8, 16, 2, 40
GOOD = ("good", "great", "fine", "love", "nice")
BAD = ("bad", "poor", "broke", "awful", "hate")
WORDS = ("a", "the", "it", "is", "was", "text", "and", *GOOD, *BAD, "[", "]", "sep", "cls")
# Special tokens by kind, in the order of their ids.
SPECIAL = {
    "bert": ("[PAD]", "[UNK]", "[CLS]", "[SEP]"),
    "distilbert": ("[PAD]", "[UNK]", "[CLS]", "[SEP]"),
    "albert": ("[PAD]", "[UNK]", "[CLS]", "[SEP]"),
    "roberta": ("[CLS]", "[PAD]", "[SEP]", "[UNK]"),
    "xlm-roberta": ("[CLS]", "[PAD]", "[SEP]", "[UNK]"),
}


def dense(name, rows=WIDTH, columns=WIDTH):
    return {f"{name}.weight": (rows, columns), f"{name}.bias": (rows,)}


def norm(name):
    return {f"{name}.weight": (WIDTH,), f"{name}.bias": (WIDTH,)}


def embeddings(prefix, size, segments):
    shapes = {f"{prefix}embeddings.word_embeddings.weight": (size, WIDTH)}
    shapes[f"{prefix}embeddings.position_embeddings.weight"] = (POSITIONS, WIDTH)
    if segments:
        shapes[f"{prefix}embeddings.token_type_embeddings.weight"] = (2, WIDTH)
    return shapes | norm(f"{prefix}embeddings.LayerNorm")


def bert_layer(prefix):
    attention = [f"{prefix}attention.self.{name}" for name in ("query", "key", "value")]
    shapes = {}
    for name in [*attention, f"{prefix}attention.output.dense"]:
        shapes |= dense(name)
    shapes |= dense(f"{prefix}intermediate.dense", INNER, WIDTH)
    shapes |= dense(f"{prefix}output.dense", WIDTH, INNER)
    return shapes | norm(f"{prefix}attention.output.LayerNorm") | norm(f"{prefix}output.LayerNorm")


def distilbert_layer(prefix):
    shapes = {}
    for name in ("q_lin", "k_lin", "v_lin", "out_lin"):
        shapes |= dense(f"{prefix}attention.{name}")
    shapes |= dense(f"{prefix}ffn.lin1", INNER, WIDTH) | dense(f"{prefix}ffn.lin2", WIDTH, INNER)
    return shapes | norm(f"{prefix}sa_layer_norm") | norm(f"{prefix}output_layer_norm")


def albert_layer(prefix):
    shapes = {}
    for name in ("query", "key", "value", "dense"):
        shapes |= dense(f"{prefix}attention.{name}")
    shapes |= dense(f"{prefix}ffn", INNER, WIDTH) | dense(f"{prefix}ffn_output", WIDTH, INNER)
    return shapes | norm(f"{prefix}attention.LayerNorm") | norm(f"{prefix}full_layer_layer_norm")


def shapes_of(kind, size):
    """Name → shape of every tensor of a checkpoint with one layer."""
    if kind == "bert":
        return embeddings("", size, True) | bert_layer("encoder.layer.0.") | dense("pooler.dense")
    if kind == "albert":
        mapping = dense("albert.encoder.embedding_hidden_mapping_in")
        group = albert_layer("albert.encoder.albert_layer_groups.0.albert_layers.0.")
        return embeddings("albert.", size, True) | mapping | group | dense("albert.pooler")
    if kind == "distilbert":
        layer = distilbert_layer("distilbert.transformer.layer.0.")
        return embeddings("distilbert.", size, False) | layer
    return embeddings("roberta.", size, True) | bert_layer("roberta.encoder.layer.0.")


def config_of(kind, size):
    if kind == "distilbert":
        own = {"n_layers": 1, "n_heads": HEADS, "dim": WIDTH, "hidden_dim": INNER, "dropout": 0.1}
    else:
        own = {"num_hidden_layers": 1, "num_attention_heads": HEADS, "hidden_size": WIDTH}
        own |= {"intermediate_size": INNER, "hidden_dropout_prob": 0.1, "type_vocab_size": 2}
        own |= {"attention_probs_dropout_prob": 0.1, "embedding_size": WIDTH}
        own |= {"num_hidden_groups": 1, "inner_group_num": 1}
    own |= {"model_type": kind, "vocab_size": size, "max_position_embeddings": POSITIONS}
    return own | {"pad_token_id": SPECIAL[kind].index("[PAD]")}


def write_tokenizer(folder, special):
    ids = {word: number for number, word in enumerate([*special, *WORDS])}
    tokenizer = Tokenizer(models.WordLevel(ids, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[(name, ids[name]) for name in ("[CLS]", "[SEP]")]
    )
    tokenizer.add_special_tokens(list(special))
    tokenizer.save(str(folder / "tokenizer.json"))
    names = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    settings = {"tokenizer_class": "PreTrainedTokenizerFast", **names}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    return len(ids)


def write_checkpoint(folder, kind="bert"):
    """Write a checkpoint with one layer, eight wide, and return its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    size = write_tokenizer(folder, SPECIAL[kind])
    (folder / "config.json").write_text(json.dumps(config_of(kind, size)))
    rng = np.random.default_rng(0)
    tensors = {
        name: rng.normal(0, 0.5, shape).astype("float32")
        for name, shape in shapes_of(kind, size).items()
    }
    save_file(tensors, folder / "model.safetensors")
    return folder


def write_reviews(path, n=60, seed=0):
    """Write a CSV file of reviews, each with two words that say what it is."""
    rng = np.random.default_rng(seed)
    lines = ["review,stars"]
    for label in rng.permutation(["good", "bad"] * (n // 2)):
        first, second = rng.choice(GOOD if label == "good" else BAD, 2)
        lines.append(f"it was {first} and {second},{label}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
