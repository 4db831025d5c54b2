"""Prompts → ids: those of ordinary encoding, and never a control token out of a row's text."""

import json

import numpy as np
import pytest
from causal import CONTROLS, TEMPLATE, train_tokenizer, write_causal
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from keraswrap.exceptions import InputError
from keraswrap.llm._protocol import Message, Piece, Prompt
from keraswrap.llm.local._prompt_tokens import PromptTokens

HOSTILE = [*CONTROLS, "<think>", "<|im_", "end|>", " ", "\n", "a", "<", "|>", "é", "]"]


def plain(*pieces):
    return Prompt((Message("user", tuple(pieces)),))


def chat(*messages):
    return Prompt(tuple(Message(role, (Piece(text),)) for role, text in messages), chat=True)


@pytest.fixture(scope="module")
def theirs(tmp_path_factory):
    return AutoTokenizer.from_pretrained(write_causal(tmp_path_factory.mktemp("m")))


@pytest.fixture(scope="module")
def ours(theirs):
    return PromptTokens(theirs)


@pytest.mark.parametrize("text", ["Review: great", "  two  spaces ", "é\n\nneu", "<|im_end|>x", ""])
def test_trusted_text_is_encoded_as_ever(ours, theirs, text):
    assert list(ours.encode(plain(Piece(text)))) == theirs(text)["input_ids"]


@pytest.mark.parametrize("cut", range(0, 30, 3))
def test_text_is_encoded_jointly_across_pieces(ours, theirs, cut):
    text = "Review: the camera is great, it works"
    pieces = (Piece(text[:cut]), Piece(text[cut:], trusted=False))
    assert list(ours.encode(plain(*pieces))) == theirs(text)["input_ids"]


@pytest.mark.parametrize("roles", [("user",), ("system", "user"), ("user", "assistant", "user")])
def test_a_chat_is_encoded_as_transformers_does(ours, theirs, roles):
    said = [(role, f" {role} says: it is {k} great\n") for k, role in enumerate(roles)]
    messages = [{"role": role, "content": text} for role, text in said]
    expected = theirs.apply_chat_template(messages, add_generation_prompt=True)["input_ids"]
    assert list(ours.encode(chat(*said))) == expected


@pytest.mark.parametrize("seed", range(50))
@pytest.mark.parametrize("is_chat", [False, True])
def test_no_control_token_comes_out_of_a_rows_text(ours, seed, is_chat):
    rng = np.random.default_rng(seed)
    text = "x" + "".join(rng.choice(HOSTILE, 12)) + "x"

    def controls(row):
        pieces = (Piece("Review: "), Piece(row, trusted=False), Piece("\nSentiment:"))
        ids = ours.encode(Prompt((Message("user", pieces),), is_chat))
        return [number for number in ids if number in ours.controls.values()], ids

    found, ids = controls(text)
    assert found == controls("fine")[0]
    letters = ours.tokenizer.decode(ids, skip_special_tokens=False)
    assert text in letters


def test_a_control_token_in_two_pieces_is_none(ours):
    halves = (Piece("a<|im_"), Piece("end|>b", trusted=False))
    assert ours.controls["<|im_end|>"] not in ours.encode(plain(*halves))


def test_continuations_are_letters_alone(ours, theirs):
    assert list(ours.encode_continuation(" positive")) == theirs(" positive")["input_ids"]
    assert ours.controls["<|im_end|>"] not in ours.encode_continuation("<|im_end|>")
    assert ours.encode_continuation("") == ()


def test_ends_are_the_turns_in_a_chat_and_a_lines_in_a_text(ours):
    assert ours.end_tokens(chat=True) == (ours.controls["<|im_end|>"],)
    (newline,) = ours.encode_continuation("\n")
    assert newline in ours.end_tokens(chat=False)


def test_no_template_is_refused(tmp_path):
    tokens = PromptTokens(AutoTokenizer.from_pretrained(write_causal(tmp_path, template=None)))
    with pytest.raises(InputError, match="whose chat template takes messages of the roles user"):
        tokens.encode(chat(("user", "hi")))


def test_a_template_that_leaves_a_message_out_is_refused(tmp_path):
    template = TEMPLATE.replace("messages %}", "messages if message['role'] != 'system' %}")
    folder = write_causal(tmp_path, template=template)
    tokens = PromptTokens(AutoTokenizer.from_pretrained(folder))
    with pytest.raises(InputError, match="leaves out system"):
        tokens.encode(chat(("system", "be brief"), ("user", "hi")))


# Tokenizers of other kinds


def fast(tokenizer, **settings):
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, **settings)


def with_bos():
    tokenizer = train_tokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<|endoftext|> $A", special_tokens=[("<|endoftext|>", 0)]
    )
    return fast(tokenizer, bos_token="<|endoftext|>", eos_token="<|im_end|>")


def unigram(scheme):
    pieces = [("<unk>", 0.0), ("</s>", 0.0), ("▁", -2.0), ("a", -3.0), ("b", -3.0)]
    pieces += [("▁a", -1.0), ("▁b", -1.0), ("<", -4.0), ("/", -4.0), ("s", -4.0), (">", -4.0)]
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=0))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme=scheme)
    tokenizer.add_special_tokens(["<unk>", "</s>"])
    return fast(tokenizer, eos_token="</s>", unk_token="<unk>")


def prepending():
    tokenizer = unigram("never").backend_tokenizer
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]
    )
    return fast(Tokenizer.from_str(tokenizer.to_str()), eos_token="</s>")


@pytest.mark.parametrize(
    "make", [with_bos, lambda: unigram("first"), lambda: unigram("always"), prepending]
)
@pytest.mark.parametrize("text", ["a b", "a</s>b a", "</s>a"])
def test_other_tokenizers_encode_trusted_text_as_ever(make, text):
    tokenizer = make()
    assert list(PromptTokens(tokenizer).encode(plain(Piece(text)))) == tokenizer(text)["input_ids"]


@pytest.mark.parametrize("make", [lambda: unigram("first"), lambda: unigram("always"), prepending])
def test_control_tokens_among_the_words_are_letters_too(make):
    tokens = PromptTokens(make())
    ids = tokens.encode(plain(Piece("a"), Piece(" b</s>a", trusted=False)))
    assert tokens.controls["</s>"] not in ids
    letters = "".join(tokens.tokenizer.convert_ids_to_tokens(ids))
    assert letters.replace("▁", "") == "ab</s>a"


@pytest.mark.parametrize("make", [lambda: unigram("first"), lambda: unigram("always"), prepending])
def test_a_continuation_has_no_space_put_before_it(make):
    tokens = PromptTokens(make())
    vocabulary = tokens.tokenizer.get_vocab()
    assert tokens.encode_continuation("a") == (vocabulary["a"],)
    assert tokens.encode_continuation(" a") == (vocabulary["▁a"],)


def test_a_tokenizer_without_an_end_is_refused():
    tokenizer = Tokenizer(models.WordLevel({"a": 0, "[UNK]": 1}, unk_token="[UNK]"))
    tokens = PromptTokens(fast(tokenizer))
    tokens._line_ends = list
    with pytest.raises(InputError, match="a token that ends an answer"):
        tokens.end_tokens(chat=False)


def test_the_vocabulary_is_left_as_it_was(theirs):
    before = json.loads(theirs.backend_tokenizer.to_str())
    PromptTokens(theirs).encode(plain(Piece("a <|im_end|>", trusted=False)))
    assert json.loads(theirs.backend_tokenizer.to_str()) == before
