"""Tokenizers of GGUF files: the ids that sentencepiece and llama.cpp give."""

import functools
import io

import httpx2
import numpy as np
import pytest
from causal import write_causal
from gguf_writer import write_gguf
from llama import serve
from transformers import AutoTokenizer

from keraswrap._checkpoints.gguf_tokenizer import scored_merges
from keraswrap.exceptions import SavedFileError
from keraswrap.llm import convert_gguf, load_model

sentencepiece = pytest.importorskip("sentencepiece")

LINES = [
    "Review: the camera is great and it works. Sentiment: positive",
    "banana bananas aaaa aaa, and the parts with it < / s >",
    "café naïve 12 1234",
]
PARTS = [" ", "  ", "\n", "\t", "a", "an", "na", "it", " is", "the", "é", "日", "😀", "1", "2"]
PARTS += ["Review:", "<", ">", "<s>", "</s>", "<unk>", "<0x41>", "▁", "positive"]


@functools.cache
def pieces(prefix=True):
    """A BPE model of sentencepiece's, as Llama 2 has it."""
    proto = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(LINES * 20),
        model_writer=proto,
        model_type="bpe",
        vocab_size=400,
        hard_vocab_limit=False,
        byte_fallback=True,
        add_dummy_prefix=prefix,
        normalization_rule_name="identity",
        remove_extra_whitespaces=False,
        minloglevel=2,
    )
    return sentencepiece.SentencePieceProcessor(model_proto=proto.getvalue())


def texts(n=300):
    rng = np.random.default_rng(0)
    return ["".join(rng.choice(PARTS, rng.integers(0, 14))) for _ in range(n)]


@pytest.fixture
def folder(tmp_path):
    return write_causal(tmp_path / "m", vocab_size=pieces().vocab_size())


@pytest.mark.parametrize("prefix", [True, False])
def test_ids_and_texts_are_those_of_sentencepiece(folder, tmp_path, prefix):
    path = write_gguf(folder, tmp_path / "m.gguf", pieces=pieces(prefix), add_space_prefix=prefix)
    tokenizer = AutoTokenizer.from_pretrained(convert_gguf(path, tmp_path / "home"))
    backend = tokenizer.backend_tokenizer
    backend.encode_special_tokens = True  # sentencepiece takes "<s>" in a text for letters
    for text in texts():
        ids = backend.encode(text, add_special_tokens=False).ids
        assert ids == pieces(prefix).encode(text), text
        assert backend.decode(ids, skip_special_tokens=False) == pieces(prefix).decode(ids)
    assert (tokenizer.bos_token, tokenizer.eos_token, tokenizer.unk_token) == tuple(
        pieces().id_to_piece([1, 2, 0])
    )


def test_ids_are_those_of_llama_cpp(folder, tmp_path, monkeypatch):
    pytest.importorskip("xllamacpp")
    monkeypatch.setenv("KERASWRAP_HOME", str(tmp_path / "home"))
    path = write_gguf(folder, tmp_path / "m.gguf", pieces=pieces())
    tokens = load_model(path).tokenizer
    with serve(path) as url:
        for text in texts(40):
            asked = {"content": text, "add_special": True, "parse_special": True}
            post = httpx2.post(url.removesuffix("/v1") + "/tokenize", json=asked, timeout=60)
            assert tokens(text)["input_ids"] == post.json()["tokens"], text


def test_of_pairs_the_highest_score_goes_first_and_controls_are_in_none():
    tokens, kinds = ["▁", "a", "b", "▁a", "▁ab", "ab", "<s>"], [1, 1, 1, 1, 1, 1, 3]
    found = scored_merges(tokens, [-9, -8, -7, -1, -2, -3, 0], kinds)
    assert found == [("▁", "a"), ("▁", "ab"), ("▁a", "b"), ("a", "b")]


def test_a_tokenizer_of_another_kind_is_refused(folder, tmp_path):
    path = write_gguf(folder, tmp_path / "m.gguf", pieces=pieces(), tokenizer_model="t5")
    with pytest.raises(SavedFileError, match=r"SentencePiece \('llama'\).*got 't5'"):
        convert_gguf(path, tmp_path / "home")
