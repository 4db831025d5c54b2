"""What holds for all tests of language models."""

import pytest

from keraswrap.llm.local import _keras_runner, _torch_runner


@pytest.fixture(autouse=True)
def room(monkeypatch):
    """Let many rows be run at once: by their share of so few weights it would be one."""
    for runner in (_keras_runner, _torch_runner):
        monkeypatch.setattr(runner, "_SHARE", 1e3)
