"""DeBERTa: token states and logits against its papers, arXiv:2006.03654, in float64."""

import io
import math

import numpy as np
import pytest
from architecture_suite import TEXTS, ArchitectureSuite, dense, norm, sentencepiece
from encoder_reference import ACTIVATIONS, Reference

from keraswrap.text import check_encoder, encode_texts

WIDTH, INNER, HEADS, POSITIONS = 8, 16, 2, 40
BLOCK = ("attention.self.query_proj", "attention.self.key_proj", "attention.self.value_proj")
BLOCK += ("attention.output.dense", "attention.output.LayerNorm")
BLOCK += ("intermediate.dense", "output.dense", "output.LayerNorm")


def bucket(distance, buckets, positions):
    """The bucket of a distance, in whole numbers: half are for one distance each."""
    middle, far = buckets // 2, abs(distance)
    if far <= middle:
        return distance
    # The least number of steps that reach so far, where middle - 1 reach the last position.
    least = next(
        step
        for step in range(buckets)
        if (positions - 1) ** step * middle ** (middle - 1) >= far ** (middle - 1) * middle**step
    )
    return int(math.copysign(middle + least, distance))


class Deberta(Reference):
    """Scores of contents with contents, and with distances both ways."""

    def split_table(self, x):
        return x.reshape(len(x), self.heads, -1).transpose(1, 0, 2)

    def disentangled(self, q, k, stem):
        config, length = self.config, q.shape[2]
        buckets = config.get("position_buckets", -1)
        span = buckets if buckets > 0 else POSITIONS
        table = self.tensors["encoder.rel_embeddings.weight"]
        if "layer_norm" in config.get("norm_rel_ebd", "none"):
            table = self.norm(table, "encoder.LayerNorm")
        shared = config.get("share_att_key", False)
        ways = config["pos_att_type"]
        scores = q @ k.transpose(0, 1, 3, 2)
        names = ("key_proj", "query_proj") if shared else ("pos_key_proj", "pos_query_proj")
        for i in range(length):
            for j in range(length):
                place = bucket(i - j, buckets, POSITIONS) if buckets > 0 else i - j
                row = table[min(max(place + span, 0), 2 * span - 1)][None]
                if "c2p" in ways:
                    made = self.split_table(self.dense(row, stem + names[0]))[:, 0]
                    scores[:, :, i, j] += (q[:, :, i] * made).sum(-1)
                if "p2c" in ways:
                    made = self.split_table(self.dense(row, stem + names[1]))[:, 0]
                    scores[:, :, i, j] += (k[:, :, j] * made).sum(-1)
        kinds = 1 + ("c2p" in ways) + ("p2c" in ways)
        return scores / math.sqrt(q.shape[-1] * kinds)

    def block(self, x, mask, prefix, parts):
        query, key, value, out, norm_1, up, down, norm_2 = (prefix + part for part in parts)
        q, k, v = (self.split(self.dense(x, name)) for name in (query, key, value))
        scores = self.disentangled(q, k, f"{prefix}attention.self.")
        scores = np.where(mask[:, None, None, :], scores, -np.inf)
        weights = np.exp(scores - scores.max(-1, keepdims=True))
        weights /= weights.sum(-1, keepdims=True)
        mixed = (weights @ v).transpose(0, 2, 1, 3).reshape(x.shape)
        x = self.norm(x + self.dense(mixed, out), norm_1)
        return self.norm(x + self.dense(self.activation(self.dense(x, up)), down), norm_2)

    def states(self, ids, mask):
        x = self.tensors["embeddings.word_embeddings.weight"][ids]
        if self.config.get("position_biased_input", True):
            x = x + self.tensors["embeddings.position_embeddings.weight"][: ids.shape[1]]
        x = self.norm(x, "embeddings.LayerNorm")
        for layer in range(self.config["num_hidden_layers"]):
            x = self.block(x, mask, f"encoder.layer.{layer}.", BLOCK)
        return x

    def logits(self, states, mask):
        act = ACTIVATIONS[self.config.get("pooler_hidden_act", "gelu")]
        return self.dense(act(self.dense(states[:, 0], "pooler.dense")), "classifier")


