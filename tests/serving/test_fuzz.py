"""Requests that nobody would think of: the server answers each, and never by a failure."""

import pytest
from fuzzed import checked, requests
from hypothesis import HealthCheck, given, settings

SETTINGS = {
    "deadline": None,
    "derandomize": True,
    "database": None,
    "suppress_health_check": list(HealthCheck),
}
LONG = pytest.mark.timeout(1800)


@pytest.fixture(scope="module")
def asked(client):
    return client


@pytest.mark.parametrize("n", [150, pytest.param(10_000, marks=[pytest.mark.thorough, LONG])])
def test_no_request_fails(asked, n):
    @settings(max_examples=n, **SETTINGS)
    @given(requests())
    def run(request):
        checked(asked, request)

    run()
    assert asked.ask("/health").status == 200
    assert asked.metric("keraswrap_queue_rows") == 0
