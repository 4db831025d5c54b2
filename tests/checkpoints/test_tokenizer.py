"""Fast tokenizers of checkpoints: read without running code, and with texts for texts."""

import json

import keras_hub
import pytest
from checkpoints import write_checkpoint
from vocabularies import make_tokenizer

from keraswrap._checkpoints.tokenizer import (
    as_transformers,
    read_tokenizer,
    texts_only,
    without_controls,
)
from keraswrap.exceptions import InputError

CODE = "open({!r}, 'w')"


def test_code_that_a_checkpoint_brings_is_not_run(tmp_path):
    folder, ran = write_checkpoint(tmp_path / "m"), tmp_path / "ran"
    (folder / "own.py").write_text(CODE.format(str(ran)) + "\nclass Own: ...")
    settings = {"auto_map": {"AutoTokenizer": ["own.Own", "own.Own"]}, "tokenizer_class": "Own"}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    assert read_tokenizer(str(folder)).tokenize("it is") == ["it", "is"]
    assert not ran.exists()


def test_another_directory_may_be_read_in_its_place(tmp_path):
    made = make_tokenizer("bert")
    found = read_tokenizer(str(tmp_path), made.save_pretrained)
    assert found("it is good")["input_ids"] == made("it is good")["input_ids"]
    assert found.name_or_path == str(tmp_path)


@pytest.mark.parametrize("make", ["bert", "roberta", "sentencepiece"])
def test_control_tokens_in_a_text_are_letters(make):
    tokenizer = make_tokenizer(make)
    control = frozenset(tokenizer.all_special_ids) - {tokenizer.unk_token_id}
    spec = tokenizer.backend_tokenizer.to_str()
    backend = texts_only(without_controls(spec, control))
    for token in tokenizer.all_special_tokens:
        ids = backend.encode(f"it {token} is", add_special_tokens=False).ids
        assert control.isdisjoint(ids)


def test_a_tokenizer_of_keras_hub_gives_the_same_ids():
    vocabulary = {token: number for number, token in enumerate([*"thegodĠ", "th", "the"])}
    own = keras_hub.tokenizers.BytePairTokenizer(vocabulary, ["t h", "th e"])
    found = as_transformers(own)
    for text in ("the god", "he got the", "good"):
        assert found(text)["input_ids"] == list(own(text))


def test_one_that_is_no_byte_level_bpe_is_refused():
    own = keras_hub.tokenizers.WordPieceTokenizer(["[UNK]", "a"])
    with pytest.raises(InputError, match="byte-level BPE tokenizer, got WordPieceTokenizer"):
        as_transformers(own)
