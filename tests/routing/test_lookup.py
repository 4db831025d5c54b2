"""Lookups read, and only read, whatever the query or the values are."""

import datetime
import pickle
import sqlite3
import subprocess
import sys
import threading
from decimal import Decimal

import pytest
from shop import (
    MISSING,
    ORDER,
    QUERY,
    ROUTES,
    ROWS,
    TEXTS,
    Told,
    make_database,
    make_router,
    status,
)

from keraswrap.exceptions import InputError, InputTypeError, ParameterError
from keraswrap.routing import LookupHandler, date_field, number_field

GIVEN = (QUERY, [ORDER], "$order: $state", MISSING)


def memory():
    return sqlite3.connect(":memory:")


def rows(path):
    connection = sqlite3.connect(path)
    found = connection.execute("SELECT * FROM orders").fetchall()
    connection.close()
    return found


def test_a_row_fills_the_template_and_is_never_a_template(database):
    handler = status(database)
    answer = handler.respond({"order": "AB-123456"}, "")
    assert answer.text == "Order AB-123456: shipped, 2026-11-29."
    strange = handler.respond({"order": "AB-123457"}, "")
    assert strange.text == "Order AB-123457: $order ${state} {order}, <b>."


def test_what_is_missing_is_said_in_the_shops_words(database):
    answer = status(database).respond({"order": "ZZ-999999"}, "")
    assert (answer.text, answer.found, answer.notes) == (MISSING, False, ("nothing found",))


NULLS = "SELECT 'sent' AS state, NULL AS day, NULL AS note UNION ALL SELECT NULL, 'today', 'x'"


def test_a_null_is_told_in_the_shops_words_or_not_at_all():
    def look_up(template, **told):
        return LookupHandler(memory, NULLS, [], template, MISSING, **told).respond({}, "")

    texts = {"day": "on a day not known yet", "state": "in work"}
    said = look_up("It is $state, $day.", null_text=texts).text
    assert said == "It is sent, on a day not known yet.\nIt is in work, today."
    answer = look_up("It is $state, $day.", null_text={"day": "soon"})
    assert (answer.usable, answer.found) == (False, True)
    assert answer.notes == ("state is NULL, and null_text has no text for it",)
    assert look_up("$state", null_text={"state": ""}).text == "sent\n"


def test_a_customer_gets_the_fallback_where_the_shop_has_no_words_for_a_null(tmp_path):
    database = make_database(tmp_path / "shop.db")
    with sqlite3.connect(database) as connection:
        connection.execute("UPDATE orders SET day = NULL WHERE id = 'AB-123456'")
    connection.close()
    reply = make_router(database).fit(TEXTS, ROUTES).respond("where is my order AB-123456")
    assert (reply.text, reply.reason) == ("A person will answer.", "unusable")
    assert ("handler", "status: day is NULL, and null_text has no text for it") in reply.trace


@pytest.mark.parametrize("connect", ["path", "function"])
def test_only_the_given_query_and_bound_values_reach_the_database(database, connect):
    handler = LookupHandler(database, *GIVEN) if connect == "path" else status(database)
    Told.told.clear()
    value = "'; DROP TABLE orders; --"
    assert not handler.respond({"order": value}, "DROP TABLE orders").found
    if connect == "function":
        assert Told.told == [(QUERY, {"order": value})]
    assert rows(database) == ROWS


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM orders",
        "DELETE FROM orders RETURNING id",
        "INSERT INTO orders VALUES (1, 2, 3) RETURNING id",
        "WITH x AS (SELECT 1) DELETE FROM orders",
        "UPDATE orders SET state = 1",
        "SELECT 1; DELETE FROM orders",
        "DROP TABLE orders",
        "ATTACH ':memory:' AS x",
        "PRAGMA query_only = OFF",
        "PRAGMA user_version",
        "BEGIN IMMEDIATE",
        "UPDATE sqlite_master SET sql = ''",
        "VACUUM INTO '/nowhere/copy.db'",
        "SELECT nothing FROM orders",
        "no SQL",
        "-- nothing",
    ],
)
@pytest.mark.parametrize("connect", ["path", "function"])
def test_what_is_no_single_select_is_refused(database, query, connect):
    source = database if connect == "path" else (lambda: sqlite3.connect(database))
    with pytest.raises(InputError, match=r"Expected a (single SELECT|query that returns rows)"):
        LookupHandler(source, query, [], "x", MISSING)
    assert rows(database) == ROWS


@pytest.mark.parametrize(
    "query",
    ["SELECT 1 AS state", "WITH x AS (SELECT 2 AS state) SELECT state FROM x", "VALUES (1)"],
)
def test_what_reads_is_taken(database, query):
    template = "$column1" if query.startswith("VALUES") else "$state"
    assert LookupHandler(database, query, [], template, MISSING).respond({}, "").text in "12"


