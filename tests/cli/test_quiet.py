"""Loading TensorFlow without its greetings."""

import os
import subprocess
import sys

import pytest

from keraswrap.cli._quiet import _silenced


def test_nothing_reaches_standard_error_as_keras_is_loaded():
    pytest.importorskip("keras_hub")
    script = "from keraswrap.cli._quiet import load_keras; load_keras(); import os, sys\n"
    script += "os.write(2, b'heard again'); print('keras_hub' in sys.modules)"
    plain = {name: value for name, value in os.environ.items() if name != "TF_CPP_MIN_LOG_LEVEL"}
    done = subprocess.run([sys.executable, "-c", script], env=plain, capture_output=True, text=True)
    assert (done.stdout.strip(), done.stderr) == ("True", "heard again")


def fail_silently():
    with _silenced(2):
        os.write(2, b"lost")
        raise KeyError("out")


def test_what_is_silenced_is_heard_again_after_an_error(capfd):
    with pytest.raises(KeyError, match="out"):
        fail_silently()
    os.write(2, b"heard")
    assert capfd.readouterr().err == "heard"
