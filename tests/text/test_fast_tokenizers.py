"""Tokenizers that are loaded once, and the pad id of their checkpoint."""

import json

import pytest
from checkpoints import write_checkpoint

from keraswrap.text import encode_texts, read_pad_id
from keraswrap.text._fast_tokenizers import load_tokenizer


@pytest.fixture
def folder(tmp_path):
    return write_checkpoint(tmp_path / "tiny")


@pytest.mark.parametrize(
    ("config", "pad_id"),
    [
        ({"model_type": "bert"}, 0),
        ({"model_type": "roberta"}, 1),
        ({"model_type": "roberta", "pad_token_id": None}, 1),
        ({"model_type": "bert", "pad_token_id": 7}, 7),
    ],
)
def test_the_pad_id_is_the_checkpoints_own(tmp_path, config, pad_id):
    (tmp_path / "config.json").write_text(json.dumps(config))
    assert read_pad_id(tmp_path) == pad_id


def test_a_tokenizer_is_read_once_and_again_when_its_files_change(folder):
    first = load_tokenizer(folder)
    assert load_tokenizer(str(folder)) is first
    text = (folder / "tokenizer.json").read_text()
    (folder / "tokenizer.json").write_text(text.replace('"good"', '"goods"'))
    assert load_tokenizer(folder) is not first
    assert "goods" in load_tokenizer(folder).get_vocab()


def test_a_text_is_never_taken_for_a_path(folder, monkeypatch):
    monkeypatch.chdir(folder)
    texts = ["tokenizer.json", str(folder), "hf://someone/tiny", "../config.json"]
    ids = encode_texts(texts, folder, 40)
    tokenizer = load_tokenizer(folder)
    assert tokenizer.decode(ids[0]).replace(" ", "").startswith("[CLS]")
    assert (ids != read_pad_id(folder)).sum() > 3 * len(texts)
