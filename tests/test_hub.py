"""Snapshots of Hugging Face's hub: from its cache, without a network."""

import pytest
from hubs import go_offline, store_encoder

from keraswrap.exceptions import DownloadError
from keraswrap.text import resolve_encoder


@pytest.fixture
def offline_hub(tmp_path, monkeypatch):
    """An empty cache of Hugging Face's, and no network."""
    go_offline(tmp_path, monkeypatch)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", ["hf://someone/tiny", "someone/tiny"])
def test_a_hub_name_is_found_in_the_cache_without_a_network(offline_hub, name):
    store_encoder(offline_hub, "someone/tiny")
    assert "models--someone--tiny" in resolve_encoder(name)


def test_no_network_and_no_cache_says_what_to_do(offline_hub):
    with pytest.raises(DownloadError, match=r"(?s)'hf://someone/other'.*HF_HUB_OFFLINE"):
        resolve_encoder("hf://someone/other")


@pytest.mark.parametrize(
    ("value", "got"), [("1", "downloading is disabled"), ("0", "LocalEntryNotFound")]
)
def test_our_own_switch_keeps_the_network_out(offline_hub, monkeypatch, value, got):
    constants = pytest.importorskip("huggingface_hub.constants")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", value == "0")
    monkeypatch.setenv("KERASWRAP_OFFLINE", value)
    store_encoder(offline_hub, "someone/tiny")
    assert "models--someone--tiny" in resolve_encoder("someone/tiny")
    with pytest.raises(DownloadError, match=f"'someone/other'.*{got}") as caught:
        resolve_encoder("someone/other")
    assert "outgoing traffic has been disabled" in str(caught.value.__cause__)
