"""Encoders that OpenVINO runs: the same vectors, converted once, without Keras afterwards."""

import os
import subprocess
import sys
import threading

import numpy as np
import pytest
from checkpoint_suite import inputs_of
from checkpoints import write_checkpoint

from keraswrap.text import read_pad_id
from keraswrap.text._compiled_encoder import CompiledEncoder, KeptModel
from keraswrap.text._frozen_encoder import FrozenEncoder
from keraswrap.text._runtimes import Frozen, Runtime

FLOAT32 = Runtime("openvino", "float32")


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("KERASWRAP_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def frozen(tmp_path, kind="bert", pooling="mean"):
    folder = str(write_checkpoint(tmp_path / kind, kind))
    return Frozen(
        folder, pooling, f"{tmp_path}-{kind}"[-16:].replace("/", "-"), read_pad_id(folder)
    )


@pytest.mark.parametrize(
    ("kind", "pooling"),
    [("bert", "mean"), ("bert", "pooler"), ("roberta", "cls"), ("distilbert", "mean")],
)
def test_vectors_are_those_of_keras(tmp_path, kind, pooling):
    encoder, ids = frozen(tmp_path, kind, pooling), inputs_of(str(tmp_path / kind))["token_ids"]
    expected = FrozenEncoder(encoder.folder, pooling)(ids, 2)
    np.testing.assert_allclose(encoder.encode(FLOAT32)(ids, 2), expected, atol=1e-5)


def test_bfloat16_is_close(tmp_path):
    encoder, ids = frozen(tmp_path), inputs_of(str(tmp_path / "bert"))["token_ids"]
    whole, half = (encoder.encode(Runtime("openvino", p))(ids, 2) for p in ("float32", "bfloat16"))
    cosines = (whole * half).sum(axis=1) / np.linalg.norm(whole, axis=1)
    assert (cosines / np.linalg.norm(half, axis=1) > 0.999).all()
    assert half.dtype == "float32"


def test_it_is_converted_once(tmp_path, monkeypatch, home):
    encoder, ids = frozen(tmp_path), inputs_of(str(tmp_path / "bert"))["token_ids"]
    expected = encoder.encode(FLOAT32)(ids, 2)
    assert len(list(home.glob("openvino/*/encoder.bin"))) == 1
    monkeypatch.setattr(FrozenEncoder, "network", property(lambda self: 1 / 0))
    again = CompiledEncoder(encoder._model(), "float32", encoder.pad_id)
    assert np.array_equal(again(ids, 2), expected)


def test_one_that_cannot_be_read_is_converted_again(tmp_path, home, caplog):
    encoder = frozen(tmp_path)
    encoder.encode(FLOAT32)
    (path,) = home.glob("openvino/*/encoder.xml")
    path.write_text("<net>")
    assert encoder._model() is not None
    assert "Converted again: " in caplog.text
    caplog.clear()
    encoder._model()
    assert not caplog.text


def test_a_cache_that_cannot_be_written_is_told(tmp_path, home, caplog):
    home.write_text("a file")
    encoder, ids = frozen(tmp_path), inputs_of(str(tmp_path / "bert"))["token_ids"]
    assert np.isfinite(encoder.encode(FLOAT32)(ids, 2)).all()
    assert "Converted again in each process" in caplog.text


def test_two_processes_may_keep_the_same_model(tmp_path, home):
    encoder = frozen(tmp_path)
    model = encoder._model()
    KeptModel(f"{encoder.fingerprint[:16]}-mean").keep(model)
    assert [path.name for path in (home / "openvino").iterdir()] == [
        f"{encoder.fingerprint[:16]}-mean-1-{version()}"
    ]


def version():
    from importlib.metadata import version

    return version("openvino")


def test_threads_share_one_encoder(tmp_path):
    encoder, ids = frozen(tmp_path), inputs_of(str(tmp_path / "bert"))["token_ids"]
    encode, found = encoder.encode(FLOAT32), {}
    threads = [
        threading.Thread(target=lambda n=n: found.update({n: encode(ids, 2)})) for n in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(np.array_equal(found[n], found[0]) for n in range(4))


CODE = """
import sys
from keraswrap.text import TextEmbedder
TextEmbedder(sys.argv[1], max_length=8, cache=False, runtime="openvino").fit_transform(["good"])
print(sorted({"keras", "tensorflow"} & set(sys.modules)))
"""


def test_later_processes_load_neither_keras_nor_tensorflow(tmp_path):
    folder = str(write_checkpoint(tmp_path / "bert"))
    said = [
        subprocess.run(
            [sys.executable, "-c", CODE, folder],
            capture_output=True,
            text=True,
            check=True,
            env=os.environ,
        ).stdout
        for _ in range(2)
    ]
    assert said == ["['keras', 'tensorflow']\n", "[]\n"]
