"""Chromium, driven headless."""

import shutil

import pytest

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
# Root has no sandbox in a container; the others keep it from asking for anything.
ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]


@pytest.fixture(scope="session")
def browser():
    if CHROMIUM is None:
        pytest.skip("Expected Chromium, which is not installed: apt-get install chromium")
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser):
    """Open a file; what it fetches or complains of is in `page.heard`."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, accept_downloads=True)

    def load(path, **emulated):
        page = context.new_page()
        page.emulate_media(**emulated)
        page.heard = []
        page.on("console", lambda message: page.heard.append(message.text))
        page.on("pageerror", lambda error: page.heard.append(str(error)))
        page.on("dialog", lambda dialog: page.heard.append(dialog.message))
        page.on("request", lambda request: page.heard.append(request.url))
        page.goto(path.as_uri())
        assert page.heard.pop(0) == path.as_uri()
        return page

    yield load
    context.close()


@pytest.fixture(scope="session")
def pictures(pytestconfig):
    """A folder for screenshots that outlives the tests: ``.pytest_cache/d/pictures``."""
    return pytestconfig.cache.mkdir("pictures")
