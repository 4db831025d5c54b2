"""BERT: token states against its paper, arXiv:1810.04805, in float64."""

from checkpoint_suite import CheckpointSuite


class TestBert(CheckpointSuite):
    KIND = "bert"
    VARIANTS = ((1, {"type_vocab_size": 3}),)
