"""Records of architectures: found by either name, and whole."""

from pathlib import Path

import keras_hub
import pytest

from keraswrap.text.architectures import ARCHITECTURES, find_architecture

every = pytest.mark.parametrize("record", ARCHITECTURES, ids=lambda record: record.kind)


@every
def test_a_record_is_found_by_its_kind_and_by_keras_hubs_class(record):
    assert find_architecture(record.kind) is record
    if record.preset is not None:
        assert find_architecture(record.preset.backbone) is record
        assert hasattr(keras_hub.models, record.preset.backbone)


@pytest.mark.parametrize("name", ["gpt2", "", None, 3])
def test_nothing_is_known_of_another(name):
    assert find_architecture(name) is None


@every
def test_a_record_knows_every_setting_that_is_read_of_all(record):
    needed = {"vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads"}
    needed |= {"intermediate_size", "max_position_embeddings", "pad_token_id", "hidden_act"}
    needed |= {"layer_norm_eps", "hidden_dropout_prob"}
    assert needed <= {*record.defaults, *record.fixed}
    assert {*record.names, *record.fixed} <= {*record.defaults}


def test_each_is_tried_with_a_small_checkpoint():
    own = {path.stem.removeprefix("test_") for path in Path(__file__).parent.glob("test_*.py")}
    assert {record.kind.replace("-", "_") for record in ARCHITECTURES} <= own
