"""ALBERT: token states against its paper, arXiv:1909.11942, in float64."""

import pytest
from checkpoint_suite import CheckpointSuite
from checkpoints import write_checkpoint

from keraswrap.exceptions import InputError
from keraswrap.text._backbones import load_backbone


class TestAlbert(CheckpointSuite):
    KIND = "albert"
    VARIANTS = ((4, {"num_hidden_groups": 2, "inner_group_num": 2, "embedding_size": 6}),)

    def test_groups_that_do_not_share_the_layers_evenly_are_refused(self, tmp_path):
        folder = write_checkpoint(tmp_path / "albert", "albert", layers=3, num_hidden_groups=2)
        with pytest.raises(InputError, match=r"groups share evenly in .*got 3"):
            load_backbone(folder)
