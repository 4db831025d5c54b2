"""Rows that people label in a browser, without any label of a model before their eyes."""

import numpy as np
import pytest
from hostile import HOSTILE
from pages import decided, export, shown

from keraswrap.labeling import ask_people, label_texts

pytestmark = pytest.mark.browser
N = 60


def test_labels_given_on_the_page_come_back(open_page, pictures, tmp_path):
    truth = np.array(["good", "bad"] * (N // 2))
    texts = [f"{word} {n}" for n, word in enumerate(np.where(truth == "good", "fine", "broke"))]
    hostile = [text for text in HOSTILE if text.isprintable()]
    texts[: len(hostile)] = hostile
    table = label_texts(texts, {"guess": ["good"] * N}, classes=["bad", "good"])
    asked = ask_people(table, 12, audit=1.0)
    (path,) = asked.save(tmp_path / "questions.html")
    page = open_page(path)
    rows = shown(page)
    assert len(rows) == 12
    page.screenshot(path=pictures / "questions.png", full_page=True)
    text = page.locator("body").inner_text()
    assert "guess" not in text
    assert "likely wrong" not in text
    where = {int(asked.table.row_ids[at]): at for at in asked.rows}
    keys = {"bad": "1", "good": "2"}
    page.locator("#card-0 h3").click()
    for row in rows[1:]:
        page.keyboard.press("j")
        page.keyboard.press(keys[truth[where[row]]])
        page.keyboard.press("i")
    page.get_by_role("button", name=truth[where[rows[0]]]).first.click()
    page.screenshot(path=pictures / "questions-labeled.png", full_page=True)
    assert set(decided(page).values()) == {"relabel"}
    export(page, "csv", tmp_path / "ann.csv")
    assert page.evaluate("window.harmed === undefined")
    found = asked.add(tmp_path / "ann.csv")
    assert found.audit.sum() == 12
    said = found.source == "people"
    assert sorted(np.flatnonzero(said)) == sorted(asked.rows)
    assert found.label[said].tolist() == truth[said].tolist()
