"""Vectors of texts from those of their tokens: what they are, when computed, who takes them."""

import logging

import numpy as np
import pytest
from checkpoints import write_checkpoint
from quick import LABELS, TEXTS, quick
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from keraswrap.exceptions import ParameterError
from keraswrap.issues.labels._views._ready_made import make_views
from keraswrap.text import TextEmbedder, TransformerClassifier
from keraswrap.text._codec import codec_of
from keraswrap.text._frozen_encoder import FrozenEncoder
from keraswrap.text._runtimes import Frozen
from keraswrap.text._static_encoder import _loaded, distill, split_static


@pytest.fixture(scope="module")
def bert(tmp_path_factory):
    return str(write_checkpoint(tmp_path_factory.mktemp("checkpoint") / "bert"))


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("KERASWRAP_HOME", str(tmp_path / "home"))
    forget()
    yield tmp_path / "home"
    forget()


def forget():
    _loaded.release()


def static(bert, **settings):
    return TextEmbedder(f"static:{bert}", max_length=16, **settings)


@pytest.mark.parametrize(
    ("encoder", "expected"),
    [
        (None, (None, False)),
        ("static", (None, True)),
        ("static:", (None, True)),
        ("static:a:b", ("a:b", True)),
        ("./static", ("./static", False)),
        ("statics", ("statics", False)),
    ],
)
def test_the_name_tells(encoder, expected):
    assert split_static(encoder) == expected


def test_tokens_are_those_of_the_encoder_centered_and_weighted(bert):
    codec, net = codec_of(bert), FrozenEncoder(bert, "mean")
    found = distill(codec, net)
    (row,) = codec.encode(["good"], 3)[0]
    token = row[1]
    alone = np.stack([net(np.array([[row[0], k, row[2]]]), 1)[0] for k in range(len(found))])
    words = [k for k in range(len(found)) if k not in codec.control | {codec.unknown_id}]
    zipf = 1 / np.arange(2, len(found) + 2)
    weights = 1e-4 / (1e-4 + zipf / zipf.sum())
    expected = (alone - alone[words].mean(axis=0)) * weights[:, None]
    lengths = [np.linalg.norm(some[words], axis=1).mean() for some in (expected, alone)]
    expected = expected[token] * lengths[1] / lengths[0]
    np.testing.assert_allclose(found[token], expected, atol=3e-5)
    assert not found[[*codec.control, codec.unknown_id]].any()


@pytest.mark.parametrize("pooling", ["mean", "cls"])
def test_a_text_is_the_mean_of_its_tokens(bert, pooling):
    step = static(bert, pooling=pooling, normalize=False).fit(TEXTS)
    codec = codec_of(bert)
    tokens = distill(codec, FrozenEncoder(bert, pooling))
    expected = [
        np.mean([tokens[k] for k in ids if tokens[k].any()], axis=0)
        for ids in codec.contents(TEXTS)
    ]
    np.testing.assert_allclose(step.transform(TEXTS), expected, atol=1e-6)
    unit = static(bert, pooling=pooling).fit_transform(TEXTS)
    np.testing.assert_allclose((unit**2).sum(axis=1), 1, atol=1e-6)


def test_a_text_has_the_same_bits_in_any_batch_and_order_of_words(bert):
    step = static(bert).fit(TEXTS)
    together = step.transform(TEXTS)
    for n in range(4):
        assert np.array_equal(step.transform([TEXTS[n]])[0], together[n])
    assert np.array_equal(step.set_params(max_length=32).transform(TEXTS), together)
    turned = step.transform(["good is it"])
    np.testing.assert_allclose(turned, step.transform(["it is good"]), atol=1e-6)


def test_texts_without_known_tokens_are_zero(bert):
    step = static(bert, empty="allow").fit(TEXTS)
    with pytest.warns(UserWarning, match="vocabulary"):
        assert not step.transform(["", "☃☃"]).any()


@pytest.mark.parametrize("runtime", ["keras", "openvino"])
def test_tokens_are_computed_once_by_either_runtime(bert, home, monkeypatch, runtime):
    expected = static(bert, runtime=runtime).fit_transform(TEXTS)
    (file,) = (home / "static").iterdir()
    forget()
    monkeypatch.setattr(Frozen, "encode", lambda *_: 1 / 0)
    step = static(bert, precision="bfloat16").fit(TEXTS)
    assert np.array_equal(step.transform(TEXTS), expected)
    assert step.runtime_ == "keras float32"
    assert step.n_computed_ == len(TEXTS)
    assert file.stat().st_size < 1e6


@pytest.mark.parametrize("damage", [b"", b"\x93NUMPY", b"[1, 2]"])
def test_a_damaged_file_is_made_again(bert, home, caplog, damage):
    expected = static(bert).fit_transform(TEXTS)
    (file,) = (home / "static").iterdir()
    whole = file.read_bytes()
    forget()
    file.write_bytes(damage or whole[:-8])
    assert np.array_equal(static(bert).fit_transform(TEXTS), expected)
    assert "Computed again: " in caplog.text
    assert file.read_bytes() == whole


def test_a_folder_that_cannot_be_written_is_told(bert, home, caplog):
    home.write_text("a file")
    with caplog.at_level(logging.WARNING, "keraswrap"):
        assert static(bert, cache=False).fit_transform(TEXTS).any()
    assert "Computed again in each process" in caplog.text


def test_pairs_and_windows_count_all_their_tokens(bert):
    long = " ".join(TEXTS[:6])
    windows = TextEmbedder(f"static:{bert}", max_length=8, long_texts="windows", overlap=0)
    whole = TextEmbedder(f"static:{bert}", max_length=40, normalize=False).fit_transform([long])
    parts = windows.set_params(normalize=False).fit_transform([long])
    cosine = (whole * parts).sum() / np.linalg.norm(whole) / np.linalg.norm(parts)
    assert cosine > 0.99
    pair = static(bert).fit_transform([["it is good", "awful"]])
    np.testing.assert_allclose(pair, static(bert).fit_transform(["it is good awful"]), atol=1e-6)


def test_pipelines_and_views_take_it(bert):
    clf = make_pipeline(static(bert), LogisticRegression(C=30)).fit(TEXTS, LABELS)
    assert clf.score(TEXTS, LABELS) > 0.9
    names = {view.name for view in make_views("auto", encoder=f"static:{bert}")}
    assert {"vectors", "neighbors"} <= names
    tuned = {v.name: v for v in make_views("thorough", encoder=f"static:{bert}")}["fine-tuned"]
    assert tuned.estimator.encoder == bert


def test_a_classifier_trains_a_head_on_it(bert, tmp_path, monkeypatch):
    clf = quick(f"static:{bert}", trainable="head", epochs=40, learning_rate=0.1)
    clf.fit(TEXTS, LABELS)
    assert clf.score(TEXTS, LABELS) > 0.9
    clf.save(tmp_path / "clf.keraswrap")
    monkeypatch.setattr(Frozen, "encode", lambda *_: 1 / 0)  # the tokens' vectors are kept
    loaded = TransformerClassifier.load(tmp_path / "clf.keraswrap")
    assert np.array_equal(loaded.predict_proba(TEXTS), clf.predict_proba(TEXTS))


@pytest.mark.parametrize("trainable", ["all", "lora:8", "last:1"])
def test_only_a_head_can_be_trained(bert, trainable):
    with pytest.raises(ParameterError, match="Expected trainable='head' with encoder='static"):
        quick(f"static:{bert}", trainable=trainable).fit(TEXTS, LABELS)
