"""A server for tests that leave it as it is."""

import pytest
from served import model, serving


@pytest.fixture(scope="session")
def estimator():
    return model()


@pytest.fixture(scope="session")
def client(estimator):
    with serving(estimator) as found:
        yield found
