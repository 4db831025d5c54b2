"""What can be typed."""

import subprocess
import sys

import pytest

from keraswrap.cli._parser import make_parser

MAIN = "import sys; from keraswrap.cli import main; sys.exit(main(sys.argv[1:]))"


(SUBPARSERS,) = [each for each in make_parser()._actions if isinstance(each.choices, dict)]
COMMANDS = [*SUBPARSERS.choices]


@pytest.mark.parametrize("command", [[], *([name] for name in COMMANDS)])
def test_help_loads_nothing_heavy(command):
    script = MAIN.replace("sys.exit(", "atexit.register(lambda: print(*sys.modules)); sys.exit(")
    arguments = [sys.executable, "-c", f"import atexit; {script}", *command, "--help"]
    done = subprocess.run(arguments, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("usage: keraswrap")
    loaded = set(done.stdout.splitlines()[-1].split())
    assert not loaded & {"numpy", "pandas", "sklearn", "tensorflow", "keras", "pyarrow"}
