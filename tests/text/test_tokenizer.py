"""The tokenizer as a step of a pipeline."""

import pickle
import shutil

import keras
import numpy as np
import pandas as pd
import pytest
from checkpoints import GOOD, POSITIONS, write_checkpoint
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from sklearn.utils.estimator_checks import estimator_checks_generator
from vocabularies import make_tokenizer

from keraswrap import KerasWrapperModel
from keraswrap.exceptions import InputError, InputTypeError, ParameterError
from keraswrap.layers import PaddingMask
from keraswrap.text import TextTokenizer, encode_texts, truncated_share

TEXTS = ["it is a good text", "it broke", "the text was awful and the text was poor", "good"]


@pytest.fixture
def folder(tmp_path):
    return str(write_checkpoint(tmp_path / "bert"))


@pytest.fixture(params=["folder", "tokenizer"])
def tokenizer(request, folder):
    return folder if request.param == "folder" else make_tokenizer("roberta")


def test_ids_are_those_of_encode_texts(folder):
    step = TextTokenizer(folder, 6)
    expected = encode_texts(TEXTS, folder, 6)
    assert np.array_equal(step.fit(TEXTS).transform(TEXTS), expected)
    assert np.array_equal(step.fit_transform(TEXTS), expected)
    assert expected.dtype == step.transform(TEXTS).dtype == "int32"


def test_what_is_fitted_says_what_was_read(folder):
    step = TextTokenizer(folder, 6).fit(TEXTS)
    assert (step.pad_id_, step.n_features_out_) == (0, 6)
    assert (step.n_truncated_, step.truncated_share_) == (2, truncated_share(TEXTS, folder, 6))
    assert step.report_ == step.report(TEXTS)


def test_weights_are_not_needed(folder, tmp_path):
    shutil.copytree(folder, tmp_path / "bare")
    (tmp_path / "bare" / "model.safetensors").unlink()
    (tmp_path / "bare" / "config.json").unlink()
    step = TextTokenizer(tmp_path / "bare", 6)
    assert np.array_equal(step.fit_transform(TEXTS), encode_texts(TEXTS, folder, 6))


def test_a_clone_and_a_pickle_give_the_same(tokenizer):
    step = TextTokenizer(tokenizer, 7).fit(TEXTS)
    expected = step.transform(TEXTS)
    assert np.array_equal(clone(step).fit_transform(TEXTS), expected)
    stored = pickle.dumps(step)
    assert np.array_equal(pickle.loads(stored).transform(TEXTS), expected)
    assert len(pickle.dumps(step)) == len(stored)


def test_a_pickle_knows_when_its_tokenizer_was_changed(folder, tmp_path):
    stored = pickle.dumps(TextTokenizer(folder, 6).fit(TEXTS))
    write_checkpoint(tmp_path / "bert", "roberta")
    with pytest.raises(InputError, match=r"got another one.*Restore the old one, or fit again"):
        pickle.loads(stored).transform(TEXTS)


def test_texts_come_back(tokenizer):
    step = TextTokenizer(tokenizer, 30).fit(TEXTS)
    back = step.inverse_transform(step.transform(TEXTS))
    assert back.tolist() == TEXTS
    assert back.dtype == object


def test_unknown_words_stay_visible(folder):
    step = TextTokenizer(folder, 8).fit(TEXTS)
    assert step.inverse_transform(step.transform(["it xyz good"])).tolist() == ["it [UNK] good"]


def test_columns_have_names(folder):
    step = TextTokenizer(folder, 4).set_output(transform="pandas")
    frame = step.fit_transform(pd.Series(TEXTS))
    assert frame.columns.tolist() == ["token0", "token1", "token2", "token3"]
    assert frame.equals(step.transform(TEXTS))


def test_empty_texts_are_allowed_on_request(folder):
    with pytest.raises(InputError, match="got 1 of 2 without any, in row 1"):
        TextTokenizer(folder, 4).fit(["good", " "])
    ids = TextTokenizer(folder, 4, empty="allow").fit_transform(["good", " "])
    assert (ids != 0).sum(axis=1).tolist() == [3, 2]


