"""Tiny checkpoints with random weights, in the layout that transformers writes."""

import json

import numpy as np
from safetensors.numpy import load_file, save_file
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


# Where transformers keeps the encoder of a model with a head.
PREFIX = {"albert": "albert.", "bert": "bert.", "distilbert": "distilbert."} | dict.fromkeys(
    ("roberta", "xlm-roberta"), "roberta."
)


def dense(name, rows=WIDTH, columns=WIDTH):
    return {f"{name}.weight": (rows, columns), f"{name}.bias": (rows,)}


def norm(name, width=WIDTH):
    return {f"{name}.weight": (width,), f"{name}.bias": (width,)}


def embeddings(size, segments, width=WIDTH):
    shapes = {"embeddings.word_embeddings.weight": (size, width)}
    shapes["embeddings.position_embeddings.weight"] = (POSITIONS, width)
    if segments:
        shapes["embeddings.token_type_embeddings.weight"] = (segments, width)
    return shapes | norm("embeddings.LayerNorm", width)


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


def shapes_of(config, pooler):
    """Name → shape of every tensor of an encoder."""
    kind, size = config["model_type"], config["vocab_size"]
    if kind == "albert":
        width = config["embedding_size"]
        shapes = embeddings(size, 2, width)
        shapes |= dense("encoder.embedding_hidden_mapping_in", WIDTH, width)
        for group in range(config["num_hidden_groups"]):
            for inner in range(config["inner_group_num"]):
                shapes |= albert_layer(
                    f"encoder.albert_layer_groups.{group}.albert_layers.{inner}."
                )
        return shapes | (dense("pooler") if pooler else {})
    if kind == "distilbert":
        shapes = embeddings(size, 0)
        for layer in range(config["n_layers"]):
            shapes |= distilbert_layer(f"transformer.layer.{layer}.")
        return shapes
    shapes = embeddings(size, config["type_vocab_size"])
    for layer in range(config["num_hidden_layers"]):
        shapes |= bert_layer(f"encoder.layer.{layer}.")
    return shapes | (dense("pooler.dense") if pooler else {})


def head_shapes(kind, n_labels):
    """Name → shape of every tensor of a classification head."""
    if "roberta" in kind:
        return dense("classifier.dense") | dense("classifier.out_proj", n_labels, WIDTH)
    before = dense("pre_classifier") if kind == "distilbert" else {}
    return before | dense("classifier", n_labels, WIDTH)


def config_of(kind, size, layers=1):
    if kind == "distilbert":
        own = {"n_layers": layers, "n_heads": HEADS, "dim": WIDTH, "hidden_dim": INNER}
        own |= {"dropout": 0.1, "activation": "gelu"}
    else:
        own = {"num_hidden_layers": layers, "num_attention_heads": HEADS, "hidden_size": WIDTH}
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
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[(name, ids[name]) for name in ("[CLS]", "[SEP]")],
    )
    tokenizer.add_special_tokens(list(special))
    tokenizer.save(str(folder / "tokenizer.json"))
    names = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    settings = {"tokenizer_class": "PreTrainedTokenizerFast", **names}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    return len(ids)


def write_checkpoint(
    folder, kind="bert", *, layers=1, pooler=None, head=None, prefix=None, **settings
):
    """Write a checkpoint, by default with one layer, eight wide, and return its folder.

    `pooler` is there where the kind has one by default; `head` names the classes
    of a classification head; `prefix` stands before the names of the encoder's
    tensors; `settings` go into config.json.
    """
    folder.mkdir(parents=True, exist_ok=True)
    size = write_tokenizer(folder, SPECIAL[kind])
    config = config_of(kind, size, layers)
    if head:
        config |= {"architectures": ["AnyForSequenceClassification"]}
        config |= {"id2label": {str(number): name for number, name in enumerate(head)}}
    config |= settings
    (folder / "config.json").write_text(json.dumps(config))
    if prefix is None:
        prefix = "" if kind == "bert" and not head else PREFIX[kind]
    pooler = kind in ("albert", "bert") if pooler is None else pooler
    shapes = {prefix + name: shape for name, shape in shapes_of(config, pooler).items()}
    shapes |= head_shapes(kind, len(head)) if head else {}
    rng = np.random.default_rng(0)
    tensors = {n: rng.normal(0, 0.5, shape).astype("float32") for n, shape in shapes.items()}
    save_file(tensors, folder / "model.safetensors")
    return folder


def change_tensors(folder, change):
    """Change a checkpoint's tensors in place."""
    tensors = load_file(folder / "model.safetensors")
    change(tensors)
    save_file(tensors, folder / "model.safetensors")


def write_reviews(path, n=60, seed=0):
    """Write a CSV file of reviews, each with two words that say what it is."""
    rng = np.random.default_rng(seed)
    lines = ["review,stars"]
    for label in rng.permutation(["good", "bad"] * (n // 2)):
        first, second = rng.choice(GOOD if label == "good" else BAD, 2)
        lines.append(f"it was {first} and {second},{label}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
