"""What the processor can do, and how many threads are allowed."""

import pytest

from keraswrap import _processor


@pytest.mark.parametrize(
    ("flags", "has"), [("avx512f avx512_bf16", True), ("amx_bf16", True), ("avx512f", False)]
)
def test_bfloat16_must_be_in_the_processor(monkeypatch, flags, has):
    monkeypatch.setattr(_processor, "describe_processor", lambda: {"flags": flags})
    assert _processor.has_bfloat16() is has


def test_where_the_processor_cannot_be_told_there_is_no_bfloat16(monkeypatch):
    monkeypatch.setattr(_processor.Path, "read_text", _unreadable)
    assert set(_processor.describe_processor()) == {"model name"}
    assert not _processor.has_bfloat16()


def _unreadable(*_, **__):
    raise OSError("there is no /proc here")


@pytest.mark.parametrize(("told", "count"), [("", None), ("4,2", None), ("0", None), ("3", 3)])
def test_threads_are_those_that_workers_are_told(monkeypatch, told, count):
    monkeypatch.setenv("OMP_NUM_THREADS", told)
    assert _processor.allowed_threads() == count
