"""The JSON interface of the page."""

import json

import pytest

from keraswrap.routing._page._requests import MOST_BYTES


def ask(client, message, conversation=None, **told):
    return client.post("/respond", json={"message": message, "conversation": conversation}, **told)


def test_a_question_back_is_answered_with_what_was_kept(client):
    asked = ask(client, "where is my order").json()
    assert (asked["kind"], asked["route"]) == ("question", "status")
    reply = ask(client, "AB-123456", asked["conversation"]).json()
    assert reply["text"] == "Order AB-123456: shipped, 2026-11-29."
    assert reply["fields"] == {"order": "AB-123456"}


def test_all_that_the_page_shows_is_told(client):
    reply = ask(client, "i want my money back").json()
    assert (reply["route"], reply["cost"], reply["draft"]) == ("refund", 0.25, True)
    assert 0.5 < reply["confidence"] < 1
    assert reply["trace"][0][0] == "classifier"


def test_a_handler_that_fails_is_told_in_the_trace(client):
    reply = ask(client, "refund me please or fail").json()
    assert (reply["kind"], reply["reason"]) == ("fallback", "error")
    assert ["handler", "refund: RuntimeError: the printer <b>burns</b>"] in reply["trace"]


@pytest.mark.parametrize(
    ("message", "kept", "said"),
    [
        ("a" * 301, None, "at most 300 characters, got 301"),
        ("hi", '{"version": 1, "turns": [], "pending": {}}', "Begin a new one"),
        ("hi", "<b>", "a conversation as JSON text"),
    ],
)
def test_what_cannot_be_used_is_told(client, message, kept, said):
    answer = ask(client, message, kept)
    assert answer.status_code == 400
    assert said in answer.json()["error"]


def test_half_of_a_sign_is_answered(client):
    body = b'{"message": "open \\ud83d today?", "conversation": null}'
    answer = client.post("/respond", content=body, headers={"content-type": "application/json"})
    assert answer.json()["text"] == "Open 9 to 5."


def test_too_much_is_refused_whether_its_length_is_told_or_not(client):
    told = {"content-type": "application/json"}
    for content in (b"a" * (MOST_BYTES + 1), iter([b"a" * MOST_BYTES, b"a"])):
        assert client.post("/respond", content=content, headers=told).status_code == 413


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_what_a_form_elsewhere_can_send_is_refused(client, kind):
    content = json.dumps({"message": "hi", "conversation": None})
    answer = client.post("/respond", content=content, headers={"content-type": kind})
    assert answer.status_code == 415


@pytest.mark.parametrize(
    "headers", [{"host": "rebound.example"}, {"origin": "http://elsewhere.example"}]
)
def test_other_pages_get_no_reply(client, headers):
    answer = ask(client, "are you open today", headers=headers)
    assert answer.status_code == 403
    assert "Expected" in answer.json()["error"]


def test_a_router_that_fails_shows_the_page_nothing(client, page_router, monkeypatch, caplog):
    monkeypatch.setattr(page_router, "handlers", {"status": "x", "refund": object(), "hours": "y"})
    monkeypatch.setattr(page_router, "respond", lambda *_: {}["secret"])
    answer = ask(client, "hi")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "KeyError: 'secret'" in caplog.text


def test_the_page_and_its_files_need_nothing_else(client):
    page = client.get("/")
    assert "A &lt;i&gt;shop&lt;/i&gt;" in page.text
    assert 'maxlength="300"' in page.text
    for name, kind in (("page.css", "text/css"), ("page.js", "text/javascript")):
        given = client.get(f"/{name}")
        assert given.headers["content-type"].startswith(kind)
        assert "http" not in given.text
    assert client.get("/page.py").status_code == 404
    assert client.get("/respond").status_code == 405
