"""What an isolated program is denied: each with harmless input that the test made."""

import os
import signal
import socket
import threading
import time

import numpy as np
import pytest
from isolated import needs_isolation, run

from keraswrap._sandbox import Limits, Values, sandlock
from keraswrap._sandbox.sandlock import Sandlock
from keraswrap.exceptions import IsolationError, MissingExtraError


def denied(body):
    """Run what must fail, and return the message."""
    found = run(body)
    assert found.reason == "error"
    return found.message


FILES = [f"open({{old!r}}, {how!r})" for how in ("r", "r+", "w", "a")]
FOLDERS = ["~", "/", "/tmp", "/proc", "."]
LISTS = [f"os.listdir({os.path.expanduser(folder)!r})" for folder in FOLDERS]
CHANGES = [
    *("os.mkdir({new!r})", "os.symlink('/', {new!r})", "os.link({old!r}, {new!r})"),
    *("os.remove({old!r})", "os.rename({old!r}, {new!r})", "os.truncate({old!r}, 0)"),
    *("os.chmod({old!r}, 0)", "os.chown({old!r}, 1, 1)", "os.utime({old!r}, (0, 0))"),
    *("os.setxattr({old!r}, 'user.a', b'1')", "open(np.__file__, 'a')"),
]
SENT = "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', 9))"
SOCKETS = [SENT, "socket.create_server(('127.0.0.1', 0))"]
STARTS = ["subprocess.run(['/bin/true'])", "os.fork()"]
REPLACED = "os.execv('/bin/true', ['true'])"
OTHERS = {"os.environ['HOME']": "KeyError", "os.kill(os.getppid(), 0)": "PermissionError"}
DENIED = [*FILES, *LISTS, *CHANGES, *SOCKETS, REPLACED]
EXPECTED = dict.fromkeys(DENIED, "PermissionError")
EXPECTED |= dict.fromkeys(STARTS, "BlockingIOError") | OTHERS
# One process tries all, since each start takes a second, and tells how the errors' names begin.
TRIES = """import os, socket, subprocess
told = []
for act in {acts!r}:
    try:
        eval(act)
        told.append("--")
    except Exception as error:
        told.append(type(error).__name__[:2])
raise RuntimeError("".join(told))"""


@pytest.fixture(scope="module")
def tried(tmp_path_factory):
    """What each attempt raised, in one process, and what became of the file and its folder."""
    folder = tmp_path_factory.mktemp("others")
    old, new = folder / "old.txt", folder / "new"
    old.write_text("known")
    before = os.stat(old)
    acts = [act.format(old=str(old), new=str(new)) for act in EXPECTED]
    message = denied(TRIES.format(acts=acts))
    initials = message.partition("RuntimeError: ")[2]
    told = [initials[k : k + 2] for k in range(0, len(initials), 2)]
    state = [os.stat(old)[:9] == before[:9], old.read_text(), os.listdir(folder), os.listxattr(old)]
    return dict(zip(EXPECTED, told, strict=True)), state


@needs_isolation
@pytest.mark.parametrize("act", EXPECTED)
def test_what_is_outside_cannot_be_reached(tried, act):
    assert tried[0][act] == EXPECTED[act][:2]


@needs_isolation
def test_nothing_elsewhere_is_changed(tried):
    assert tried[1] == [True, "known", ["old.txt"], []]  # all but the time of its attributes


@needs_isolation
def test_the_own_packages_can_be_read():
    found = run("return len(open(np.__file__).read()) > 0 and [1, 2, 3]")
    assert found.numbers.ravel().tolist() == [1, 2, 3]


