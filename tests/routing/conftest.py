"""The shop's database, and a router that is fitted once."""

import pytest
from shop import ROUTES, TEXTS, make_database, make_router


@pytest.fixture(scope="session")
def database(tmp_path_factory):
    return make_database(tmp_path_factory.mktemp("shop") / "shop.db")


@pytest.fixture(scope="session")
def router(database):
    return make_router(database).fit(TEXTS, ROUTES)
