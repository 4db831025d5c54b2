"""A small shop: its database, its messages, and a router that answers them."""

import sqlite3
from functools import partial

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from keraswrap.routing import LookupHandler, MessageRouter, OutOfScopeDetector, order_number
from keraswrap.selective import CascadeResult

ORDER = order_number(r"[A-Z]{2}-\d{6}")
QUERY = "SELECT state, day FROM orders WHERE id = :order"
MISSING = "There is no such order."
ROWS = [("AB-123456", "shipped", "2026-11-29"), ("AB-123457", "$order ${state} {order}", "<b>")]
MESSAGES = {
    "status": [
        "where is my order",
        "has my parcel been shipped",
        "track my parcel please",
        "when will my order arrive",
        "where is order AB-123456",
        "order status please",
    ],
    "refund": [
        "i want my money back",
        "refund me please",
        "how do i return this for a refund",
        "money back for a broken thing",
        "return and refund",
        "please refund the price",
    ],
    "hours": [
        "when are you open",
        "opening hours of the shop",
        "is the shop open on sunday",
        "at what time do you close",
        "are you open today",
        "shop hours on monday",
    ],
}
TEXTS = [text for texts in MESSAGES.values() for text in texts]
ROUTES = [route for route, texts in MESSAGES.items() for _ in texts]
FOREIGN = ["sing a song", "write python code", "compose love poetry", "tell a joke about cats"]


def make_database(path):
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE orders (id TEXT, state TEXT, day TEXT)")
        connection.executemany("INSERT INTO orders VALUES (?, ?, ?)", ROWS)
    connection.close()
    return path


def words():
    return make_pipeline(TfidfVectorizer(), LogisticRegression(C=10))


def scope(**told):
    return OutOfScopeDetector(TfidfVectorizer(), **{"cv": 3, "accept": 0.9, **told})


class Unsure(ClassifierMixin, BaseEstimator):
    """A classifier that tells its stages and costs, and abstains from short messages."""

    def fit(self, X, y):
        self.model_ = words().fit(X, y)
        self.classes_ = self.model_.classes_
        return self

    def predict_proba(self, X):
        return self.model_.predict_proba(X)

    def predict(self, X):
        return self.predict_details(X).labels

    def predict_details(self, X):
        labels = [p if len(x) > 9 else None for p, x in zip(self.model_.predict(X), X, strict=True)]
        stage = np.array([-1 if label is None else 0 for label in labels])
        sure = self.predict_proba(X).max(axis=1)
        return CascadeResult(np.array(labels, "O"), stage, ("words",), np.full(len(X), 0.25), sure)


class Told(sqlite3.Connection):
    """A connection that tells what reaches the database."""

    told = []

    def cursor(self):
        return super().cursor(Told.Cursor)

    class Cursor(sqlite3.Cursor):
        def execute(self, sql, given=()):
            Told.told.append((sql, given))
            return super().execute(sql, given)


def told_connection(path):
    return sqlite3.connect(f"file:{path}?mode=ro", uri=True, factory=Told)


def status(path, connection=None):
    source = connection or partial(told_connection, path)
    return LookupHandler(source, QUERY, [ORDER], "Order $order: $state, $day.", MISSING)


def make_router(path, **told):
    handlers = {"status": status(path), "refund": "Send it back.", "hours": "Open 9 to 5."}
    given = {"classifier": words(), "handlers": handlers, "fallback": "A person will answer."}
    return MessageRouter(**{**given, **told})
