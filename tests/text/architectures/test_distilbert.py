"""DistilBERT: token states against its paper, arXiv:1910.01108, in float64."""

from checkpoint_suite import CheckpointSuite


class TestDistilBert(CheckpointSuite):
    KIND, ACTIVATION = "distilbert", "activation"
    POOLER = False
