"""Which registry is opened."""

import pytest

from keraswrap.exceptions import InputTypeError, ParameterError
from keraswrap.tracking import _open, open_registry


def test_a_path_is_a_file(tmp_path):
    assert open_registry(tmp_path / "a.sqlite").where == str(tmp_path / "a.sqlite")
    assert open_registry(f"{tmp_path}/a:b.sqlite").where == f"{tmp_path}/a:b.sqlite"


@pytest.mark.parametrize(
    ("to", "uri"),
    [
        ("http://127.0.0.1:5000", "http://127.0.0.1:5000"),
        ("HTTPS://host", "HTTPS://host"),
        ("sqlite:///mlflow.db", "sqlite:///mlflow.db"),
        ("postgresql+psycopg://host/db", "postgresql+psycopg://host/db"),
        ("mlflow:databricks", "databricks"),
        ("mlflow:http://host", "http://host"),
    ],
)
def test_an_address_is_mlflows(monkeypatch, to, uri):
    monkeypatch.setattr(_open, "MlflowRegistry", lambda given: ("mlflow", given))
    assert open_registry(to) == ("mlflow", uri)


@pytest.mark.parametrize("to", [None, "", 3, b"a"])
def test_what_is_no_path_is_refused(to):
    with pytest.raises(InputTypeError, match="Expected the path of a registry"):
        open_registry(to)


def test_unknown_schemes_are_refused_without_what_follows():
    with pytest.raises(ParameterError, match=r"got ftp://…") as error:
        open_registry("ftp://me:secret@host")
    assert "secret" not in str(error.value)
