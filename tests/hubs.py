"""Hugging Face's cache as a folder of the tests, and no network."""

import pytest
from checkpoints import write_checkpoint


def go_offline(home, monkeypatch):
    """Use `home` for every cache of Hugging Face's, and fetch nothing."""
    constants = pytest.importorskip("huggingface_hub.constants")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(home / "hub"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    config = pytest.importorskip("datasets.config")
    monkeypatch.setattr(config, "HF_DATASETS_CACHE", home / "datasets")


def store_dataset(home, name):
    """Make room for a data set in the cache; give the folder its files belong in."""
    return _make(home, f"datasets--{name.replace('/', '--')}")


def store_encoder(home, name):
    """Lay a checkpoint down in the cache."""
    write_checkpoint(_make(home, f"models--{name.replace('/', '--')}"))


def _make(home, name):
    stored = home / "hub" / name
    folder = stored / "snapshots" / ("0" * 40)
    folder.mkdir(parents=True)
    (stored / "refs").mkdir()
    (stored / "refs" / "main").write_text("0" * 40)
    return folder
