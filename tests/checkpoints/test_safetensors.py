"""safetensors files: read in any float precision, or refused with the reason."""

import json

import ml_dtypes
import numpy as np
import pytest
from checkpoints import change_tensors, write_checkpoint
from safetensors.numpy import load_file, save_file

from keraswrap._checkpoints.safetensors import read_tensors
from keraswrap.exceptions import InputError
from keraswrap.text import resolve_encoder


@pytest.fixture
def folder(tmp_path):
    return write_checkpoint(tmp_path / "bert")


def arrays(folder):
    return {name: tensor.read() for name, tensor in read_tensors(folder).items()}


@pytest.mark.parametrize("dtype", ["float32", "float16", "float64", ml_dtypes.bfloat16], ids=str)
def test_weights_may_be_stored_in_any_precision(folder, dtype):
    change_tensors(folder, lambda t: t.update({n: a.astype(dtype) for n, a in t.items()}))
    expected, found = load_file(folder / "model.safetensors"), arrays(folder)
    assert found.keys() == expected.keys()
    for name, array in found.items():
        assert array.dtype == "float32"
        assert np.array_equal(array, expected[name].astype("float32"))


def split(folder, index=None):
    """Put a checkpoint's tensors into two shards."""
    tensors = load_file(folder / "model.safetensors")
    shards = {name: f"model-{number % 2}.safetensors" for number, name in enumerate(tensors)}
    for shard in set(shards.values()):
        save_file({n: a for n, a in tensors.items() if shards[n] == shard}, folder / shard)
    index = {"weight_map": shards} if index is None else index
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    (folder / "model.safetensors").unlink()
    return tensors


def test_weights_may_lie_in_shards(folder):
    tensors = split(folder)
    found = arrays(folder)
    assert found.keys() == tensors.keys()
    assert all(np.array_equal(found[name], tensors[name]) for name in tensors)


def test_a_shard_that_is_missing_is_named(folder):
    split(folder)
    (folder / "model-1.safetensors").unlink()
    with pytest.raises(InputError, match=r"Expected weights \(model-1\.safetensors\)"):
        resolve_encoder(folder)


def test_an_index_leads_to_no_other_folder(folder):
    elsewhere = folder.parent / "model.safetensors"
    elsewhere.write_bytes((folder / "model.safetensors").read_bytes())
    split(folder, {"weight_map": {"x": f"../{elsewhere.name}"}})
    with pytest.raises(InputError, match=r"Expected weights \(model\.safetensors\)"):
        resolve_encoder(folder)


@pytest.mark.parametrize("index", [{}, {"weight_map": []}, {"weight_map": "all"}], ids=str)
def test_an_index_without_a_map_is_refused(folder, index):
    split(folder, index)
    with pytest.raises(InputError, match="Expected a weight_map"):
        resolve_encoder(folder)


def damaged(content):
    """Damages to a file, by what is left of it."""

    def told(shape, end):
        about = {"x": {"dtype": "F32", "shape": shape, "data_offsets": [0, end]}}
        header = json.dumps(about).encode()
        return len(header).to_bytes(8, "little") + header + b"\0" * 36

    return {
        "cut": content[:-9],
        "scrambled": b"\xff" * 100,
        "empty": b"",
        "no header": b"\x02" + b"\0" * 7 + b"[]",
        "wrong size": told([9], 4),
        "sizes below 0": told([-9, -1], 36),
        "sizes that are none": told([9.0], 36),
        "beyond its end": told([1 << 40], 1 << 42),
        "a header beyond its end": b"\xff\xff" + b"\0" * 6 + b"{}",
    }


@pytest.mark.parametrize("damage", damaged(b""))
def test_a_damaged_file_is_refused(folder, damage):
    path = folder / "model.safetensors"
    path.write_bytes(damaged(path.read_bytes())[damage])
    with pytest.raises(InputError, match=r"complete safetensors file .*Fetch the checkpoint again"):
        resolve_encoder(folder)


def test_weights_that_are_no_numbers_are_refused(folder):
    change_tensors(folder, lambda t: t["pooler.dense.bias"].fill(np.nan))
    with pytest.raises(InputError, match="finite weights, got NaN"):
        arrays(folder)


def test_quantized_weights_are_refused(folder):
    change_tensors(folder, lambda t: t.update({n: a.astype("int8") for n, a in t.items()}))
    with pytest.raises(InputError, match=r"got I8 .*not quantized"):
        arrays(folder)
