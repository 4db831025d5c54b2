"""Which runtime is chosen, by parameters, the environment and the processor."""

import sys

import numpy as np
import pytest
from checkpoints import write_checkpoint
from quick import LABELS, quick
from quick import TEXTS as QUICK_TEXTS

from keraswrap.exceptions import MissingExtraError, ParameterError
from keraswrap.text import TextEmbedder, TransformerClassifier, TransformerRegressor, _runtimes
from keraswrap.text._frozen_encoder import FrozenEncoder
from keraswrap.text._runtimes import Runtime, choose_runtime

TEXTS = ["it is good", "awful", "it broke and it was poor text"]


@pytest.mark.parametrize("can", [True, False])
@pytest.mark.parametrize(
    ("asked", "named", "expected"),
    [
        (("auto", "auto"), "", ("keras", "float32")),
        (("auto", "float32"), "openvino", ("openvino", "float32")),
        (("keras", "bfloat16"), "", ("keras", "bfloat16")),
        (("openvino", "auto"), "keras", ("openvino", None)),
        (("openvino", "bfloat16"), "", ("openvino", "bfloat16")),
    ],
)
def test_it_is_chosen(monkeypatch, can, asked, named, expected):
    monkeypatch.setattr(_runtimes, "has_bfloat16", lambda: can)
    monkeypatch.setenv("KERASWRAP_RUNTIME", named)
    name, precision = expected
    best = "bfloat16" if can else "float32"
    assert choose_runtime(*asked) == Runtime(name, precision or best)


def test_another_precision_is_refused():
    with pytest.raises(ParameterError, match="Expected precision to be one of"):
        choose_runtime("keras", "int8")


def test_what_is_not_installed_is_named_before_any_work(tmp_path, monkeypatch):
    folder = str(write_checkpoint(tmp_path / "bert"))
    monkeypatch.setitem(sys.modules, "openvino", None)
    with pytest.raises(MissingExtraError, match=r"keraswrap\[openvino\]"):
        TextEmbedder(folder, max_length=8, runtime="openvino").fit(TEXTS)


def test_what_fit_chose_is_told_and_kept(tmp_path, monkeypatch):
    monkeypatch.setenv("KERASWRAP_HOME", str(tmp_path / "home"))
    folder = str(write_checkpoint(tmp_path / "bert"))
    monkeypatch.setenv("KERASWRAP_RUNTIME", "openvino")
    step = TextEmbedder(folder, max_length=8, cache=False, precision="float32").fit(TEXTS)
    assert step.runtime_ == "openvino float32"
    monkeypatch.setenv("KERASWRAP_RUNTIME", "keras")
    monkeypatch.setattr(FrozenEncoder, "__call__", lambda *_: 1 / 0)
    assert step.transform(TEXTS).shape[0] == len(TEXTS)
    assert TextEmbedder(folder, max_length=8).fit(TEXTS).runtime_ == "keras float32"


def test_vectors_in_bfloat16_are_cached_apart(tmp_path, monkeypatch):
    monkeypatch.setenv("KERASWRAP_HOME", str(tmp_path / "home"))
    folder = str(write_checkpoint(tmp_path / "bert"))
    made = {
        (runtime, precision): TextEmbedder(
            folder, max_length=8, cache=tmp_path / "cache", runtime=runtime, precision=precision
        )
        for runtime in ("keras", "openvino")
        for precision in ("float32", "bfloat16")
    }
    vectors = {key: one.fit_transform(TEXTS) for key, one in made.items()}
    computed = {key: one.n_computed_ for key, one in made.items()}
    assert computed == dict.fromkeys(made, 3) | {("openvino", "float32"): 0}
    for found in vectors.values():
        assert (vectors["keras", "float32"] * found).sum(axis=1).min() > 0.999
        assert found.dtype == np.float32


@pytest.fixture(scope="module")
def bert(tmp_path_factory):
    return str(write_checkpoint(tmp_path_factory.mktemp("checkpoint") / "bert"))


KINDS = {
    "all": (TransformerClassifier, {}),
    "lora": (TransformerClassifier, {"trainable": "lora:2"}),
    "contrastive": (TransformerClassifier, {"recipe": "contrastive"}),
    "head": (TransformerClassifier, {"trainable": "head"}),
    "windows": (TransformerClassifier, {"long_texts": "windows", "max_length": 6}),
    "regressor": (TransformerRegressor, {}),
}


def said_by(clf):
    return getattr(clf, "predict_proba", clf.predict)(QUICK_TEXTS)


@pytest.mark.parametrize(("kind", "settings"), KINDS.values(), ids=KINDS)
def test_a_saved_estimator_answers_the_same_by_each(kind, settings, bert, tmp_path, monkeypatch):
    monkeypatch.setenv("KERASWRAP_HOME", str(tmp_path / "home"))
    y = LABELS if kind is TransformerClassifier else np.arange(24.0)
    fitted = quick(bert, kind, epochs=2, precision="float32", **settings).fit(QUICK_TEXTS, y)
    assert fitted.runtime_ == "keras float32"
    fitted.save(tmp_path / "model.keraswrap")
    loaded = kind.load(tmp_path / "model.keraswrap", runtime="openvino")
    assert loaded.runtime_.startswith("openvino ")
    exact = 1e-5 if loaded.runtime_.endswith("float32") else 0.02
    np.testing.assert_allclose(said_by(loaded), said_by(fitted), atol=exact, rtol=1e-4)
    again = quick(bert, kind, epochs=2, precision="float32", runtime="openvino", **settings)
    np.testing.assert_allclose(
        said_by(again.fit(QUICK_TEXTS, y)), said_by(fitted), atol=max(exact, 1e-3), rtol=1e-3
    )


def test_an_unknown_runtime_is_refused_before_any_work(bert, monkeypatch):
    monkeypatch.setattr(TransformerClassifier, "_read", lambda *_: 1 / 0)
    with pytest.raises(ParameterError, match="Expected runtime to be one of"):
        quick(bert, runtime="torch").fit(QUICK_TEXTS, LABELS)


def test_it_is_not_known_before_fit(bert):
    with pytest.raises(AttributeError, match="has no runtime_ before fit"):
        quick(bert).runtime_  # noqa: B018
