"""Lookups against a real PostgreSQL, which the tests start and stop."""

import os
import pwd
import shutil
import subprocess
import tempfile
from functools import partial
from pathlib import Path

import pytest
from shop import MISSING, ORDER, QUERY, ROWS

from keraswrap.exceptions import InputError
from keraswrap.routing import LookupHandler, date_field, number_field

psycopg = pytest.importorskip("psycopg", reason="the driver psycopg is not installed")


def find(program):
    """Find a program of PostgreSQL, which Debian keeps out of the path."""
    kept = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"), reverse=True)
    return shutil.which(program) or (str(kept[0]) if kept else None)


def as_user():
    """Return how to run a program as a user that PostgreSQL accepts: it refuses root."""
    if os.geteuid():
        return []
    try:
        pwd.getpwnam("postgres")
    except KeyError:
        pytest.skip("PostgreSQL refuses root, and there is no user postgres to run it as")
    return ["runuser", "-u", "postgres", "--"]


@pytest.fixture(scope="module")
def server():
    """Start a server that listens on a socket in its own folder, and on no port."""
    initdb, control = find("initdb"), find("pg_ctl")
    if not initdb or not control:
        pytest.skip("PostgreSQL is not installed")
    user = as_user()
    with tempfile.TemporaryDirectory() as folder:  # short: paths of sockets are limited
        if user:
            shutil.chown(folder, "postgres")
        data = f"{folder}/data"
        make = [initdb, "-D", data, "-U", "shop", "-A", "trust", "-E", "UTF8", "--no-sync"]
        subprocess.run([*user, *make], check=True, capture_output=True, cwd=folder, timeout=120)
        options = f"-c listen_addresses='' -k {folder} -c fsync=off"
        run = [control, "-D", data, "-l", f"{folder}/log", "-w", "-t", "60", "-o", options]
        try:
            # The server that stays keeps what it is given, so it is given no pipe.
            quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
            subprocess.run([*user, *run, "start"], check=True, cwd=folder, timeout=90, **quiet)
            yield f"host={folder} user=shop dbname=postgres"
        finally:
            stop = [*user, control, "-D", data, "-m", "immediate", "-w", "-t", "60", "stop"]
            subprocess.run(stop, cwd=folder, timeout=90, capture_output=True)


@pytest.fixture(scope="module")
def shop(server):
    with psycopg.connect(server) as connection:
        connection.execute("CREATE TABLE orders (id text, state text, day date, days int)")
        for row in ROWS[:1]:
            connection.execute("INSERT INTO orders VALUES (%s, %s, %s, 14)", row)
    return server


def count(shop):
    with psycopg.connect(shop) as connection:
        return connection.execute("SELECT count(*) FROM orders").fetchone()[0]


def look_up(shop, query, fields, template, **told):
    connect = partial(psycopg.connect, shop, **told)
    return LookupHandler(connect, query, fields, template, MISSING)


@pytest.mark.parametrize("autocommit", [False, True])
def test_a_row_is_found_and_a_message_changes_nothing(shop, autocommit):
    handler = look_up(shop, QUERY, [ORDER], "$order: $state, $day", autocommit=autocommit)
    assert handler.respond({"order": "AB-123456"}, "").text == "AB-123456: shipped, 2026-11-29"
    assert handler.respond({"order": "'; DROP TABLE orders; --"}, "").text == MISSING
    assert count(shop) == 1


def test_parameters_casts_and_percent_signs_are_written_for_the_driver(shop):
    query = (
        "SELECT ':x' || id AS a, 7 % 4 AS b FROM orders WHERE day <= :date::date AND days = :days"
    )
    date, days = date_field(), number_field("days")
    handler = look_up(shop, query, [date, days], "$a $b")
    values = {"date": date.read("2026-12-01").value, "days": days.read("14").value}
    assert handler.respond(values, "").text == ":xAB-123456 3"


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM orders",
        "DELETE FROM orders RETURNING id",
        "WITH gone AS (DELETE FROM orders RETURNING id) SELECT id FROM gone",
        "SELECT 1; SELECT 2",
        "SELECT 1; DELETE FROM orders",
        "SELECT 1; COMMIT; DELETE FROM orders",
        "COMMIT; DELETE FROM orders",
        "DROP TABLE orders",
        "SELECT nothing FROM orders",
        "SET default_transaction_read_only = off",
    ],
)
@pytest.mark.parametrize("autocommit", [False, True])
def test_what_is_no_single_select_is_refused(shop, query, autocommit):
    with pytest.raises(InputError, match=r"Expected a (single|query that returns rows)"):
        look_up(shop, query, [], "x", autocommit=autocommit)
    assert count(shop) == 1
