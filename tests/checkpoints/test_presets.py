"""keras-hub's presets where nothing may be fetched."""

from pathlib import Path

import pytest
from kagglehub.cache import Cache
from kagglehub.handle import parse_model_handle

from keraswrap._checkpoints.presets import fetch_preset, preset_names
from keraswrap.exceptions import DownloadError


@pytest.fixture(autouse=True)
def offline(monkeypatch, tmp_path):
    monkeypatch.setenv("KERASWRAP_OFFLINE", "1")
    monkeypatch.setenv("KAGGLEHUB_CACHE", str(tmp_path))


def test_what_was_not_fetched_before_is_an_error_that_says_why():
    with pytest.raises(DownloadError, match=r"preset 'gpt2_base_en' in kagglehub's.*KERASWRAP_OFF"):
        fetch_preset("gpt2_base_en")


def test_what_was_fetched_whole_is_found():
    import keras_hub

    assert "gpt2_base_en" in preset_names(["CausalLM"])
    handle = keras_hub.models.CausalLM.presets["gpt2_base_en"]["kaggle_handle"]
    cache, parts = Cache(), parse_model_handle(handle.removeprefix("kaggle://"))
    for name in ["config.json", "tokenizer.json", "model.weights.h5"]:
        with pytest.raises(DownloadError, match="nothing complete"):
            fetch_preset("gpt2_base_en")
        folder = Path(cache.get_path(parts))
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("{}")
        cache.mark_as_complete(parts, name)
    assert fetch_preset("gpt2_base_en") == str(folder)
