"""MPNet: token states and logits against its paper, arXiv:2004.09297, in float64."""

import numpy as np
from architecture_suite import ArchitectureSuite, dense, norm
from encoder_reference import Reference

from keraswrap._blocks._distances import buckets_of_distances
from keraswrap.text import load_backbone

WIDTH, INNER, HEADS = 8, 16, 2
BLOCK = ("attention.attn.q", "attention.attn.k", "attention.attn.v", "attention.attn.o")
BLOCK += ("attention.LayerNorm", "intermediate.dense", "output.dense", "output.LayerNorm")


def bucket(distance):
    """T5's bucket of a distance, in whole numbers: 16 each way, 8 of them for one distance."""
    far = abs(distance)
    # Of the other 8, each begins √2 times as far away as the one before: 128 is 8 · √2⁸.
    large = sum(far * far >= 64 * 2**step for step in range(1, 8))
    return 16 * (distance > 0) + (far if far < 8 else min(8 + large, 15))


class MPNet(Reference):
    """RoBERTa's positions, no segments, and a bias for distances in all blocks."""

    bias = 0.0

    def embed(self, ids, segments):
        words, positions = (
            self.tensors[f"embeddings.{name}_embeddings.weight"] for name in ("word", "position")
        )
        return self.norm(words[ids] + positions[2 : 2 + ids.shape[1]], "embeddings.LayerNorm")

    def states(self, ids, mask):
        x = self.embed(ids, None)
        table = self.tensors["encoder.relative_attention_bias.weight"]
        length = range(ids.shape[1])
        buckets = [[bucket(key - query) for key in length] for query in length]
        self.bias = table[buckets].transpose(2, 0, 1)
        for layer in range(self.config["num_hidden_layers"]):
            x = self.block(x, mask, f"encoder.layer.{layer}.", BLOCK)
        return x

    def logits(self, states, mask):
        inner = np.tanh(self.dense(states[:, 0], "classifier.dense"))
        return self.dense(inner, "classifier.out_proj")


class TestMPNet(ArchitectureSuite):
    TRAINED = "lora:2"
    CONFIG = {
        **{"model_type": "mpnet", "hidden_size": WIDTH, "intermediate_size": INNER},
        **{"num_hidden_layers": 2, "num_attention_heads": HEADS},
        **{"max_position_embeddings": 150},
    }
    ROLES = ("<s>", "</s>", "<pad>", "[UNK]")
    SPECIAL = ("<s>", "<pad>", "</s>", "[UNK]")
    PREFIX = "mpnet."
    REFERENCE = MPNet
    VARIANTS = ({}, {"hidden_act": "relu", "layer_norm_eps": 0.1, "num_attention_heads": 4})
    REFUSED = (
        ({"relative_attention_num_buckets": 16}, "relative_attention_num_buckets of 32.*got 16"),
        ({"pad_token_id": 0}, "pad_token_id of 1, from which positions are counted"),
        ({"num_attention_heads": 4}, r"relative_attention_bias\.weight \(32, 2\) instead of"),
    )

    def shapes(self, config):
        shapes = {"embeddings.word_embeddings.weight": (config["vocab_size"], WIDTH)}
        shapes["embeddings.position_embeddings.weight"] = (150, WIDTH)
        shapes |= norm("embeddings.LayerNorm", WIDTH)
        shapes["encoder.relative_attention_bias.weight"] = (32, config["num_attention_heads"])
        for layer in range(config["num_hidden_layers"]):
            sizes = [(WIDTH, WIDTH)] * 4 + [None, (WIDTH, INNER), (INNER, WIDTH), None]
            for name, size in zip(BLOCK, sizes, strict=True):
                name = f"encoder.layer.{layer}.{name}"
                shapes |= dense(name, *size) if size else norm(name, WIDTH)
        return shapes

    def head_shapes(self, config, n_labels):
        return dense("classifier.dense", WIDTH, WIDTH) | dense(
            "classifier.out_proj", WIDTH, n_labels
        )

    def test_long_texts_reach_the_last_bucket(self, tmp_path):
        words = " ".join(["good text", "was it bad"] * 26)
        assert self.check(self.write(tmp_path), [words, "bad"], 148) < 1e-5

    def test_buckets_are_those_of_whole_numbers(self):
        found = buckets_of_distances(32, 128)
        assert found.tolist() == [bucket(distance) for distance in range(-128, 129)]

    def test_a_pooler_is_there_where_the_checkpoint_has_one(self, tmp_path, monkeypatch):
        shapes = self.shapes
        pooler = dense("pooler.dense", WIDTH, WIDTH)
        monkeypatch.setattr(self, "shapes", lambda config: shapes(config) | pooler)
        folder = self.write(tmp_path)
        assert "pooled_output" in load_backbone(folder).output
        assert self.check(folder) < 1e-5
