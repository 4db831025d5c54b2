"""What a fit says of its texts: how much of them is unknown, spelled out, or cut."""

import warnings

import pytest
from checkpoints import write_checkpoint
from sklearn import model_selection
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
from transformers import PreTrainedTokenizerFast

import keraswrap.model_selection
from keraswrap.datasets import fetch_minilm
from keraswrap.text import (
    TextEmbedder,
    TextTokenizer,
    TransformerClassifier,
    TransformerRegressor,
)

KNOWN = ["it was good", "it was bad and it broke", "the text is fine", "awful"]
FOREIGN = ["这 个 good", "产 品 质 bad", "很 好 fine", "太 差 了 awful"]
RUSSIAN = ["Очень хороший товар", "Плохой товар, деньги на ветер"] * 2
STEPS = [TextTokenizer, TextEmbedder, TransformerClassifier]
STEPS += [pytest.param(TransformerRegressor, marks=pytest.mark.thorough)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return str(write_checkpoint(tmp_path_factory.mktemp("checkpoint") / "bert"))


def fit(kind, folder, texts, **params):
    if "Transformer" in kind.__name__:
        params |= {"epochs": 1, "trainable": "last:1"}
    if kind is not TextTokenizer:
        params |= {"cache": False}
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        step = kind(folder, **{"max_length": 12, **params}).fit(texts, [0, 1, 0, 1])
    return step, [str(w.message) for w in told if w.category is UserWarning]


@pytest.mark.parametrize("kind", STEPS)
def test_texts_that_the_vocabulary_does_not_know_are_told_once(kind, folder):
    step, told = fit(kind, folder, FOREIGN)
    assert step.unknown_share_ == 10 / 14
    (message,) = told
    assert message.startswith("71% of the tokens of these texts are unknown")
    assert "'hf://FacebookAI/xlm-roberta-base'" in message
    assert "analyzer='char'" in message
    assert "unknown tokens: 71.4%" in str(step.report_)


@pytest.mark.parametrize("kind", STEPS)
def test_known_texts_are_told_nothing_of(kind, folder):
    step, told = fit(kind, folder, KNOWN)
    assert (step.unknown_share_, step.truncated_share_, told) == (0.0, 0.0, [])
    assert "unknown" not in str(step.report_)


@pytest.mark.parametrize("kind", STEPS)
def test_texts_that_are_cut_are_told_once(kind, folder):
    step, told = fit(kind, folder, KNOWN, max_length=5)
    assert (step.n_truncated_, step.truncated_share_) == (2, 0.5)
    (message,) = told
    assert "50% of these 4 texts are truncated: they have more than max_length=5 tokens" in message
    assert "(the longest 8)" in message


CALLS = [(TextTokenizer, "transform"), (TextEmbedder, "transform")]
CALLS += [(TransformerClassifier, "predict"), (TransformerClassifier, "predict_proba")]
CALLS += [(TransformerRegressor, "predict")]


def heard(call, *arguments):
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        call(*arguments)
    return [str(w.message) for w in told if w.category is UserWarning]


@pytest.mark.parametrize(("kind", "name"), CALLS)
def test_new_texts_that_are_cut_are_told_once_a_call_and_those_of_fit_not_again(kind, name, folder):
    step, (of_fit,) = fit(kind, folder, KNOWN, max_length=5)
    call = getattr(step, name)
    assert heard(call, KNOWN) == []
    (message,) = heard(call, [KNOWN[1]])
    assert message == of_fit.replace("50% of these 4", "100% of these 1")
    assert heard(call, ["awful"]) == []
    unknown, _ = heard(call, FOREIGN)
    assert unknown.startswith("71% of the tokens of these texts are unknown")


def test_texts_read_in_windows_are_not_cut(folder):
    step, _ = fit(TextEmbedder, folder, KNOWN, max_length=5, long_texts="windows")
    assert heard(step.transform, [KNOWN[1]]) == []


@pytest.mark.parametrize("module", [model_selection, keraswrap.model_selection])
def test_a_search_tells_of_each_fit_and_not_of_its_scores_too(module, folder):
    clf = make_pipeline(TextEmbedder(folder, max_length=5, cache=False), LogisticRegression())
    search = module.GridSearchCV(clf, {"logisticregression__C": [1.0]}, cv=2)
    texts, y = [f"{text} {i}" for i, text in enumerate(KNOWN * 2)], [0, 1] * 4
    told = [message for message in heard(search.fit, texts, y) if "truncated" in message]
    assert len(told) == 3  # of two folds and the refit


def test_shares_below_the_bounds_are_told_without_a_warning(folder):
    texts = [*KNOWN * 10, "这"]
    step, told = fit(TextTokenizer, folder, texts, max_length=8)
    assert 0 < step.unknown_share_ == 1 / (14 * 10 + 1)
    assert told == []


def spelling_tokenizer(kind):
    """A vocabulary of English words and, for the rest, letters or bytes."""
    words = ["it", "was", "good", "bad", "and", "the", *(f"word{n}" for n in range(1500))]
    marks = {"[PAD]": 0, "[CLS]": 1, "[SEP]": 2, "[UNK]": 3}
    if kind == "letters":
        letters = sorted(set("".join(RUSSIAN).lower()) - {" "})
        pieces = [*words, *letters, *(f"##{letter}" for letter in letters)]
        made = Tokenizer(models.WordPiece(_ids(marks, pieces), unk_token="[UNK]"))
        made.pre_tokenizer, made.decoder = pre_tokenizers.BertPreTokenizer(), decoders.WordPiece()
    else:
        pieces = [*sorted(pre_tokenizers.ByteLevel.alphabet()), *words]
        made = Tokenizer(models.BPE(_ids(marks, pieces), [], unk_token="[UNK]"))
        made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        made.decoder = decoders.ByteLevel()
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 1), ("[SEP]", 2)]
    )
    names = {"pad_token": "[PAD]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    return PreTrainedTokenizerFast(tokenizer_object=made, unk_token="[UNK]", **names)


def _ids(marks, pieces):
    return marks | {piece: number for number, piece in enumerate(pieces, len(marks))}


@pytest.mark.parametrize("kind", ["letters", "bytes"])
def test_words_that_are_spelled_out_are_told(kind):
    texts = [text.lower() for text in RUSSIAN]
    step, told = fit(TextTokenizer, spelling_tokenizer(kind), texts, max_length=100)
    assert step.unknown_share_ == 0.0
    assert step.report_.spelled_share > 0.8
    assert any("are single letters or bytes: the checkpoint's" in message for message in told)


@pytest.mark.network
@pytest.mark.parametrize(
    ("text", "unknown", "spelled"),
    [
        ("Where is my card? I ordered it two weeks ago.", (0, 0), (0, 0.2)),
        ("这个产品质量很好,我非常喜欢。", (0.6, 0.9), (0, 0)),
        ("สินค้าคุณภาพแย่มากใช้ได้สองวันก็พัง", (1, 1), (0, 0)),
        ("제품이 아주 좋아요. 배송도 빨랐어요.", (0.05, 0.3), (0.6, 1)),
        ("Очень хороший товар, куплю ещё раз.", (0, 0), (0.8, 1)),
        ("المنتج رائع جدا وأعجبني كثيرا", (0, 0), (0.9, 1)),
    ],
)
def test_the_default_checkpoint_knows_english(text, unknown, spelled):
    report = TextTokenizer(fetch_minilm()).fit([text]).report_
    assert unknown[0] <= report.unknown_share <= unknown[1]
    assert spelled[0] <= report.spelled_share <= spelled[1]
