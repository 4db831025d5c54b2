"""GGUF files, laid down as the checkpoint they came from."""

import json
from pathlib import Path

import numpy as np
import pytest
from causal import write_causal
from gguf_writer import write_gguf
from reference import continuations, prompts, score
from safetensors.numpy import load_file

from keraswrap._checkpoints import gguf as gguf_files
from keraswrap.datasets import fetch_smollm
from keraswrap.exceptions import ParameterError, SavedFileError
from keraswrap.llm import KerasHubLM, convert_gguf, load_model


@pytest.mark.parametrize("kind", ["llama", "qwen2"])
def test_the_checkpoint_is_the_one_it_came_from(tmp_path, monkeypatch, kind):
    monkeypatch.setenv("KERASWRAP_HOME", str(tmp_path / "home"))
    folder = write_causal(tmp_path / "m", kind)
    path = write_gguf(folder, tmp_path / "m.gguf")
    target = Path(convert_gguf(path))
    expected, found = (load_file(f / "model.safetensors") for f in (folder, target))
    assert set(expected) == set(found)
    assert all(np.array_equal(expected[name], found[name]) for name in expected)
    model, original = load_model(path), KerasHubLM(folder)
    for chat in (False, True):
        asked, ways = prompts(chat), continuations(True)
        np.testing.assert_allclose(
            score(model, asked, ways), score(original, asked, ways), atol=1e-5
        )
    assert model.context_length == original.context_length


LLAMA3 = {"rope_type": "llama3", "factor": 32.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0}
LLAMA3 |= {"original_max_position_embeddings": 8192}


def llama3_divisors(theta, width):
    """One frequency after another, by its wavelength."""
    found = []
    for k in range(0, width, 2):
        length = 2 * np.pi * theta ** (k / width)
        smooth = (8192 / length - 1) / (4 - 1)
        between = 1 / ((1 - smooth) / 32 + smooth)
        found.append(1.0 if length < 8192 / 4 else 32.0 if length > 8192 else between)
    return np.array(found)


def test_positions_scaled_as_llama_3_has_them_are_those_of_the_checkpoint(tmp_path, monkeypatch):
    monkeypatch.setenv("KERASWRAP_HOME", str(tmp_path / "home"))
    theta = 5e6
    rope = {"rope_theta": theta, "rope_parameters": {**LLAMA3, "rope_theta": theta}}
    folder = write_causal(tmp_path / "m", max_position_embeddings=16384, **rope)
    config = json.loads((folder / "config.json").read_text())
    width = config.get("head_dim") or config["hidden_size"] // config["num_attention_heads"]
    divisors = llama3_divisors(theta, width)
    assert {*divisors} == {1.0, 32.0}
    path = write_gguf(folder, tmp_path / "m.gguf", divisors=divisors)
    assert json.loads((Path(convert_gguf(path)) / "config.json").read_text())[
        "rope_parameters"
    ] == {
        **LLAMA3,
        "rope_theta": theta,
    }
    model, original = load_model(path), KerasHubLM(folder)
    asked, ways = prompts(False), continuations(True)
    np.testing.assert_array_equal(score(model, asked, ways), score(original, asked, ways))
    layer = model._net.scorer(None, True).runner.model.backbone.transformer_layers[0]
    rotary = layer._self_attention_layer.rotary_embedding_layer
    expected = theta ** (-np.arange(0, width, 2) / width) / divisors
    np.testing.assert_allclose(np.asarray(rotary._get_inverse_freq(width)), expected, rtol=1e-5)


@pytest.mark.parametrize("width", [64, 128])
def test_frequencies_are_divided_by_their_wavelengths(width):
    expected = llama3_divisors(5e5, width)
    assert len({*expected}) > 4
    np.testing.assert_allclose(gguf_files.llama3_divisors(5e5, width, 32.0), expected, rtol=1e-12)


def test_positions_scaled_otherwise_are_refused(tmp_path):
    path = write_gguf(write_causal(tmp_path / "m"), tmp_path / "m.gguf", divisors=np.array([1, 3]))
    with pytest.raises(SavedFileError, match="those of Llama 3, got one with others"):
        convert_gguf(path, tmp_path / "home")


def test_it_is_laid_down_once_and_whole(tmp_path):
    path = write_gguf(write_causal(tmp_path / "m"), tmp_path / "m.gguf")
    target = Path(convert_gguf(path, tmp_path / "home"))
    changed = (target / "model.safetensors").stat().st_mtime_ns
    assert convert_gguf(path, tmp_path / "home") == str(target)
    assert (target / "model.safetensors").stat().st_mtime_ns == changed
    assert [entry.name for entry in (tmp_path / "home").iterdir()] == [target.name]


@pytest.mark.parametrize("keep", [3, 200, 5000, -100])
def test_a_file_cut_short_is_refused_and_nothing_is_left(tmp_path, keep):
    path = write_gguf(write_causal(tmp_path / "m"), tmp_path / "m.gguf")
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(SavedFileError, match="corrupt, truncated or"):
        convert_gguf(path, tmp_path / "home")
    assert not list((tmp_path / "home").iterdir())


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"architecture": "mamba"}, "architecture llama, qwen2, qwen3, got 'mamba'"),
        ({"pre": "tekken"}, "cut as 'tekken'"),
    ],
)
def test_what_is_not_taken_is_named(tmp_path, settings, message):
    path = write_gguf(write_causal(tmp_path / "m"), tmp_path / "m.gguf", **settings)
    with pytest.raises(SavedFileError, match=message):
        convert_gguf(path, tmp_path / "home")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ParameterError, match=r"existing GGUF file, got .*none.gguf"):
        load_model(tmp_path / "none.gguf")


@pytest.mark.slow
@pytest.mark.network
@pytest.mark.thorough
def test_smollm_knows_good_from_bad():
    model = load_model(fetch_smollm())
    asked = prompts()
    ways = continuations(False)[:2]
    together = score(model, asked, ways)
    alone = np.vstack([score(model, [each], ways) for each in asked])
    plain = score(KerasHubLM(fetch_smollm(), share_prefix=False), asked, ways)
    np.testing.assert_allclose(together, alone, atol=1e-4)
    np.testing.assert_allclose(together, plain, atol=1e-4)
    leaning = together[:, 0] - together[:, 1]
    assert leaning[3] > leaning[1]  # "the camera is great", "it broke, bad and sad"
