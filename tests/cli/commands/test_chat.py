"""The command ``keraswrap chat``."""

import re
import signal
import subprocess
import sys
import urllib.request

import pytest
from processes import interruptible

from keraswrap.cli import main

SHOP = """
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from keraswrap.routing import MessageRouter

def make():
    words = make_pipeline(TfidfVectorizer(), LogisticRegression())
    router = MessageRouter(words, {"hi": "Hello!", "bye": "Goodbye!"}, "Pardon?")
    return router.fit(["hi", "hi there", "bye", "bye now"], ["hi", "hi", "bye", "bye"])
"""
MAIN = "import sys; from keraswrap.cli import main; sys.exit(main(sys.argv[1:]))"


@pytest.fixture
def shop(tmp_path):
    path = tmp_path / "little_shop.py"
    path.write_text(SHOP)
    return path


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is no signal there")
def test_it_serves_until_ctrl_c_and_ends_well(shop):
    command = [sys.executable, "-c", MAIN, "chat", f"{shop}:make", "--port", "0", "--title", "Ours"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=interruptible
    ) as process:
        line = process.stdout.readline()
        address = re.fullmatch(r"Ours: (http://127\.0\.0\.1:\d+/) \(Ctrl-C stops it\)\n", line)[1]
        with urllib.request.urlopen(address, timeout=60) as answer:
            assert b"<h1" in answer.read()
        process.send_signal(signal.SIGINT)
        printed, told = process.communicate(timeout=60)
    assert (process.returncode, printed) == (0, "")
    assert told.splitlines()[-1] == "Stopped."
    assert "Traceback" not in told


def test_problems_are_told_in_options(shop, capsys, monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "modules", dict(sys.modules))
    assert main(["chat", f"{shop}:make", "--host", "0.0.0.0"]) == 2
    told = capsys.readouterr().err
    assert "got --host '0.0.0.0'" in told
    assert "Pass --expose if that is meant" in told
