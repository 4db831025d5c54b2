"""Requests that nobody would think of: the server answers each, and never by a failure."""

import pytest
from fuzzed import checked, requests
from hypothesis import HealthCheck, given, settings

SETTINGS = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def asked(client):
    return client


def test_no_request_fails(asked):
    @SETTINGS
    @given(requests())
    def run(request):
        checked(asked, request)

    run()
    assert asked.ask("/health").status == 200
    assert asked.metric("keraswrap_queue_rows") == 0
