"""Texts in, ids out: what is cut, what is padded, what is refused."""

import json
import time

import pandas as pd
import pytest
from checkpoints import SPECIAL, WORDS, write_checkpoint

from keraswrap.exceptions import InputError, InputTypeError
from keraswrap.text import encode_texts, truncated_share

KINDS = ["bert", "roberta"]


@pytest.fixture(params=KINDS)
def kind(request):
    return request.param


@pytest.fixture
def folder(tmp_path, kind):
    return str(write_checkpoint(tmp_path / kind, kind))


def ids_of(kind, *words):
    known = [*SPECIAL[kind], *WORDS]
    return [known.index(word) for word in words]


def test_rows_are_marked_and_padded_at_the_end(folder, kind):
    ids = encode_texts(["it broke", "Good"], folder, 5)
    assert ids.dtype == "int32"
    assert ids.tolist() == [
        ids_of(kind, "[CLS]", "it", "broke", "[SEP]", "[PAD]"),
        ids_of(kind, "[CLS]", "good", "[SEP]", "[PAD]", "[PAD]"),
    ]


def test_long_texts_are_cut_and_still_end_in_the_mark(folder, kind):
    ids = encode_texts(["it is a fine text"], folder, 4)
    assert ids.tolist() == [ids_of(kind, "[CLS]", "it", "is", "[SEP]")]


def test_control_tokens_in_a_text_are_text(folder, kind):
    ids = encode_texts(["it [SEP] broke [PAD] [CLS]"], folder, 20)[0]
    marks = ids_of(kind, "[CLS]", "[SEP]")
    assert [int((ids == mark).sum()) for mark in marks] == [1, 1]
    assert ids_of(kind, "[", "sep", "]") == ids[2:5].tolist()


def test_a_text_that_names_a_file_is_text(folder, kind):
    ids = encode_texts([folder], folder, 4)
    assert ids[0, 0] == ids_of(kind, "[CLS]")[0]


def test_a_hundred_thousand_words_take_a_moment(folder):
    start = time.process_time()
    ids = encode_texts(["it was good and fine " * 20_000], folder, 40)
    assert ids.shape == (1, 40)
    assert time.process_time() - start < 5


def test_the_share_of_cut_rows_counts_the_marks(folder):
    texts = ["good", "it broke", "it is bad", "it was a fine text"]
    assert [truncated_share(texts, folder, n) for n in (3, 4, 5, 7)] == [0.75, 0.5, 0.25, 0.0]


@pytest.mark.parametrize(
    ("texts", "error", "message"),
    [
        (["good", None], InputTypeError, "got None in row 1"),
        ([float("nan")], InputTypeError, "got nan in row 0"),
        (pd.Series(["good", None]), InputTypeError, "in row 1"),
        ([3], InputTypeError, "got 3 in row 0"),
        ([["good"]], InputTypeError, r"got \['good'\] in row 0"),
        ("good", InputTypeError, "got one str"),
        (b"good", InputTypeError, "got one bytes"),
        ([], InputError, "at least one text"),
        (["good", "\ud83d"], InputError, "half a character in row 1"),
    ],
)
def test_what_is_no_text_is_named_by_its_row(tmp_path, texts, error, message):
    folder = write_checkpoint(tmp_path)
    with pytest.raises(error, match=message):
        encode_texts(texts, folder, 8)


def test_too_few_tokens_are_refused(tmp_path):
    with pytest.raises(InputError, match="at least 3 tokens, got 2"):
        encode_texts(["good"], write_checkpoint(tmp_path), 2)


def test_a_broken_tokenizer_is_refused(tmp_path):
    folder = write_checkpoint(tmp_path)
    (folder / "tokenizer.json").write_text("{")
    with pytest.raises(InputError, match="Expected a tokenizer that transformers can load"):
        encode_texts(["good"], folder, 8)


def test_a_pad_id_that_stands_for_a_token_is_refused(tmp_path):
    folder = write_checkpoint(tmp_path)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "pad_token_id": 2}))
    with pytest.raises(InputError, match=r"uses the id 2 for padding only.*pad_token_id"):
        encode_texts(["good"], folder, 8)
