"""The limits that tests have, tried on a test that hangs."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
HANGS = """
import threading, time
def test_hang():
    threading.Thread(target=time.sleep, args=(600,), daemon=True).start()
    time.sleep(600)
"""


def test_a_test_that_hangs_fails_and_shows_where_each_thread_stood(tmp_path):
    (tmp_path / "test_hanging.py").write_text(HANGS)
    command = [sys.executable, "-m", "pytest", "-c", ROOT / "setup.cfg", "--rootdir", tmp_path]
    command += ["-o", "timeout=1", "-p", "no:cacheprovider", "-n", "1", tmp_path]
    told = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path).stdout
    assert "    time.sleep(600)" in told
    assert "Failed: Timeout (>1.0s)" in told
    assert "Stack of Thread-" in told
    assert "1 failed" in told
