"""Connections: one for each call, closed again, and read-only by the database's own means."""

import datetime
import sqlite3
import sys
import types
from decimal import Decimal

import pytest
from shop import ROWS

from keraswrap.exceptions import InputError, InputTypeError
from keraswrap.routing._connections import as_parameters, make_read_only, read_opener, style_of


@pytest.mark.parametrize("kind", ["path", "function"])
def test_each_opening_is_a_connection_of_its_own_that_is_closed(database, kind):
    source = database if kind == "path" else (lambda: sqlite3.connect(database))
    opener, seen = read_opener(source), []
    for _ in range(2):
        with opener.open() as connection:
            assert connection.execute("SELECT * FROM orders").fetchall() == ROWS
            seen.append(connection)
    assert seen[0] is not seen[1]
    for connection in seen:
        with pytest.raises(sqlite3.ProgrammingError, match="closed database"):
            connection.execute("SELECT 1")


@pytest.mark.parametrize("kind", ["path", "function"])
@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM orders",
        "CREATE TABLE x (y)",
        "PRAGMA query_only = OFF",
        "ATTACH ':memory:' AS x",
    ],
)
def test_nothing_can_be_written(database, kind, statement):
    source = database if kind == "path" else (lambda: sqlite3.connect(database))
    with (
        read_opener(source).open() as connection,
        pytest.raises(sqlite3.DatabaseError, match=r"not authorized|readonly"),
    ):
        connection.execute(statement)


def test_a_relative_path_stays_the_file_that_it_was(database, tmp_path, monkeypatch):
    monkeypatch.chdir(database.parent)
    opener = read_opener(database.name)
    monkeypatch.chdir(tmp_path)
    with opener.open() as connection:
        assert len(connection.execute("SELECT * FROM orders").fetchall()) == len(ROWS)


@pytest.mark.parametrize(
    ("source", "error", "match"),
    [
        ("no.db", InputError, "the file of an SQLite database, got 'no.db', where there is no fi"),
        (".", InputError, "the file of an SQLite database, got '.'"),
        (sqlite3.connect(":memory:"), InputTypeError, "since threads cannot share one"),
        (5, InputTypeError, "a function that opens a new connection on each call.* got 5"),
    ],
)
def test_what_opens_nothing_is_refused(source, error, match):
    with pytest.raises(error, match=match):
        read_opener(source)


def test_what_a_function_opens_must_be_a_connection():
    with (
        pytest.raises(InputTypeError, match="to return a DB-API connection, got 5"),
        read_opener(lambda: 5).open(),
    ):
        pass


class Driver:
    """A connection of a driver that knows some statements, and keeps what happens."""

    def __init__(self, known):
        self.known, self.log = known, []

    def cursor(self):
        return self

    def execute(self, statement):
        self.log.append(statement)
        if statement != self.known:
            raise ValueError(statement)

    def commit(self):
        self.log.append("commit")

    def rollback(self):
        self.log.append("rollback")

    def close(self):
        pass


POSTGRES = "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY"
MYSQL = "SET SESSION TRANSACTION READ ONLY"


@pytest.mark.parametrize(
    ("known", "log"),
    [
        (POSTGRES, ["rollback", POSTGRES, "commit"]),
        (MYSQL, ["rollback", POSTGRES, "rollback", MYSQL, "commit"]),
    ],
)
def test_other_databases_are_told_in_their_words(known, log):
    connection = Driver(known)
    make_read_only(connection)
    assert connection.log == log
    psycopg = Driver(known)
    psycopg.read_only = None
    make_read_only(psycopg)
    assert psycopg.read_only is True


def test_a_database_that_knows_no_read_only_session_is_refused():
    with pytest.raises(InputError, match=r"a Driver that takes none of .* Use SQLite, PostgreSQL"):
        make_read_only(Driver("nothing"))


def test_the_style_of_parameters_is_that_of_the_drivers_module(monkeypatch):
    module = types.ModuleType("some_driver")
    module.paramstyle = "pyformat"
    monkeypatch.setitem(sys.modules, "some_driver", module)
    base = type("Connection", (), {"__module__": "some_driver.inner"})
    assert style_of(base()) == style_of(type("Pooled", (base,), {})()) == "pyformat"
    assert style_of(sqlite3.connect(":memory:")) == "named"
    with pytest.raises(InputError, match=r"whose driver names its paramstyle.* got a Driver"):
        style_of(Driver(""))


WHEN = datetime.datetime(2026, 11, 29, 9, 30)
VALUES = {
    "text": "a", "n": 3, "day": WHEN.date(), "when": WHEN, "whole": Decimal("14.0"),
    "part": Decimal("0.5"),
}  # fmt: skip


def test_sqlite_gets_values_as_it_keeps_and_compares_them():
    connection = sqlite3.connect(":memory:")
    found = as_parameters(connection, VALUES)
    columns = (
        "typeof(:whole), typeof(:part), :day = date(:when), :when = datetime(:when), :n, :text"
    )
    assert connection.execute(f"SELECT {columns}", found).fetchone() == (
        "integer", "real", 1, 1, 3, "a"
    )  # fmt: skip
    assert (found["whole"], found["part"]) == (14, 0.5)


def test_other_databases_get_values_as_they_are():
    assert as_parameters(Driver(""), VALUES) == VALUES
