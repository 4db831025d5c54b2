"""Named parameters, found where SQL has them and nowhere else."""

import sqlite3

import pytest

from keraswrap.exceptions import InputTypeError, ParameterError
from keraswrap.routing._sql import bind, parameter_names, write_query

QUERY = """SELECT ':a', ":b", x::text, 'it''s :c' -- :d
/* :e */, $$ :f $$ FROM t WHERE i=:i AND j=:j"""


def test_parameters_are_not_in_strings_names_comments_or_casts():
    assert parameter_names(QUERY) == ["i", "j"]
    assert parameter_names("SELECT :x, :y, :x") == ["x", "y", "x"]


@pytest.mark.parametrize(
    ("style", "written", "bound"),
    [
        ("named", "SELECT :a, '%', :b, :a", {"a": 1, "b": 2}),
        ("pyformat", "SELECT %(a)s, '%%', %(b)s, %(a)s", {"a": 1, "b": 2}),
        ("qmark", "SELECT ?, '%', ?, ?", (1, 2, 1)),
        ("format", "SELECT %s, '%%', %s, %s", (1, 2, 1)),
        ("numeric", "SELECT :1, '%', :2, :3", (1, 2, 1)),
    ],
)
def test_a_query_is_written_for_each_style(style, written, bound):
    query = "SELECT :a, '%', :b, :a"
    assert write_query(query, style) == written
    assert bind(parameter_names(query), {"a": 1, "b": 2}, style) == bound


@pytest.mark.parametrize("style", ["named", "qmark"])
def test_sqlite_finds_the_same_parameters(style):
    query = "SELECT ':x', :a, \"b\" -- :y\n, :b, :a FROM (SELECT 7 AS b) /* :z */"
    given = bind(parameter_names(query), {"a": 1, "b": 2}, style)
    found = sqlite3.connect(":memory:").execute(write_query(query, style), given)
    assert found.fetchall() == [(":x", 1, 7, 2, 1)]


def test_bad_queries_and_styles_are_refused():
    with pytest.raises(InputTypeError, match="Expected a query as a string of SQL, got ' '"):
        parameter_names(" ")
    with pytest.raises(ParameterError, match=r"Expected a paramstyle out of .*, got 'shell'"):
        write_query("SELECT 1", "shell")
