"""Tokenizers of the three makes: transformers' ids, save for control tokens in texts."""

import numpy as np
import pytest
from vocabularies import ANGLES, BRACKETS, LINES, MAKES, make_tokenizer

from keraswrap.exceptions import InputError, ParameterError
from keraswrap.text._codec import Codec, check_length, codec_from

PLAIN = [*LINES, "", " ", "a  b\tc\n", "Ünïcode naïve", "日本", "good\u200b", "\0", "x" * 500]


@pytest.fixture(params=sorted(MAKES))
def make(request):
    return request.param


@pytest.mark.parametrize("max_length", [3, 6, 40])
@pytest.mark.parametrize("side", ["right", "left"])
def test_ids_are_those_of_transformers(make, max_length, side):
    tokenizer = make_tokenizer(make, truncation_side=side)
    settings = {"truncation": True, "max_length": max_length, "padding": "max_length"}
    ids, _ = codec_from(tokenizer).encode(PLAIN, max_length)
    assert ids.tolist() == tokenizer(PLAIN, **settings)["input_ids"]


def test_lengths_are_those_of_transformers(make):
    tokenizer = make_tokenizer(make)
    expected = [len(ids) for ids in tokenizer(PLAIN)["input_ids"]]
    codec = codec_from(tokenizer)
    assert codec.lengths(PLAIN).tolist() == codec.encode(PLAIN, 4)[1].tolist() == expected


@pytest.mark.parametrize("word", [*ANGLES, *BRACKETS])
@pytest.mark.parametrize("form", ["{}", "it {} good", "it{}", "{0}{0} good"])
def test_no_control_token_comes_out_of_a_text(make, word, form):
    tokenizer = make_tokenizer(make)
    control = set(tokenizer.all_special_ids) - {tokenizer.unk_token_id}
    (content,) = codec_from(tokenizer).contents([form.format(word)])
    assert content
    assert control.isdisjoint(content)


@pytest.mark.parametrize("word", ["<pad>", "</s>"])
def test_what_surrounds_a_control_token_keeps_its_ids(word):
    codec = codec_from(make_tokenizer("sentencepiece"))
    alone, after = codec.contents(["it is good", f"it is good {word}"])
    assert after[: len(alone)] == alone
    assert codec.decode(after) == f"it is good {word}"


def test_a_token_that_a_user_added_is_a_token(make):
    tokenizer = make_tokenizer(make)
    tokenizer.add_tokens(["<brand>"])
    (content,) = codec_from(tokenizer).contents(["good <brand> text"])
    assert tokenizer.convert_tokens_to_ids("<brand>") in content


def test_the_users_tokenizer_keeps_its_settings(make):
    tokenizer = make_tokenizer(make)
    tokenizer(LINES, truncation=True, max_length=5, padding="max_length")
    before = tokenizer.backend_tokenizer.to_str()
    codec_from(tokenizer).encode(LINES, 4)
    assert tokenizer.backend_tokenizer.to_str() == before
    assert max(codec_from(tokenizer).lengths(LINES)) > 5


def test_a_tokenizer_without_padding_is_refused():
    tokenizer = make_tokenizer("roberta")
    tokenizer.pad_token = None
    with pytest.raises(ParameterError, match=r"pad token, got none in tokenizer.*add_special"):
        codec_from(tokenizer)


@pytest.mark.parametrize("name", ["unk_token_id", "cls_token_id"])
def test_a_pad_id_that_texts_use_is_refused(make, name):
    tokenizer = make_tokenizer(make)
    with pytest.raises(InputError, match="for padding only, as config says; it stands"):
        Codec(tokenizer, getattr(tokenizer, name), "config")


@pytest.mark.parametrize("length", [2, 0, -1, 4.0, True, None, "4"])
def test_too_few_tokens_are_refused(length):
    with pytest.raises(ParameterError, match=f"at least 3 tokens, got {length!r}"):
        check_length(length)


def test_any_whole_number_is_a_length():
    check_length(np.int64(3))
