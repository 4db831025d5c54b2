"""keras-hub's presets: the same net, the same tokens, the same head."""

from pathlib import Path

import numpy as np
import pytest
from small_presets import HUB, NAMES, TEXT, change, inputs_of, save

from keraswrap._checkpoints.fingerprints import fingerprint
from keraswrap.exceptions import DownloadError, InputError
from keraswrap.text import check_encoder, read_pad_id, resolve_encoder
from keraswrap.text._backbones import load_backbone
from keraswrap.text._fast_tokenizers import load_tokenizer
from keraswrap.text._pretrained_heads import load_head


@pytest.mark.parametrize("name", NAMES)
def test_a_preset_gives_what_keras_hub_gives(name, tmp_path):
    saved, _ = save(tmp_path, name)
    folder = resolve_encoder(tmp_path)
    net = load_backbone(folder)
    inputs = inputs_of(folder, net)
    expected = saved(inputs)
    expected = expected if isinstance(expected, dict) else {"sequence_output": expected}
    found = net(inputs)
    # ELECTRA's checkpoints have no pooler; keras-hub's class has one without use.
    assert found.keys() == expected.keys() - ({"pooled_output"} if name == "Electra" else set())
    assert all(np.allclose(found[part], expected[part], atol=1e-6) for part in found)
    assert load_head(folder) is None


@pytest.mark.parametrize("name", NAMES)
def test_its_tokens_are_those_of_keras_hub(name, tmp_path):
    _, tokenizer = save(tmp_path, name)
    ids = load_tokenizer(tmp_path)(TEXT)["input_ids"]
    assert ids[1:-1] == np.asarray(tokenizer(TEXT)).tolist()
    ends = ("start_token", "end_token") if "Roberta" in name else ("cls_token", "sep_token")
    assert [ids[0], ids[-1]] == [getattr(tokenizer, f"{end}_id") for end in ends]
    assert read_pad_id(tmp_path) == tokenizer.pad_token_id


def test_accents_are_stripped_where_case_is_lowered(tmp_path):
    save(tmp_path, "Bert")
    tokenizer = load_tokenizer(tmp_path)
    assert tokenizer("Café")["input_ids"] == tokenizer("cafe")["input_ids"]


def test_its_fingerprint_follows_its_files(tmp_path):
    save(tmp_path, "Bert")
    before = fingerprint(tmp_path)
    vocabulary = tmp_path / "assets" / "tokenizer" / "vocabulary.txt"
    vocabulary.write_text(vocabulary.read_text().replace("good", "fine"))
    assert fingerprint(tmp_path) != before


@pytest.mark.parametrize(
    "lost", ["model.weights.h5", "assets/tokenizer/vocabulary.txt", "tokenizer.json"]
)
def test_a_missing_file_is_named(lost, tmp_path):
    save(tmp_path, "Bert")
    (tmp_path / lost).unlink()
    with pytest.raises(InputError, match=lost.replace(".", r"\.")):
        check_encoder(tmp_path)


def test_another_backbone_is_refused(tmp_path):
    save(tmp_path, "Bert")
    change(tmp_path / "config.json", class_name="GemmaBackbone")
    with pytest.raises(InputError, match=r"preset of one of AlbertBackbone.*'GemmaBackbone'"):
        check_encoder(tmp_path)


@pytest.fixture
def offline(tmp_path, monkeypatch):
    """Kaggle's cache, empty, and no network."""
    monkeypatch.setenv("KAGGLEHUB_CACHE", str(tmp_path / "cache"))
    for name in ("HTTPS_PROXY", "https_proxy"):  # one that nobody listens at
        monkeypatch.setenv(name, "http://127.0.0.1:9")


@pytest.mark.usefixtures("offline")
def test_a_name_is_found_in_the_cache_of_kaggle(tmp_path):
    kagglehub = pytest.importorskip("kagglehub.cache")
    handle = pytest.importorskip("kagglehub.handle").parse_model_handle(
        HUB.Backbone.presets["bert_tiny_en_uncased"]["kaggle_handle"].removeprefix("kaggle://")
    )
    folder = Path(kagglehub.get_cached_path(handle))
    save(folder, "Bert", n_classes=2)
    for path in [path for path in folder.rglob("*") if path.is_file()]:
        kagglehub.Cache().mark_as_complete(handle, path.relative_to(folder).as_posix())
    assert resolve_encoder("bert_tiny_en_uncased") == str(folder)
    assert load_head(folder).labels == ("LABEL_0", "LABEL_1")


@pytest.mark.usefixtures("offline")
def test_no_network_for_a_name_says_so():
    with pytest.raises(DownloadError, match=r"preset 'bert_tiny_en_uncased'.*Go online"):
        resolve_encoder("bert_tiny_en_uncased")