def test_recursion_functions_and_full_text_are_reading(tmp_path):
    path = tmp_path / "text.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE VIRTUAL TABLE faq USING fts5(answer)")
        connection.execute("INSERT INTO faq VALUES ('open at nine')")
    connection.close()
    query = (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3) "
        "SELECT upper(answer) AS a, max(i) AS i FROM faq, n WHERE faq MATCH 'nine'"
    )
    assert LookupHandler(path, query, [], "$a $i", "").respond({}, "").text == "OPEN AT NINE 3"


def test_sqlite_is_the_same_with_tensorflow():
    show = "import sqlite3; print(sqlite3.sqlite_version)"
    for first in ("", "import keraswrap, tensorflow; "):
        command = [sys.executable, "-c", first + show]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        assert said.strip() == sqlite3.sqlite_version, first


def test_dates_and_decimals_compare_as_sqlite_keeps_them(database):
    query = "SELECT count(*) AS n FROM orders WHERE day <= :date AND 14 + 0 = :days"
    fields = [date_field(), number_field("days")]
    handler = LookupHandler(database, query, fields, "$n", MISSING)
    given = {"date": datetime.date(2026, 11, 29), "days": Decimal("14")}
    assert handler.respond(given, "").text == "1"


def test_rows_go_into_lines_and_are_limited(database):
    def look_up(most):
        query = "SELECT id FROM orders ORDER BY id"
        return LookupHandler(database, query, [], "$id", MISSING, max_rows=most).respond({}, "")

    assert look_up(2).text == "AB-123456\nAB-123457"
    assert look_up(2).notes == ()
    assert (look_up(1).text, look_up(1).notes) == ("AB-123456", ("more than 1 rows found",))


def test_each_thread_has_a_connection_and_a_handler_can_be_pickled(database):
    handler, found = pickle.loads(pickle.dumps(LookupHandler(database, *GIVEN))), []
    values = {"order": "AB-123456"}
    work = [
        threading.Thread(target=lambda: found.append(handler.respond(values, "").text))
        for _ in range(4)
    ]
    for thread in work:
        thread.start()
    for thread in work:
        thread.join()
    assert found == ["AB-123456: shipped"] * 4


def test_a_connection_of_an_unknown_database_is_refused(database):
    class Writable:
        rollback = commit = close = lambda *_: None

        def cursor(self):
            return self

        def execute(self, sql):
            raise ValueError(sql)

    with pytest.raises(InputError, match="session can be made read-only, got a Writable"):
        LookupHandler(lambda: Writable(), *GIVEN)
    with pytest.raises(InputTypeError, match="to return a DB-API connection, got 5"):
        LookupHandler(lambda: 5, *GIVEN)


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        ({0: "no.db"}, InputError, "Expected the file of an SQLite database, got 'no.db'"),
        ({0: sqlite3.connect(":memory:")}, InputTypeError, "since threads cannot share one"),
        ({0: None}, InputTypeError, "or a function that opens a new connection"),
        ({1: None}, InputTypeError, "Expected a query as a string of SQL"),
        ({1: QUERY + " AND day = :day"}, ParameterError, r"got \['day'\]\. Declare a Field"),
        ({2: [ORDER, ORDER]}, ParameterError, r"names of their own, got \['order'\]"),
        ({2: ["order"]}, InputTypeError, "as Field, got 'order'"),
        ({3: "$stat"}, ParameterError, r"name only \['day', 'order', 'state'\], got \['stat'\]"),
        ({4: None}, InputTypeError, "Expected missing as a text, got None"),
    ],
)
def test_bad_lookups_are_refused(database, change, error, said):
    given = [database, *GIVEN]
    for at, value in change.items():
        given[at] = value
    with pytest.raises(error, match=said):
        LookupHandler(*given)


@pytest.mark.parametrize(
    ("texts", "error", "said"),
    [
        ({"days": "soon"}, ParameterError, r"columns of the query, .'state', 'day'"),
        ({"day": None}, InputTypeError, "null_text as a dict of texts by column, got"),
        ("soon", InputTypeError, "null_text as a dict of texts by column, got 'soon'"),
    ],
)
def test_texts_for_nulls_are_checked(texts, error, said):
    with pytest.raises(error, match=said):
        LookupHandler(memory, NULLS, [], "$state", MISSING, null_text=texts)


@pytest.mark.parametrize("most", [0, True, "1"])
def test_rows_are_at_least_one(database, most):
    with pytest.raises(ParameterError, match="Expected max_rows as a whole number of at least 1"):
        LookupHandler(database, *GIVEN, max_rows=most)
