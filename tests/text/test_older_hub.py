"""Checkpoints as an older keras-hub looks for them; Python 3.10 ends at such a one."""

from types import SimpleNamespace

import numpy as np
import pytest
from checkpoints import write_checkpoint
from safetensors.numpy import load_file

from keraswrap.text._older_hub import readable_by

OLD, NEW = SimpleNamespace(__version__="0.25.1"), SimpleNamespace(__version__="0.30.0")


def test_an_older_one_gets_a_copy_with_the_older_names(tmp_path):
    source = write_checkpoint(tmp_path / "bert")
    given = load_file(source / "model.safetensors")
    with readable_by(OLD, str(source)) as copy:
        found = load_file(f"{copy}/model.safetensors")
    assert len(found) == len(given)
    assert all(name.startswith("bert.") for name in found)
    np.testing.assert_array_equal(
        found["bert.embeddings.LayerNorm.gamma"], given["embeddings.LayerNorm.weight"]
    )
    assert load_file(source / "model.safetensors").keys() == given.keys()


@pytest.mark.parametrize(("hub", "kind"), [(NEW, "bert"), (OLD, "roberta")])
def test_all_else_is_read_where_it_lies(hub, kind, tmp_path):
    source = str(write_checkpoint(tmp_path / kind, kind))
    with readable_by(hub, source) as directory:
        assert directory == source
