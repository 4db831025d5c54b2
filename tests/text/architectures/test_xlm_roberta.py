"""XLM-RoBERTa: token states against its paper, arXiv:1911.02116, in float64."""

from checkpoint_suite import CheckpointSuite


class TestXlmRoberta(CheckpointSuite):
    KIND = "xlm-roberta"
    VARIANTS = ((1, {"pad_token_id": 0}),)
