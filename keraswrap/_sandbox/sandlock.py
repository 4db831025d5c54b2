"""Isolation by the package sandlock: Landlock, seccomp and a supervisor of system calls.

It needs neither root nor a container, and takes milliseconds to start.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from importlib.metadata import version
from platform import machine
from types import ModuleType
from typing import Any, BinaryIO, Literal

from keraswrap._optional import require
from keraswrap._sandbox.isolation import Ended
from keraswrap._sandbox.limits import Limits
from keraswrap._sandbox.readable import environment
from keraswrap.exceptions import IsolationError

__all__ = ["Sandlock"]

_CHUNK = 2**16
# Landlock does not keep a process from the owner, mode, times and attributes of files that it
# cannot open, nor from watching them: so these calls are denied, besides what the package denies.
_DENIED = (
    *("fchmod", "fchmodat", "fchmodat2", "fchown", "fchownat", "utimensat"),
    *("setxattr", "lsetxattr", "fsetxattr", "setxattrat"),
    *("removexattr", "lremovexattr", "fremovexattr", "removexattrat"),
    *("inotify_init1", "fanotify_init", "name_to_handle_at", "open_by_handle_at"),
)
_DENIED_X86 = ("chmod", "chown", "lchown", "utime", "utimes", "futimesat", "inotify_init")


class Sandlock:
    """Isolates processes with sandlock. Any number may run at once, in any thread."""

    @property
    def name(self) -> str:
        """Name and version, for results."""
        return f"sandlock {version('sandlock')}"

    def check(self) -> None:
        """Raise IsolationError or MissingExtraError if this machine cannot isolate."""
        package = _load()
        has, needs = package.landlock_abi_version(), package.min_landlock_abi()
        if has < needs:
            told = "none" if has < 1 else f"version {has}"
            raise IsolationError(
                f"Expected a kernel with Landlock's interface {needs} or newer (Linux 6.12), got "
                f"{told}. Update the kernel, or switch Landlock on (lsm=landlock,... among the "
                "kernel's parameters); nothing is run without isolation."
            )

    def run(
        self, command: Sequence[str], given: bytes, readable: Sequence[str], limits: Limits
    ) -> Ended:
        """Run a command with the given bytes as standard input, and wait for its end."""
        piped = _load().StdioMode.PIPED
        try:
            process = _make(readable, limits).popen(list(command), piped, piped, piped)
        except (RuntimeError, OSError) as error:
            raise IsolationError(
                f"Expected {self.name} to start an isolated process, got {error}. A container may "
                "have to allow Landlock and seccomp; nothing is run without isolation."
            ) from error
        return _Watch(process, given, limits).wait()


def _load() -> ModuleType:
    return require("sandlock", "codegen")


def _make(readable: Sequence[str], limits: Limits) -> Any:
    return _load().Sandbox(
        fs_readable=list(readable),  # and none to write, no network, no address to listen on
        clean_env=True,
        env=environment(),
        cwd="/",
        max_memory=limits.memory,
        max_processes=1,
        max_open_files=64,
        extra_deny_syscalls=[*_DENIED, *(_DENIED_X86 if machine() == "x86_64" else ())],
        no_coredump=True,
    )


class _Watch:
    """Feeds a process, reads what it writes as far as allowed, and ends it at its limits."""

    def __init__(self, process: Any, given: bytes, limits: Limits) -> None:
        self.process = process
        self.given = given
        self.limits = limits
        self.ended_for: Literal["time", "output"] | None = None
        self.result: Any = None
        self.read = {"stdout": bytearray(), "stderr": bytearray()}

    def wait(self) -> Ended:
        """Return how the process ended; end it if this one is interrupted."""
        clock = threading.Timer(self.limits.seconds, self._end, ["time"])
        tasks = (
            self._feed_and_reap,
            partial(self._drain, "stdout"),
            partial(self._drain, "stderr"),
        )
        threads = [clock, *(threading.Thread(target=task) for task in tasks)]
        for thread in threads:
            thread.daemon = True
            thread.start()
        try:
            for thread in threads[1:]:
                thread.join()
        except BaseException:
            self.process.kill()
            raise
        finally:
            clock.cancel()
        return self._ended()

    def _end(self, why: Literal["time", "output"]) -> None:
        self.ended_for = self.ended_for or why
        self.process.kill()

    def _feed_and_reap(self) -> None:
        # In a thread, as Ctrl-C is not heard while the package waits; one after the other,
        # as the package closes the pipe when it begins to wait.
        pipe, left = self.process.stdin, memoryview(self.given)
        with suppress(OSError):  # it ended, or was ended, before it had read all
            while left:
                left = left[pipe.write(left[:_CHUNK]) :]
        self.result = self.process.wait()

    def _drain(self, name: str) -> None:
        pipe: BinaryIO = getattr(self.process, name)
        kept = self.read[name]
        with pipe:
            while part := pipe.read(_CHUNK):
                if len(kept) + len(part) > self.limits.output:
                    self._end("output")
                    return
                kept += part

    def _ended(self) -> Ended:
        answer, printed = (bytes(self.read[name]) for name in ("stdout", "stderr"))
        if self.result is None or self.result.reason is None:
            raise IsolationError(
                "Expected to learn how an isolated process ended, but its supervisor failed: "
                f"{self.result!r:.200}. Its answer was dropped."
            )
        reason, kinds = self.result.reason, _load().ExitReason
        if reason == kinds.EXITED:
            return Ended("exited", self.result.exit_code, answer, printed)
        if self.ended_for is not None:
            return Ended(self.ended_for, signal.SIGKILL, answer, printed)
        if reason == kinds.SIGNALED:
            how: Literal["cpu", "killed"] = (
                "cpu" if self.result.signal == signal.SIGXCPU else "killed"
            )
            return Ended(how, self.result.signal, answer, printed)
        # The supervisor kills whoever asks for more memory than it may have.
        return Ended("memory", signal.SIGKILL, answer, printed)