@pytest.mark.thorough
class TestDeberta(ArchitectureSuite):
    CONFIG = {
        **{"model_type": "deberta-v2", "hidden_size": WIDTH, "intermediate_size": INNER},
        **{"num_hidden_layers": 2, "num_attention_heads": HEADS, "type_vocab_size": 0},
        **{"max_position_embeddings": POSITIONS, "position_buckets": 8, "layer_norm_eps": 1e-7},
        **{"relative_attention": True, "position_biased_input": False, "share_att_key": True},
        **{"norm_rel_ebd": "layer_norm", "pos_att_type": ["p2c", "c2p"]},
    }
    ROLES = ("[CLS]", "[SEP]", "[PAD]", "[UNK]")
    SPECIAL = ("[PAD]", "[CLS]", "[SEP]", "[UNK]")
    PREFIX = "deberta."
    REFERENCE = Deberta
    VARIANTS = (
        {},
        {"share_att_key": False, "norm_rel_ebd": "none", "position_buckets": -1},
        {"share_att_key": False, "pos_att_type": ["c2p"], "position_biased_input": True},
        {"pos_att_type": ["p2c"], "pooler_hidden_act": "tanh", "layer_norm_eps": 0.1},
    )
    REFUSED = (
        ({"relative_attention": False}, "relative_attention true.*got False"),
        ({"pos_att_type": ["p2p"]}, r"pos_att_type of 'c2p' and 'p2c'.*got \['p2p'\]"),
        ({"type_vocab_size": 2}, "type_vocab_size of 0.*got 2"),
        ({"conv_kernel_size": 3}, "no conv_kernel_size.*got 3"),
        ({"embedding_size": 4}, "embedding_size of 8.*got 4"),
        ({"position_buckets": 90}, "position_buckets below twice the greatest distance, 39"),
        ({"share_att_key": False}, r"got none for .*attention\.self\.pos_query_proj"),
    )
    tokenizer = staticmethod(sentencepiece)

    def shapes(self, config):
        shapes = {"embeddings.word_embeddings.weight": (config["vocab_size"], WIDTH)}
        if config["position_biased_input"]:
            shapes["embeddings.position_embeddings.weight"] = (POSITIONS, WIDTH)
        shapes |= norm("embeddings.LayerNorm", WIDTH)
        rows = config["position_buckets"] if config["position_buckets"] > 0 else POSITIONS
        shapes["encoder.rel_embeddings.weight"] = (2 * rows, WIDTH)
        if config["norm_rel_ebd"] == "layer_norm":
            shapes |= norm("encoder.LayerNorm", WIDTH)
        for layer in range(config["num_hidden_layers"]):
            stem = f"encoder.layer.{layer}."
            sizes = [(WIDTH, WIDTH)] * 4 + [None, (WIDTH, INNER), (INNER, WIDTH), None]
            for name, size in zip(BLOCK, sizes, strict=True):
                shapes |= dense(stem + name, *size) if size else norm(stem + name, WIDTH)
            if not config["share_att_key"]:
                own = {"c2p": "pos_key_proj", "p2c": "pos_query_proj"}
                for way in config["pos_att_type"]:
                    shapes |= dense(f"{stem}attention.self.{own[way]}", WIDTH, WIDTH)
        return shapes

    def head_shapes(self, config, n_labels):
        return dense("pooler.dense", WIDTH, WIDTH) | dense("classifier", WIDTH, n_labels)

    def test_long_texts_reach_the_last_bucket(self, tmp_path):
        words = " ".join(["good text", "was it bad"] * 9)
        assert self.check(self.write(tmp_path), [words, "bad"], POSITIONS) < 1e-5

    def test_ways_are_read_from_a_text_too(self, tmp_path):
        assert self.check(self.write(tmp_path, pos_att_type="p2c|c2p")) < 1e-5

    def test_a_sentencepiece_model_alone_is_a_tokenizer(self, tmp_path):
        sentencepiece = pytest.importorskip("sentencepiece")
        folder, proto = self.write(tmp_path, vocab_size=60), io.BytesIO()
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(TEXTS * 9),
            model_writer=proto,
            vocab_size=40,
            hard_vocab_limit=False,
            minloglevel=2,
            **{"pad_id": 0, "bos_id": 1, "eos_id": 2, "unk_id": 3, "pad_piece": "[PAD]"},
            **{"bos_piece": "[CLS]", "eos_piece": "[SEP]", "unk_piece": "[UNK]"},
        )
        (folder / "tokenizer.json").unlink()
        (folder / "tokenizer_config.json").write_text("{}")
        (folder / "spm.model").write_bytes(proto.getvalue())
        assert check_encoder(folder) == str(folder)
        pieces = sentencepiece.SentencePieceProcessor(model_proto=proto.getvalue())
        expected = [1, *pieces.encode("it is good"), 2]
        assert encode_texts(["it is good"], folder, 16)[0, : len(expected)].tolist() == expected
