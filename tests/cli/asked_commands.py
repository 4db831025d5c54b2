"""Commands that ask a model of one's own: how often they have, and how they are ended half way."""

import os
import signal
import subprocess
import sys
import time

from processes import interruptible

from keraswrap.llm import AnswerCache

MAIN = "import sys; from keraswrap.cli import main; sys.exit(main(sys.argv[1:]))"

# A model that counts its calls in a file, and waits before each answer.
COUNTED = """
import time
from keraswrap.llm import FakeLM

class Counted(FakeLM):
    def _answer(self, rows, prompts, continuations):
        time.sleep({wait})
        with open("asked", "a") as file:
            file.write("x" * len(prompts))
        return super()._answer(rows, prompts, continuations)

def make():
    return Counted({words}, prices=(1e6, 1e6), batch_size=1)
"""


def n_asked():
    """Return how many characters the model has written into the file named asked."""
    return os.path.getsize("asked") if os.path.exists("asked") else 0


def end_half_way(command, ended):
    """Run a command of some more than 10 answers, and end it when it has 10; return its errors."""
    pipe = subprocess.PIPE
    setup = interruptible if os.name == "posix" else None
    started = [sys.executable, "-c", MAIN, *command]
    process = subprocess.Popen(started, stdout=pipe, stderr=pipe, text=True, preexec_fn=setup)
    wait_for_answers(process)
    process.send_signal(getattr(signal, ended))
    _, told = process.communicate(timeout=60)
    if ended == "SIGINT":
        assert process.returncode == 130
        assert "Traceback" not in told
        assert "Cost so far: " in told
        kept = "the same command asks only the rest, as 'o.csv.answers' holds the answers so far."
        assert told.splitlines()[-1] == f"Interrupted. Nothing was written to 'o.csv'; {kept}"
    assert not os.path.exists("o.csv")
    return told


def n_kept():
    """Return how many answers are kept beside o.csv."""
    return AnswerCache("o.csv.answers").info().n_answers


def wait_for_answers(process):
    for _ in range(6000):
        if n_asked() >= 10:
            return
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    raise AssertionError("no answers within a minute")
