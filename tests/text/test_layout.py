"""Rows of ids around one text or two: those of transformers."""

import numpy as np
import pytest
from tokenizers import processors
from vocabularies import LINES, MAKES, make_tokenizer

from keraswrap._texts import Texts
from keraswrap.exceptions import InputError
from keraswrap.layers import SegmentIds
from keraswrap.text import TextTokenizer
from keraswrap.text._codec import codec_from

FORMS = {
    "BERT": ("bert", "[CLS] $A [SEP]", "[CLS] $A [SEP] $B:1 [SEP]:1"),
    "RoBERTa": ("roberta", "<s> $A </s>", "<s> $A </s> </s> $B </s>"),
    "XLM-R": ("sentencepiece", "<s> $A </s>", "<s> $A </s> </s> $B </s>"),
}


def pairing(form, **kwargs):
    make, single, pair = FORMS[form]
    tokenizer = make_tokenizer(make, **kwargs)
    ids = [(name, tokenizer.convert_tokens_to_ids(name)) for name in {*single.split()} - {"$A"}]
    tokenizer.backend_tokenizer.post_processor = processors.TemplateProcessing(
        single=single, pair=pair, special_tokens=ids
    )
    return tokenizer


@pytest.mark.parametrize("side", ["right", "left"])
@pytest.mark.parametrize("form", FORMS)
def test_rows_are_those_of_transformers(form, side):
    tokenizer = pairing(form, truncation_side=side)
    rng = np.random.default_rng(0)
    texts = [" ".join(LINES).split()[: rng.integers(1, 25)] for _ in range(80)]
    pairs = [(" ".join(a), " ".join(b)) for a, b in zip(texts[::2], texts[1::2], strict=True)]
    for length in (6, 9, 16, 31):
        settings = {"truncation": "longest_first", "max_length": length, "padding": "max_length"}
        settings["return_token_type_ids"] = True
        expected = tokenizer(*map(list, zip(*pairs, strict=True)), **settings)
        rows = TextTokenizer(tokenizer, length).fit_transform(pairs)
        assert rows.tolist() == expected["input_ids"]
        if form == "BERT":
            separator = tokenizer.convert_tokens_to_ids("[SEP]")
            segments = np.asarray(SegmentIds(separator, tokenizer.pad_token_id)(rows))
            assert segments.tolist() == expected["token_type_ids"]


def test_a_tokenizer_that_lets_two_texts_run_together_is_refused():
    with pytest.raises(InputError, match="puts a control token between two texts"):
        TextTokenizer(make_tokenizer("bert"), 8).fit([("good", "bad")])


@pytest.mark.parametrize(("length", "overlap"), [(5, 0), (6, 3), (9, 2), (12, 9)])
@pytest.mark.parametrize("make", sorted(MAKES))
def test_windows_are_those_of_transformers(make, length, overlap):
    tokenizer, texts = make_tokenizer(make), [" ".join(LINES), "it", *LINES]
    settings = {"truncation": True, "max_length": length, "padding": "max_length"}
    settings |= {"stride": overlap, "return_overflowing_tokens": True}
    expected = tokenizer(texts, **settings)
    found = codec_from(tokenizer).spread(Texts((texts,)), length, overlap)
    assert found.ids.tolist() == expected["input_ids"]
    assert found.owner.tolist() == expected["overflow_to_sample_mapping"]
