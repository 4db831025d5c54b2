"""Answer from a database: one query, bound parameters, a connection that cannot write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from keraswrap.exceptions import InputError, InputTypeError, KeraswrapError, ParameterError
from keraswrap.routing._answers import Answer
from keraswrap.routing._connections import (
    ConnectionLike,
    as_parameters,
    read_opener,
    style_of,
)
from keraswrap.routing._fields import Field, check_fields
from keraswrap.routing._sql import bind, parameter_names, write_query
from keraswrap.routing._templates import check_names, is_missing, read_template

__all__ = ["LookupHandler", "Table"]


@dataclass(frozen=True)
class Table:
    """Rows that a query found.

    Parameters
    ----------
    columns : tuple of str
    rows : list of tuple
    more : bool
        Whether there are more rows than were read.
    """

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    more: bool = False


class LookupHandler:
    r"""Answer from a database that cannot be written through this handler.

    The query is fixed when the handler is made. A message adds nothing to it but values
    of fields, and those are bound as parameters.

    Parameters
    ----------
    connection : path or callable
        File of an SQLite database; or a function that opens a new DB-API connection,
        for instance ``functools.partial(psycopg.connect, "dbname=shop")``. It is called
        for each message and closed after it, so that threads never share one.
    query : str
        A single SELECT, with parameters as ``:name``, whichever driver it is for.
    fields : sequence of Field
        Each parameter of the query is one of them.
    template : str
        In the syntax of ``string.Template``; names columns of the query and
        fields. It is filled for each row; rows go into lines of their own.
    missing : str
        What to answer if the query finds nothing; plain text. It should not tell
        whether the order exists and is someone else's.
    max_rows : int, at least 1, default=10
        Most rows that are read.
    null_text : dict of str to str, optional
        What to write for a NULL, by column: ``{"day": "a day not known yet"}``. If a row has
        NULL where the template names a column without such a text, the answer is not usable
        and the router falls back, since "None" says nothing and `missing` would be wrong.
    paramstyle : str, optional
        How the driver writes parameters, as PEP 249 names it; by default what its
        module says.

    Raises
    ------
    InputTypeError, ParameterError
        If a parameter has an invalid value: a query with parameters that are no fields,
        a template that names neither columns nor fields, a `null_text` of no column.
    InputError
        If the database refuses the query: it is no single statement that only reads.

    Notes
    -----
    The query is run once when the handler is made, with NULL for each parameter, so
    that the database itself says whether it only reads, and which columns it has.
    SQLite opens files with ``mode=ro`` and compiles a statement only if its authorizer
    finds nothing in it but reading; with any other driver the session and its
    transactions are read-only. A role that may only read is still the better half of
    this: give the handler one.

    Examples
    --------
    >>> import sqlite3
    >>> from keraswrap.routing import LookupHandler, order_number
    >>> def shop():
    ...     connection = sqlite3.connect(":memory:")
    ...     connection.execute("CREATE TABLE orders AS SELECT 'AB-1' AS id, 'on its way' AS state")
    ...     return connection
    >>> query = "SELECT state FROM orders WHERE id = :order"
    >>> status = LookupHandler(
    ...     shop, query, [order_number(r"[A-Z]{2}-\d")], "$order is $state.", "No such order."
    ... )
    >>> status.respond({"order": "AB-1"}, "Where is AB-1?").text
    'AB-1 is on its way.'
    """

    def __init__(
        self,
        connection: ConnectionLike,
        query: str,
        fields: Sequence[Field],
        template: str,
        missing: str,
        *,
        max_rows: int = 10,
        null_text: Mapping[str, str] | None = None,
        paramstyle: str | None = None,
    ) -> None:
        if not isinstance(missing, str):
            raise InputTypeError(f"Expected missing as a text, got {missing!r:.60}.")
        if not isinstance(max_rows, int | np.integer) or isinstance(max_rows, bool) or max_rows < 1:
            raise ParameterError(
                f"Expected max_rows as a whole number of at least 1, got {max_rows!r:.60}."
            )
        self.connection = connection
        self.query = query
        self.fields = check_fields(fields, "LookupHandler")
        self.template = template
        self.missing = missing
        self.max_rows = max_rows
        self.null_text = null_text
        self.paramstyle = paramstyle
        self._names = parameter_names(query)
        self._check_parameters()
        self._template = read_template(template, None, "LookupHandler")
        self._opener = read_opener(connection)
        columns = self._try_query().columns
        check_names(self._template, [*columns, *self._field_names], "LookupHandler")
        _check_null_text(null_text, columns)

    def look_up(self, fields: Mapping[str, object]) -> Table:
        """Run the query.

        Parameters
        ----------
        fields : mapping of str to object

        Returns
        -------
        Table
            At most `max_rows` rows.
        """
        return self._run({name: fields[name] for name in self._names})

    def respond(self, fields: Mapping[str, object], message: str) -> Answer:
        """Return the template, filled with each row that is found.

        Parameters
        ----------
        fields : mapping of str to object
        message : str
            It is not read.

        Returns
        -------
        Answer
            With `missing` if nothing is found. Not usable if the template names a column
            that is NULL in some row and has no text in `null_text`.
        """
        table = self.look_up(fields)
        if not table.rows:
            return Answer(self.missing, found=False, notes=("nothing found",))
        known = {name: fields[name] for name in self._field_names}
        filled = [{**known, **self._read_row(table.columns, row)} for row in table.rows]
        if nulls := self._nulls(filled):
            told = f"{', '.join(nulls)} is NULL, and null_text has no text for it"
            return Answer("", usable=False, notes=(told,))
        notes = (f"more than {self.max_rows} rows found",) if table.more else ()
        return Answer("\n".join(map(self._template.fill, filled)), notes=notes)

    def _read_row(self, columns: Sequence[str], row: Sequence[object]) -> dict[str, object]:
        """Return the values of a row, with the texts for those that are NULL."""
        texts = self.null_text or {}
        return {
            name: texts.get(name) if is_missing(value) else value
            for name, value in zip(columns, row, strict=True)
        }

    def _nulls(self, filled: Sequence[Mapping[str, object]]) -> list[str]:
        named = sorted(self._template.names)
        return [name for name in named if any(is_missing(each[name]) for each in filled)]

    @property
    def _field_names(self) -> list[str]:
        return [each.name for each in self.fields]

    def _check_parameters(self) -> None:
        if unknown := sorted(set(self._names) - set(self._field_names)):
            raise ParameterError(
                f"Expected parameters of the query to be fields, {self._field_names}, got "
                f"{unknown}. Declare a Field for each."
            )

    def _try_query(self) -> Table:
        """Have the database say that the query is one statement that only reads."""
        try:
            return self._run(dict.fromkeys(self._names))
        except KeraswrapError:
            raise
        except Exception as error:
            raise InputError(
                f"Expected a single SELECT that the database runs, got {self.query!r:.100}: "
                f"{type(error).__name__}: {error}"
            ) from error

    def _run(self, values: Mapping[str, object]) -> Table:
        with self._opener.open() as connection:
            style = self.paramstyle or style_of(connection)
            values = as_parameters(connection, values)
            cursor = connection.cursor()
            if self._names:
                cursor.execute(write_query(self.query, style), bind(self._names, values, style))
            else:
                cursor.execute(write_query(self.query, "named"))
            self._check_result(cursor)
            rows = [tuple(row) for row in cursor.fetchmany(self.max_rows + 1)]
            columns = tuple(each[0] for each in cursor.description)
            self._check_end(cursor)
        return Table(columns, rows[: self.max_rows], len(rows) > self.max_rows)

    def _check_result(self, cursor: Any) -> None:
        if cursor.description is None:
            raise InputError(
                f"Expected a query that returns rows, got {self.query!r:.100}, which does not."
            )

    def _check_end(self, cursor: Any) -> None:
        further = getattr(cursor, "nextset", None)
        if further is not None and further():
            raise InputError(f"Expected a single statement, got {self.query!r:.100}.")


def _check_null_text(given: object, columns: Sequence[str]) -> None:
    texts = {} if given is None else given
    if not isinstance(texts, Mapping) or not all(isinstance(text, str) for text in texts.values()):
        raise InputTypeError(f"Expected null_text as a dict of texts by column, got {given!r:.60}.")
    if unknown := [name for name in texts if name not in columns]:
        raise ParameterError(
            f"Expected null_text for columns of the query, {list(columns)}, got {unknown!r:.80}."
        )
