"""ModernBERT: token states and logits against its paper, arXiv:2412.13663, in float64."""

import math

import numpy as np
from architecture_suite import LABELS, ArchitectureSuite, bytes_bpe, dense, norm
from encoder_reference import ACTIVATIONS
from safetensors.numpy import load_file

from keraswrap.text import load_head

WIDTH, INNER = 8, 12


class ModernBert:
    """Norms first, rotated queries and keys, windows and gates, from a checkpoint's files."""

    def __init__(self, folder):
        import json

        self.config = json.loads((folder / "config.json").read_text())
        found = load_file(folder / "model.safetensors")
        self.tensors = {k.removeprefix("model."): v.astype("float64") for k, v in found.items()}

    def dense(self, x, name):
        return x @ self.tensors[f"{name}.weight"].T + self.tensors.get(f"{name}.bias", 0)

    def norm(self, x, name):
        centred = x - x.mean(-1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + self.config["norm_eps"])
        return scaled * self.tensors[f"{name}.weight"] + self.tensors.get(f"{name}.bias", 0)

    def rotate(self, x, theta):
        """Turn pairs of values, as complex numbers, by angles that grow with the position."""
        half = x.shape[-1] // 2
        waves = theta ** (-np.arange(half) / half)
        turn = np.exp(1j * np.arange(x.shape[1])[:, None] * waves)[None, :, None]
        turned = (x[..., :half] + 1j * x[..., half:]) * turn
        return np.concatenate([turned.real, turned.imag], -1)

    def attend(self, x, mask, layer):
        heads, (n, length, _) = self.config["num_attention_heads"], x.shape
        parts = self.dense(x, f"layers.{layer}.attn.Wqkv").reshape(n, length, 3, heads, -1)
        types = self.config.get("layer_types")
        local = layer % 3 > 0 if types is None else types[layer] == "sliding_attention"
        theta = self.config["local_rope_theta" if local else "global_rope_theta"]
        q, k = (self.rotate(parts[:, :, part], theta) for part in (0, 1))
        scores = np.einsum("nihd,njhd->nhij", q, k) / math.sqrt(q.shape[-1])
        places = np.arange(length)
        far = abs(places[:, None] - places) > self.config["local_attention"] // 2
        hidden = ~mask[:, None, None, :] | (far if local else False)
        hidden = hidden & mask[:, None, :, None]  # padding may see all: nobody sees padding
        scores = np.where(hidden, -np.inf, scores)
        weights = np.exp(scores - scores.max(-1, keepdims=True))
        weights /= weights.sum(-1, keepdims=True)
        mixed = np.einsum("nhij,njhd->nihd", weights, parts[:, :, 2]).reshape(x.shape)
        return self.dense(mixed, f"layers.{layer}.attn.Wo")

    def states(self, ids, mask):
        x = self.norm(self.tensors["embeddings.tok_embeddings.weight"][ids], "embeddings.norm")
        act = ACTIVATIONS[self.config.get("hidden_activation", "gelu")]
        for layer in range(self.config["num_hidden_layers"]):
            x = x + self.attend(
                self.norm(x, f"layers.{layer}.attn_norm") if layer else x, mask, layer
            )
            normed = self.norm(x, f"layers.{layer}.mlp_norm")
            value, gate = np.split(self.dense(normed, f"layers.{layer}.mlp.Wi"), 2, -1)
            x = x + self.dense(act(value) * gate, f"layers.{layer}.mlp.Wo")
        return self.norm(x, "final_norm")

    def logits(self, states, mask):
        if self.config.get("classifier_pooling") == "mean":
            pooled = (states * mask[..., None]).sum(1) / mask.sum(1, keepdims=True)
        else:
            pooled = states[:, 0]
        act = ACTIVATIONS[self.config.get("classifier_activation", "gelu")]
        inner = self.norm(act(self.dense(pooled, "head.dense")), "head.norm")
        return self.dense(inner, "classifier")


