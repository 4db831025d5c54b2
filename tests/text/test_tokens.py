"""Texts in, ids out: what is cut, what is padded, what is refused."""

import itertools
import json
import time
from pathlib import Path

import datasets
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from checkpoints import SPECIAL, WORDS, write_checkpoint

from keraswrap.data import row_view
from keraswrap.exceptions import InputError, InputTypeError, ParameterError
from keraswrap.text import check_texts, encode_texts, truncated_share

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


HOLDERS = {
    "list": list,
    "tuple": tuple,
    "iterator": iter,
    "strings": np.array,
    "objects": lambda texts: np.array(texts, dtype=object),
    "one column": lambda texts: np.array(texts)[:, None],
    "series": pd.Series,
    "shuffled index": lambda texts: pd.Series(texts, index=[7, 3]),
    "python series": lambda texts: pd.Series(texts, dtype="string[python]"),
    "arrow series": lambda texts: pd.Series(texts, dtype="string[pyarrow]"),
    "arrow-backed": lambda texts: pd.Series(texts, dtype=pd.ArrowDtype(pa.string())),
    "category": lambda texts: pd.Series(texts, dtype="category"),
    "index": pd.Index,
    "frame": lambda texts: pd.DataFrame({"text": texts}),
    "arrow": pa.array,
    "chunked": lambda texts: pa.chunked_array([[text] for text in texts]),
    "large": lambda texts: pa.array(texts, pa.large_string()),
    "dictionary": lambda texts: pa.array(texts).dictionary_encode(),
    "table": lambda texts: pa.table({"text": texts}),
    "dataset": lambda texts: datasets.Dataset.from_dict({"text": texts}),
    "view": lambda texts: row_view({"text": texts}).X,
    "view of a frame": lambda texts: row_view(pd.DataFrame({"text": texts})).X,
    "view of a list": lambda texts: row_view([*texts, "more"]).X[:2],
    "dataset column": lambda texts: datasets.Dataset.from_dict({"a": texts, "b": [1, 2]})["a"],
}


@pytest.mark.parametrize("holder", HOLDERS)
def test_texts_are_the_same_whatever_holds_them(holder):
    texts = check_texts(HOLDERS[holder](["it broke", "good"]))
    assert texts == ["it broke", "good"]
    assert {type(text) for text in texts} == {str}


FRAME = pd.DataFrame({"title": ["good"], "text": ["bad"]})


@pytest.mark.parametrize(
    ("texts", "error", "message"),
    [
        (FRAME, InputError, r"one column of texts, got the columns \['title', 'text'\]"),
        (pa.table(FRAME), InputError, r"got the columns \['title', 'text'\]"),
        (row_view(FRAME).X, InputError, r"got the columns \['title', 'text'\]"),
        (np.array([["good", "bad"]]), InputError, r"got an array of shape \(1, 2\)"),
        ({"text": ["good"]}, InputTypeError, "one per row, got a dict. Pass a list"),
        ({"good", "bad"}, InputTypeError, "one per row, got a set"),
        (Path("good"), InputTypeError, "got one PosixPath"),
        (np.array("good"), InputTypeError, "Expected a list of texts, got array"),
        (3, InputTypeError, "Expected a list of texts, got 3"),
        (itertools.count(), InputTypeError, "got 0 in row 0"),
        ([b"good"], InputTypeError, "got b'good' in row 0. Decode it"),
        (pd.Series(["good", None], dtype="string"), InputTypeError, "got <NA> in row 1"),
        (pa.array(["good", None]), InputTypeError, "got None in row 1"),
    ],
)
def test_what_holds_no_column_of_texts_is_refused(texts, error, message):
    with pytest.raises(error, match=message):
        check_texts(texts)


@pytest.mark.parametrize(
    ("bare", "rows"), [([1], "1"), ([0, 2], "0, 2"), (list(range(9)), "0, 1, 2, 3, 4, ...")]
)
@pytest.mark.parametrize("empty", ["", " ", "\t\n", "\u3000"])
def test_empty_texts_are_named_by_their_rows(bare, rows, empty):
    texts = [empty if row in bare else "good" for row in range(10)]
    with pytest.raises(InputError, match=f"got {len(bare)} of 10 without any, in row {rows}\\."):
        check_texts(texts)
    assert check_texts(texts, empty="allow") == texts


def test_an_unknown_way_with_empty_texts_is_refused():
    with pytest.raises(ParameterError, match="'error' or 'allow', got 'drop'"):
        check_texts(["good"], empty="drop")


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
