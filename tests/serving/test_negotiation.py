"""Which form a request has, and which its answer."""

import pytest

from keraswrap.serving._negotiation import ARROW, JSON, LINES, choose_answer, read_type
from keraswrap.serving._refusals import RequestError


@pytest.mark.parametrize(
    ("accept", "given", "expected"),
    [
        ("", LINES, LINES),
        ("*/*", ARROW, ARROW),
        ("application/*", LINES, LINES),
        (f"{LINES}, {JSON};q=0.9", JSON, LINES),
        (f"*/*;q=0.1, {ARROW}", JSON, ARROW),
        (f"*/*, {JSON};q=0", JSON, LINES),
        ("application/jsonl", JSON, LINES),
        (f"{JSON};q=nonsense, {LINES};q=.1", JSON, LINES),
        (f"text/html, {JSON};q=5", LINES, JSON),
    ],
)
def test_the_heaviest_form_is_chosen(accept, given, expected):
    assert choose_answer(accept, given) == expected


@pytest.mark.parametrize("accept", ["text/html", ";", f"{JSON};q=0", "*/*;q=0", "\xff"])
def test_other_forms_are_refused(accept):
    with pytest.raises(RequestError, match="Expected to answer as"):
        choose_answer(accept, JSON)


@pytest.mark.parametrize("kind", ["", "json", "text/plain", f"{JSON}; charset=utf-16"])
def test_other_requests_are_refused(kind):
    with pytest.raises(RequestError, match="as Content-Type, in UTF-8"):
        read_type(kind)


def test_requests_of_three_forms_are_read():
    assert [read_type(kind) for kind in (JSON, f'{JSON}; charset="UTF-8"', LINES, ARROW)] == [
        *(JSON, JSON, LINES, ARROW)
    ]
