"""What a client is told is JSON, whatever is in it."""

import json

import pytest

from keraswrap.serving._refusals import RequestError, error_body, invalid, malformed


@pytest.mark.parametrize("message", ['Expected "a", got\nb.', "é\u2028", "\ud800"])
def test_any_message_is_json(message):
    body = error_body(message)
    assert body.isascii()
    assert json.loads(body) == {"error": message}


def test_what_cannot_be_read_and_what_is_no_row_have_a_status_each():
    assert (malformed("No.").status, invalid("No.").status) == (400, 422)


def test_a_refusal_keeps_headers_of_its_own():
    given = {"Retry-After": "1"}
    refused = RequestError(503, "Full.", given)
    given.clear()
    assert (refused.headers, str(refused)) == ({"Retry-After": "1"}, "Full.")
    assert RequestError(400, "No.").headers == {}
