"""Which runtime is chosen, by parameters, the environment and the processor."""

import sys

import numpy as np
import pytest
from checkpoints import write_checkpoint

from keraswrap.exceptions import MissingExtraError, ParameterError
from keraswrap.text import TextEmbedder, _runtimes
from keraswrap.text._frozen_encoder import FrozenEncoder
from keraswrap.text._runtimes import Runtime, choose_runtime

TEXTS = ["it is good", "awful", "it broke and it was poor text"]


@pytest.mark.parametrize("can", [True, False])
@pytest.mark.parametrize(
    ("asked", "named", "expected"),
    [
        (("auto", "auto"), "", ("keras", "float32")),
        (("auto", "auto"), "openvino", ("openvino", None)),
        (("auto", "float32"), "openvino", ("openvino", "float32")),
        (("keras", "auto"), "openvino", ("keras", "float32")),
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


@pytest.mark.parametrize(
    ("asked", "named", "said"),
    [
        (("torch", "auto"), "", "Expected runtime to be one of"),
        (("auto", "auto"), "torch", "Expected KERASWRAP_RUNTIME to be one of"),
        (("keras", "int8"), "", "Expected precision to be one of"),
    ],
)
def test_others_are_refused(monkeypatch, asked, named, said):
    monkeypatch.setenv("KERASWRAP_RUNTIME", named)
    with pytest.raises(ParameterError, match=said):
        choose_runtime(*asked)


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