class TestModernBert(ArchitectureSuite):
    CONFIG = {
        **{"model_type": "modernbert", "hidden_size": WIDTH, "intermediate_size": INNER},
        **{"num_hidden_layers": 2, "num_attention_heads": 2, "max_position_embeddings": 64},
        **{"local_attention": 6, "norm_eps": 1e-5},
        **{"global_rope_theta": 160000.0, "local_rope_theta": 10000.0},
    }
    SPECIAL = ("[UNK]", "[CLS]", "[SEP]", "[PAD]")
    PREFIX = "model."
    LENGTH = 40
    REFERENCE = ModernBert
    VARIANTS = (
        {},
        {"num_hidden_layers": 4, "classifier_pooling": "mean", "hidden_activation": "silu"},
        {
            **{"attention_bias": True, "mlp_bias": True, "norm_bias": True},
            **{"classifier_bias": True, "classifier_activation": "relu", "norm_eps": 0.1},
        },
        {"layer_types": ["sliding_attention", "full_attention"], "local_rope_theta": 100.0},
    )
    REFUSED = (
        ({"layer_types": ["full_attention"]}, "layer_types of 2 times 'full_attention' or"),
        ({"rope_scaling": {"rope_type": "yarn"}}, "no rope_scaling"),
        ({"rope_parameters": {"full_attention": {"rope_type": "yarn"}}}, "rope_type 'default'"),
        ({"mlp_bias": True}, "mlp_bias as attention_bias is.*got True"),
        ({"classifier_pooling": "max"}, "classifier_pooling 'cls' or 'mean'.*got 'max'"),
        ({"num_attention_heads": 8}, "an even number of values in a head.*got 1"),
        ({"norm_bias": True}, r"got none for embeddings\.norm\.bias"),
        ({"local_attention": "6"}, "Expected local_attention of the kind of 128"),
    )
    tokenizer = staticmethod(bytes_bpe)

    def shapes(self, config):
        bias, norm_bias = config.get("attention_bias", False), config.get("norm_bias", False)
        shapes = {"embeddings.tok_embeddings.weight": (config["vocab_size"], WIDTH)}
        shapes |= norm("embeddings.norm", WIDTH, norm_bias) | norm("final_norm", WIDTH, norm_bias)
        for layer in range(config["num_hidden_layers"]):
            stem = f"layers.{layer}."
            shapes |= norm(f"{stem}attn_norm", WIDTH, norm_bias) if layer else {}
            shapes |= norm(f"{stem}mlp_norm", WIDTH, norm_bias)
            shapes |= dense(f"{stem}attn.Wqkv", WIDTH, 3 * WIDTH, bias)
            shapes |= dense(f"{stem}attn.Wo", WIDTH, WIDTH, bias)
            shapes |= dense(f"{stem}mlp.Wi", WIDTH, 2 * INNER, bias)
            shapes |= dense(f"{stem}mlp.Wo", INNER, WIDTH, bias)
        return shapes

    def head_shapes(self, config, n_labels):
        inner = dense("head.dense", WIDTH, WIDTH, config.get("classifier_bias", False))
        inner |= norm("head.norm", WIDTH, config.get("norm_bias", False))
        return inner | dense("classifier", WIDTH, n_labels)

    def test_thetas_are_read_where_later_releases_keep_them(self, tmp_path):
        thetas = {"full_attention": 50.0, "sliding_attention": 5.0}
        ropes = {
            kind: {"rope_type": "default", "rope_theta": theta} for kind, theta in thetas.items()
        }
        settings = {"global_rope_theta": 50.0, "local_rope_theta": 5.0}
        assert self.check(self.write(tmp_path / "a", rope_parameters=ropes, **settings)) < 1e-5
        folder = self.write(tmp_path / "b", rope_parameters=ropes)
        assert self.check(folder) > 1e-3  # the reference knows the older names only

    def test_its_head_has_no_bias_of_its_own(self, tmp_path):
        head = load_head(self.write(tmp_path, head=LABELS))
        assert head.inner.bias is None
        assert head.norm.bias is None
        assert head.outer.bias is not None
