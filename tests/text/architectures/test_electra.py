"""ELECTRA: token states and logits against its paper, arXiv:2003.10555, in float64."""

import pytest
from architecture_suite import ArchitectureSuite, dense, norm
from encoder_reference import ACTIVATIONS, BERT, Reference

WIDTH, INNER, NARROW = 8, 16, 6


class Electra(Reference):
    """BERT's blocks over embeddings that are made as wide as they are."""

    def states(self, ids, mask):
        x = self.embed(ids, 0 * ids)
        if self.config["embedding_size"] != self.config["hidden_size"]:
            x = self.dense(x, "embeddings_project")
        for layer in range(self.config["num_hidden_layers"]):
            x = self.block(x, mask, f"encoder.layer.{layer}.", BERT)
        return x

    def logits(self, states, mask):
        inner = ACTIVATIONS["gelu"](self.dense(states[:, 0], "classifier.dense"))
        return self.dense(inner, "classifier.out_proj")


@pytest.mark.thorough
class TestElectra(ArchitectureSuite):
    TRAINED = "lora:2"
    CONFIG = {
        **{"model_type": "electra", "hidden_size": WIDTH, "embedding_size": NARROW},
        **{"num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": INNER},
        **{"max_position_embeddings": 40},
    }
    PREFIX = "electra."
    REFERENCE = Electra
    VARIANTS = ({}, {"embedding_size": WIDTH, "hidden_act": "relu", "layer_norm_eps": 0.1})
    REFUSED = (
        ({"embedding_size": WIDTH}, r"word_embeddings\.weight \(\d+, 6\) instead of \(\d+, 8\)"),
        ({"position_embedding_type": "relative_key"}, "'absolute' in"),
        ({"num_hidden_layers": 1}, r"16 tensors more.*encoder\.layer\.1\."),
    )

    def shapes(self, config):
        narrow = config["embedding_size"]
        shapes = {"embeddings.word_embeddings.weight": (config["vocab_size"], narrow)}
        shapes["embeddings.position_embeddings.weight"] = (40, narrow)
        shapes["embeddings.token_type_embeddings.weight"] = (2, narrow)
        shapes |= norm("embeddings.LayerNorm", narrow)
        if narrow != WIDTH:
            shapes |= dense("embeddings_project", narrow, WIDTH)
        for layer in range(config["num_hidden_layers"]):
            stem = f"encoder.layer.{layer}."
            for name in BERT[:4]:
                shapes |= dense(stem + name, WIDTH, WIDTH)
            shapes |= dense(f"{stem}intermediate.dense", WIDTH, INNER)
            shapes |= dense(f"{stem}output.dense", INNER, WIDTH)
            shapes |= norm(f"{stem}attention.output.LayerNorm", WIDTH)
            shapes |= norm(f"{stem}output.LayerNorm", WIDTH)
        return shapes

    def head_shapes(self, config, n_labels):
        return dense("classifier.dense", WIDTH, WIDTH) | dense(
            "classifier.out_proj", WIDTH, n_labels
        )