@pytest.mark.parametrize(
    ("params", "error", "message"),
    [
        ({"max_length": 2}, ParameterError, "max_length of at least 3 tokens, got 2"),
        ({"max_length": POSITIONS + 1}, ParameterError, f"at most {POSITIONS}, the positions"),
        ({"tokenizer": "no-such-folder"}, ParameterError, "or 'owner/name', got 'no-such-folder'"),
        ({"tokenizer": 3}, InputTypeError, "a fast tokenizer of transformers', got int"),
        ({"empty": "drop"}, ParameterError, "'error' or 'allow', got 'drop'"),
    ],
)
def test_parameters_that_cannot_be_are_refused(folder, params, error, message):
    with pytest.raises(error, match=message):
        TextTokenizer(**{"tokenizer": folder, **params}).fit(TEXTS)


@pytest.mark.parametrize(("kind", "known"), [("roberta", POSITIONS - 2), ("albert", POSITIONS)])
def test_positions_are_counted_as_the_kind_does(kind, known, tmp_path):
    step = TextTokenizer(write_checkpoint(tmp_path / kind, kind), known)
    assert step.fit_transform(TEXTS).shape == (4, known)
    with pytest.raises(ParameterError, match=f"at most {known}, the positions"):
        step.set_params(max_length=known + 1).fit(TEXTS)


def test_a_tokenizer_that_knows_its_limit_is_believed():
    step = TextTokenizer(make_tokenizer("bert", model_max_length=20), 21)
    with pytest.raises(ParameterError, match=r"at most 20, the positions.*got 21"):
        step.fit(TEXTS)


def test_a_folder_without_a_tokenizer_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"Expected a tokenizer \(tokenizer.json or"):
        TextTokenizer(tmp_path).fit(TEXTS)


@pytest.mark.parametrize("ids", [[1, 2], [[0.5]], [["a"]], [[-1]], [[99]]])
def test_what_is_no_row_of_ids_has_no_text(folder, ids):
    step = TextTokenizer(folder, 4).fit(TEXTS)
    with pytest.raises(InputError, match=r"Expected (rows of token )?ids"):
        step.inverse_transform(ids)


@pytest.mark.parametrize("method", ["transform", "inverse_transform", "report"])
def test_nothing_works_before_fit(method, folder):
    with pytest.raises(NotFittedError, match="not fitted yet"):
        getattr(TextTokenizer(folder), method)(TEXTS)


def net(meta, pad_id=0):
    ids = keras.Input((None,), dtype="int32")
    mask = PaddingMask(pad_id)(ids)
    states = keras.layers.Embedding(32, 8)(ids)
    pooled = keras.layers.GlobalAveragePooling1D()(states, mask=mask)
    return keras.Model(ids, keras.layers.Dense(meta["n_classes_"], "softmax")(pooled))


def test_its_length_is_tuned_in_a_pipeline(folder):
    # What a text is stands in its last word, beyond the shorter length.
    texts = [f"it is the text and {word}" for word in (*GOOD, "bad", "poor", "awful", "hate")] * 3
    y = (["good"] * len(GOOD) + ["bad"] * 4) * 3
    clf = KerasWrapperModel(
        net, {}, {"optimizer": "adam", "optimizer__learning_rate": 0.1}, {"epochs": 15}
    )
    steps = Pipeline([("tokenizer", TextTokenizer(folder)), ("classifier", clf)])
    grid = {"tokenizer__max_length": [5, 8]}
    search = GridSearchCV(steps, grid, cv=2).fit(texts, y)
    assert search.best_params_ == {"tokenizer__max_length": 8}
    assert search.best_score_ > 0.9


def checks():
    for _, check in estimator_checks_generator(TextTokenizer()):
        yield pytest.param(check, id=check.func.__name__)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("check", list(checks()))
def test_check(check, folder):
    check(TextTokenizer(folder))
