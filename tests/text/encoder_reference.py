"""Encoders in float64, written from the papers that define them, straight from their files.

BERT: arXiv 1810.04805; RoBERTa and XLM-R, which count positions from the row
after the pad id's: 1907.11692 and 1911.02116; DistilBERT, which has no
segments: 1910.01108; ALBERT, which shares layers and has narrow embeddings:
1909.11942. Nothing of Keras or keraswrap is used.
"""

import json
import math
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file
from scipy.special import erf


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


ACTIVATIONS = {
    "gelu": lambda x: x * (1 + erf(x / math.sqrt(2))) / 2,
    "gelu_new": lambda x: x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))) / 2,
    "relu": lambda x: np.maximum(x, 0),
    "silu": lambda x: x * sigmoid(x),
    "tanh": np.tanh,
}
BERT = ("attention.self.query", "attention.self.key", "attention.self.value")
BERT += ("attention.output.dense", "attention.output.LayerNorm")
BERT += ("intermediate.dense", "output.dense", "output.LayerNorm")
DISTILBERT = ("attention.q_lin", "attention.k_lin", "attention.v_lin", "attention.out_lin")
DISTILBERT += ("sa_layer_norm", "ffn.lin1", "ffn.lin2", "output_layer_norm")
ALBERT = ("attention.query", "attention.key", "attention.value", "attention.dense")
ALBERT += ("attention.LayerNorm", "ffn", "ffn_output", "full_layer_layer_norm")


class Reference:
    """The net of a checkpoint."""

    bias = 0.0  # on the scores of attention, (heads, length, length)

    def __init__(self, folder):
        self.config = json.loads(Path(folder, "config.json").read_text())
        found = load_file(Path(folder, "model.safetensors"))
        word = next(name for name in found if name.endswith("word_embeddings.weight"))
        prefix = word.removesuffix("embeddings.word_embeddings.weight")
        self.tensors = {k.removeprefix(prefix): v.astype("float64") for k, v in found.items()}
        self.kind = self.config["model_type"]
        self.heads = self.config.get("num_attention_heads") or self.config["n_heads"]
        self.epsilon = self.config.get("layer_norm_eps", 1e-12)
        if self.kind == "distilbert":
            self.epsilon = 1e-12
        name = self.config.get("activation" if self.kind == "distilbert" else "hidden_act")
        self.activation = ACTIVATIONS[name or ("gelu_new" if self.kind == "albert" else "gelu")]

    def dense(self, x, name):
        return x @ self.tensors[f"{name}.weight"].T + self.tensors[f"{name}.bias"]

    def norm(self, x, name):
        centred = x - x.mean(-1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + self.epsilon)
        return scaled * self.tensors[f"{name}.weight"] + self.tensors[f"{name}.bias"]

    def split(self, x):
        return x.reshape(*x.shape[:2], self.heads, -1).transpose(0, 2, 1, 3)

    def block(self, x, mask, prefix, parts):
        query, key, value, out, norm_1, up, down, norm_2 = (prefix + part for part in parts)
        q, k, v = (self.split(self.dense(x, name)) for name in (query, key, value))
        scores = q @ k.transpose(0, 1, 3, 2) / math.sqrt(q.shape[-1]) + self.bias
        scores = np.where(mask[:, None, None, :], scores, -np.inf)
        weights = np.exp(scores - scores.max(-1, keepdims=True))
        weights /= weights.sum(-1, keepdims=True)
        mixed = (weights @ v).transpose(0, 2, 1, 3).reshape(x.shape)
        x = self.norm(x + self.dense(mixed, out), norm_1)
        return self.norm(x + self.dense(self.activation(self.dense(x, up)), down), norm_2)

    def embed(self, ids, segments):
        first = self.config["pad_token_id"] + 1 if "roberta" in self.kind else 0
        x = self.tensors["embeddings.word_embeddings.weight"][ids]
        positions = self.tensors["embeddings.position_embeddings.weight"]
        x = x + positions[first : first + ids.shape[1]]
        if self.kind != "distilbert":
            x = x + self.tensors["embeddings.token_type_embeddings.weight"][segments]
        return self.norm(x, "embeddings.LayerNorm")

    def states(self, ids, mask, segments=None):
        """Token states, (n, length, hidden)."""
        x = self.embed(ids, np.zeros_like(ids) if segments is None else segments)
        if self.kind == "albert":
            x = self.dense(x, "encoder.embedding_hidden_mapping_in")
            layers, groups = self.config["num_hidden_layers"], self.config["num_hidden_groups"]
            for layer in range(layers):
                group = f"encoder.albert_layer_groups.{int(layer / (layers / groups))}."
                for inner in range(self.config["inner_group_num"]):
                    x = self.block(x, mask, f"{group}albert_layers.{inner}.", ALBERT)
            return x
        stem, parts = (
            ("transformer", DISTILBERT) if self.kind == "distilbert" else ("encoder", BERT)
        )
        for layer in range(self.config.get("num_hidden_layers") or self.config["n_layers"]):
            x = self.block(x, mask, f"{stem}.layer.{layer}.", parts)
        return x

    def pooled(self, states):
        """What the pooler makes of the first token, (n, hidden)."""
        return np.tanh(
            self.dense(states[:, 0], "pooler" if self.kind == "albert" else "pooler.dense")
        )

    def logits(self, states):
        """What the classification head makes of a text, (n, labels)."""
        if "roberta" in self.kind:
            return self.dense(
                np.tanh(self.dense(states[:, 0], "classifier.dense")), "classifier.out_proj"
            )
        if self.kind == "distilbert":
            return self.dense(
                np.maximum(self.dense(states[:, 0], "pre_classifier"), 0), "classifier"
            )
        return self.dense(self.pooled(states), "classifier")
