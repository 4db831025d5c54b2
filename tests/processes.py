"""Processes that tests start."""

import signal


def interruptible():
    """Let Ctrl-C through: a shell's background jobs ignore it, and so would their children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
