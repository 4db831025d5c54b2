"""A report in the browser."""

import pytest


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