@pytest.fixture
def port():
    """A server on the loopback address that counts who connects."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]
        server.settimeout(0.05)
        with pytest.raises(TimeoutError, match="timed out"):
            server.accept()


@needs_isolation
def test_no_server_can_be_reached(port):
    body = f"import socket\nsocket.create_connection(('127.0.0.1', {port}), timeout=2)"
    assert "PermissionError" in denied(body)


@needs_isolation
def test_no_socket_that_is_a_file_can_be_reached(tmp_path):
    path = str(tmp_path / "s")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        server.listen()
        body = f"import socket\nsocket.socket(socket.AF_UNIX).connect({path!r})"
        assert "PermissionError" in denied(body)
        server.settimeout(0.05)
        with pytest.raises(TimeoutError, match="timed out"):
            server.accept()


@needs_isolation
def test_the_environment_is_clean(monkeypatch):
    monkeypatch.setenv("SOME_KEY", "known")
    found = run("import os\nassert 'SOME_KEY' not in os.environ\nreturn [len(os.environ)] * 3")
    assert isinstance(found, Values)


@needs_isolation
def test_no_descriptor_is_inherited(tmp_path):
    (tmp_path / "note.txt").write_text("known")
    with open(tmp_path / "note.txt", "rb") as file:
        os.set_inheritable(file.fileno(), True)
        number = os.dup2(file.fileno(), 50)
        try:
            assert "Bad file descriptor" in denied("import os\nos.read(50, 5)")
        finally:
            os.close(number)


@needs_isolation
def test_memory_is_limited():
    few, body = Limits(memory=200 * 2**20), "x = bytearray({} * 2**20)\nreturn [1, 2, 3]"
    assert isinstance(run(body.format(30), limits=few), Values)
    found = run(body.format(220), limits=few)
    assert (found.reason, found.message) == ("memory", "It needed more than 200 MiB of memory.")


@needs_isolation
def test_wall_time_is_limited():
    start = time.monotonic()
    found = run("import time\ntime.sleep(30)", limits=Limits(seconds=2))
    assert (found.reason, found.message) == ("time", "It took longer than 2 seconds.")
    assert time.monotonic() - start < 10


@needs_isolation
def test_cpu_time_is_limited():
    found = run("while True:\n    pass", limits=Limits(cpu_seconds=1, seconds=60))
    assert (found.reason, found.message) == ("cpu", "It took more than 1 seconds of CPU time.")


@needs_isolation
def test_what_is_printed_is_limited():
    found = run("print('x' * 200_000)\nreturn [1, 2, 3]", limits=Limits(output=100_000))
    assert (found.reason, found.message) == ("output", "It wrote more than 100,000 bytes.")


@needs_isolation
def test_the_limits_cannot_be_raised():
    for name in ("RLIMIT_CPU", "RLIMIT_DATA", "RLIMIT_FSIZE"):
        raised = f"import resource as r\nr.setrlimit(r.{name}, (r.RLIM_INFINITY,) * 2)"
        assert "not allowed to raise maximum limit" in denied(raised)


@needs_isolation
def test_ctrl_c_ends_the_process(monkeypatch):
    started = []
    init = sandlock._Watch.__init__

    def kept(watch, process, given, limits):
        started.append(process)
        init(watch, process, given, limits)

    monkeypatch.setattr(sandlock._Watch, "__init__", kept)
    threading.Timer(1.5, os.kill, (os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt, match=r"^$"):
        run("import time\ntime.sleep(30)")
    deadline = time.monotonic() + 10
    while started[0].pid is not None and time.monotonic() < deadline:
        time.sleep(0.01)
    assert started[0].pid is None


@needs_isolation
def test_several_may_run_at_once():
    found = {}
    targets = [lambda n=n: found.update({n: run(f"return [{n}] * 3")}) for n in range(4)]
    threads = [threading.Thread(target=target) for target in targets]
    for step in ("start", "join"):
        for thread in threads:
            getattr(thread, step)()
    assert all(np.array_equal(found[n].numbers, np.full((3, 1), n)) for n in range(4))


def test_a_kernel_without_landlock_is_refused(monkeypatch):
    package = pytest.importorskip("sandlock")
    monkeypatch.setattr(package, "landlock_abi_version", lambda: -1)
    with pytest.raises(IsolationError, match=r"Landlock's interface 6 or newer.*got none"):
        Sandlock().check()


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "sandlock", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'keraswrap\[codegen\]'"):
        Sandlock().check()
