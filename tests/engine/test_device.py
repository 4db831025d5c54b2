"""Precision and compile mode by measurement: the decision, what is kept, and the real thing."""

import json
import threading

import pytest

from keraswrap._engine import device, step_benchmark

QUICK = {"float32": 0.06, "mixed_bfloat16": 0.03, "float32 jit": 0.1}


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A cache folder of its own, and a count of what was measured."""
    monkeypatch.setenv("KERASWRAP_HOME", str(tmp_path / "cache"))
    measured = []
    monkeypatch.setattr(
        step_benchmark, "time_steps", lambda *_, **__: measured.append(1) or dict(QUICK)
    )
    device._timings.cache_clear()
    yield tmp_path / "cache", measured
    device._timings.cache_clear()


def timings_of_a_new_process():
    device._timings.cache_clear()
    return device.timings()


@pytest.mark.parametrize(
    ("seconds", "precision", "jit"),
    [
        ({"float32": 1.0}, "float32", False),
        ({"float32": 1.2, "mixed_bfloat16": 1.0}, "mixed_bfloat16", False),
        ({"float32": 1.1, "mixed_bfloat16": 1.0}, "float32", False),
        ({"float32": 1.5, "float32 jit": 1.0, "mixed_bfloat16": 1.0}, "float32", True),
        ({"float32": 1.4, "float32 jit": 1.0, "mixed_bfloat16": 1.0}, "mixed_bfloat16", False),
        ({"float32": 3, "mixed_bfloat16": 2, "mixed_bfloat16 jit": 1}, "mixed_bfloat16", True),
        ({"mixed_bfloat16": 1.0}, "float32", False),
        ({}, "float32", False),
    ],
)
def test_the_quickest_is_chosen_where_it_is_worth_it(seconds, precision, jit):
    assert device.choose_precision(seconds) == precision
    assert device.choose_jit(seconds, precision) is jit


def test_a_device_is_measured_once_and_every_process_reads_it(home):
    folder, measured = home
    assert timings_of_a_new_process() == timings_of_a_new_process() == QUICK
    assert len(measured) == 1
    assert [path.suffix for path in folder.iterdir()] == [".json"]


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"seconds": 3}', '{"seconds": {"float32": -1}}', "\0" * 99]
)
def test_a_corrupt_file_is_measured_again(home, content):
    folder, measured = home
    timings_of_a_new_process()
    (path,) = folder.iterdir()
    path.write_text(content)
    assert timings_of_a_new_process() == timings_of_a_new_process() == QUICK
    assert len(measured) == 2


@pytest.mark.parametrize("value", [0, -1.0, "x", None, float("nan"), float("inf")])
def test_seconds_that_cannot_be_are_not_taken(home, value):
    folder, measured = home
    timings_of_a_new_process()
    (path,) = folder.iterdir()
    data = json.loads(path.read_text())
    path.write_text(json.dumps({**data, "seconds": {"float32": value}}))
    assert timings_of_a_new_process() == QUICK
    assert len(measured) == 2


def test_another_device_or_version_is_measured_by_itself(home, monkeypatch):
    folder, measured = home
    timings_of_a_new_process()
    monkeypatch.setattr(device.os, "cpu_count", lambda: 999)
    timings_of_a_new_process()
    assert len(measured) == len(list(folder.iterdir())) == 2


def test_of_two_that_measure_at_once_the_first_one_holds_for_both(home, monkeypatch):
    folder, _ = home
    first = {"float32": 1.0}

    def late(*_, **__):
        device._keep(path, {"device": device.describe_device(), "seconds": first})
        return QUICK

    timings_of_a_new_process()
    (path,) = folder.iterdir()
    path.unlink()
    monkeypatch.setattr(step_benchmark, "time_steps", late)
    assert timings_of_a_new_process() == first


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path, home, monkeypatch, caplog):
    (tmp_path / "file").touch()
    monkeypatch.setenv("KERASWRAP_HOME", str(tmp_path / "file" / "cache"))
    assert timings_of_a_new_process() == QUICK
    assert "cannot be written" in caplog.text


def test_threads_measure_once(home):
    _, measured = home
    device._timings.cache_clear()
    threads = [threading.Thread(target=device.timings) for _ in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert len(measured) == 1


@pytest.mark.parametrize("has", [True, False])
def test_bfloat16_must_be_in_the_processor(monkeypatch, has):
    monkeypatch.setattr(device._processor, "has_bfloat16", lambda: has)
    assert device.has_bfloat16() is has
