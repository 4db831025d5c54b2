"""What an isolated Python may read, and knows."""

import os
import sys
from pathlib import Path

import pandas as pd

from keraswrap._sandbox.readable import environment, flags, python_paths


def allowed(path):
    return any(Path(path).resolve().is_relative_to(Path(one).resolve()) for one in python_paths())


def test_python_and_its_packages_can_be_read():
    assert all(map(allowed, [sys.executable, os.__file__, pd.__file__]))


def test_nothing_of_the_user_can_be_read(tmp_path):
    assert not any(map(allowed, [tmp_path, Path.home(), Path.cwd(), "/", "/etc/passwd", "/proc"]))


def test_the_environment_is_the_same_whatever_the_users(monkeypatch):
    before = environment()
    monkeypatch.setenv("SOME_KEY", "known")
    assert environment() == before
    assert before["PYTHONHASHSEED"] == "0"


def test_neither_the_users_packages_nor_the_programs_folder_are_imported_from():
    assert flags() == ["-P", "-s", "-B"]
