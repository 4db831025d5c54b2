"""RoBERTa: token states against its paper, arXiv:1907.11692, in float64."""

from checkpoint_suite import CheckpointSuite


class TestRoberta(CheckpointSuite):
    KIND = "roberta"
    # Positions are counted from the row after the pad id's.
    VARIANTS = ((1, {"type_vocab_size": 1}), (1, {"pad_token_id": 4}))
