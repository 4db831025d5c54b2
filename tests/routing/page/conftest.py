"""The page's application, driven without a network, and a server of it on loopback."""

import threading
from contextlib import contextmanager

import pytest
from shop import ROUTES, TEXTS, make_router

from keraswrap._web import bind
from keraswrap.routing import Answer
from keraswrap.routing._page._app import make_app
from keraswrap.routing._page._server import make_server

HOST = {"host": "127.0.0.1:8000", "origin": "http://127.0.0.1:8000"}


class Refund:
    """Drafts a text with markup in it, and fails where a message says so."""

    fields = ()

    def respond(self, fields, message):
        if "fail" in message:
            raise RuntimeError("the printer <b>burns</b>")
        return Answer("We refund it, <b>Ann</b>.\n<script>harmed = 1</script>", True, cost=0.25)


@pytest.fixture(scope="session")
def page_router(database):
    router = make_router(database)
    router.set_params(handlers={**router.handlers, "refund": Refund()}, max_length=300)
    return router.fit(TEXTS, ROUTES)


@pytest.fixture
def client(page_router):
    testclient = pytest.importorskip("starlette.testclient")
    app = make_app(page_router, "A <i>shop</i>", ["here.example"])
    return testclient.TestClient(app, base_url="http://127.0.0.1:8000", headers=HOST)


@contextmanager
def running(router, title="A small shop"):
    """Serve the page from a thread, on a free port of loopback, and yield its address."""
    server = make_server(router, title, [])
    with bind("127.0.0.1", 0) as listening:
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
        finally:
            server.should_exit = True
            thread.join(10)
    assert not thread.is_alive()


@pytest.fixture(scope="module")
def served(page_router):
    with running(page_router) as address:
        yield address
