"""The page in a real browser, as somebody writes to a router."""

import pytest

pytestmark = pytest.mark.browser


@pytest.fixture
def open_served(browser, served):
    """Open the page at a width; what it fetches from elsewhere or complains of is in `heard`."""
    context = browser.new_context()

    def load(width=1440, height=900, **emulated):
        page = context.new_page()
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(reduced_motion="reduce", **emulated)
        page.heard = []
        page.on("console", lambda message: page.heard.append(message.text))
        page.on("pageerror", lambda error: page.heard.append(str(error)))
        page.on("request", lambda asked: note(page, asked.url))
        page.goto(served)
        return page

    def note(page, url):
        if not url.startswith(served):
            page.heard.append(url)

    yield load
    context.close()


def write(page, text, key="Enter"):
    before = page.locator(".facts").count()
    page.get_by_label("Your message").fill(text)
    page.keyboard.press(key)
    page.locator(".facts").nth(before).wait_for()
    return page.locator(".turn.shop").last


def shows(turn):
    return turn.locator(".said").inner_text()


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1440, "light"), (1440, "dark")])
def test_a_message_and_a_question_back_are_answered(open_served, pictures, width, scheme):
    page = open_served(width, 844 if width == 390 else 900, color_scheme=scheme)
    page.screenshot(path=pictures / f"chat-{width}-{scheme}-start.png")
    assert shows(write(page, "When are you open?")) == "Open 9 to 5."
    assert "asks back" in write(page, "Where is my order?").inner_text()
    turn = write(page, "Sorry, it is AB-123456.")
    assert shows(turn) == "Order AB-123456: shipped, 2026-11-29."
    assert "order: AB-123456" in turn.inner_text()
    write(page, "I want my money back for a broken thing.")
    page.screenshot(path=pictures / f"chat-{width}-{scheme}.png")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.heard == []


def test_texts_are_shown_as_they_are_and_never_run(open_served):
    page = open_served()
    hostile = "<img src=x onerror=harmed=1><script>harmed=2</script> refund me please"
    turn = write(page, hostile)
    assert page.locator(".turn.customer .said").last.inner_text() == hostile
    assert "<script>harmed = 1</script>" in shows(turn)
    assert turn.locator(".draft-note").is_visible()
    turn = write(page, "refund me please or fail")
    assert "fallback: error" in turn.inner_text()
    assert "the printer <b>burns</b>" in turn.locator(".trace").inner_text()
    assert page.evaluate("window.harmed === undefined && !document.querySelector('img, b')")
    assert page.heard == []


def test_keys_and_the_button_begin_lines_send_and_begin_again(open_served):
    page = open_served()
    box = page.get_by_label("Your message")
    box.fill("are you open")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("today")
    write(page, box.input_value())
    assert page.locator(".turn.customer .said").inner_text() == "are you open\ntoday"
    assert page.get_by_role("status").inner_text() == "Reply: Open 9 to 5."
    page.get_by_role("button", name="New conversation").click()
    assert page.locator(".turn").count() == 0
    assert box.evaluate("node => node === document.activeElement")


def test_a_server_that_is_gone_gives_the_message_back(open_served):
    page = open_served()
    page.route("**/respond", lambda route: route.abort())
    page.get_by_label("Your message").fill("are you open")
    page.keyboard.press("Enter")
    page.get_by_role("alert").wait_for()
    assert "does not answer" in page.get_by_role("alert").inner_text()
    assert page.get_by_label("Your message").input_value() == "are you open"
    page.unroute("**/respond")
    assert shows(write(page, "are you open today")) == "Open 9 to 5."
