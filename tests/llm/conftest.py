"""What holds for all tests of language models."""

import pytest
from reviews import BOTH, fake

from keraswrap.datasets import fetch_smollm
from keraswrap.llm import load_model
from keraswrap.llm.local import _keras_runner, _torch_runner


@pytest.fixture(autouse=True)
def room(monkeypatch):
    """Let many rows be run at once: by their share of so few weights it would be one."""
    for runner in (_keras_runner, _torch_runner):
        monkeypatch.setattr(runner, "_SHARE", 1e3)


@pytest.fixture(scope="session")
def smollm():
    """SmolLM2 in this process, loaded once for all files that ask it, when it is first asked."""
    return load_model(fetch_smollm())


@pytest.fixture(params=BOTH, ids=lambda cls: cls.__name__)
def make(request):
    """Make a classifier of one label, with a fake model unless another is given."""
    return lambda *args, **kwargs: request.param(
        *args, **{} if "model" in kwargs or args else {"model": fake()}, **kwargs
    )
