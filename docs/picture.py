"""Draw docs/images/report.png: the report on rated tweets, as Chromium shows it.

Needs the network once, for the tweets and the encoder. Run it after a change to the report's page:

    python docs/picture.py
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from keraswrap.datasets import fetch_rated_sentences, make_noisy_reviews
from keraswrap.issues import find_label_issues
from keraswrap.report import make_report

PICTURE = Path(__file__).parent / "images" / "report.png"


def draw() -> None:
    """Find label issues in 2,400 tweets, and photograph the list of the report."""
    tweets = make_noisy_reviews(
        fetch_rated_sentences(kind="tweets"), n_train=2400, n_test=1, seed=2
    ).train
    texts = tweets["text"].reset_index(drop=True)
    labels = tweets["given"].map({0: "negative", 1: "positive"}).to_numpy()
    report = make_report(find_label_issues(X=texts, y=labels, views="auto"), texts)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        page_file = Path(folder) / "report.html"
        report.save(page_file)
        chromium = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 760})
        page.goto(page_file.as_uri())
        page.locator(".card").first.evaluate(
            "card => window.scrollBy(0, card.getBoundingClientRect().top - 150)"
        )
        page.screenshot(path=PICTURE)
        browser.close()


if __name__ == "__main__":
    draw()
