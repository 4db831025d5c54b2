"""What stands on an open report."""

READ = "cards => cards.map((c) => [Number(c.querySelector('h3').innerText.slice(4)), c.dataset])"


def cards(page):
    """Of each card the position of its row, and the action on it: empty if none."""
    return [(row, data["action"]) for row, data in page.locator(".card").evaluate_all(READ)]


def shown(page):
    return [row for row, _ in cards(page)]


def decided(page):
    return {row: action for row, action in cards(page) if action}


def export(page, form, target):
    """Press a button of export, and keep what it gives."""
    with page.expect_download() as waiting:
        page.click(f"#export-{form}")
    waiting.value.save_as(target)
    return waiting.value.suggested_filename
