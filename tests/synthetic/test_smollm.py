"""Texts of SmolLM2: the same for a seed, asked once, within a budget, and not all of use."""

import pytest
from sklearn.base import clone

from keraswrap.datasets import fetch_smollm
from keraswrap.llm import AnswerCache, load_model
from keraswrap.synthetic import TextSynthesizer

pytestmark = [pytest.mark.slow, pytest.mark.network]

ROWS = ["Can you help me track my card?", "Does the card you sent have a tracking number?"]
ROWS += ["Where is my credit card that was to be mailed?", "When will I get my new card?"]
OTHERS = ["I want my money back, please.", "How do I ask for a refund?", "Refund my last payment."]
FITTED = ROWS + OTHERS, ["arrival"] * 4 + ["refund"] * 3


@pytest.fixture(scope="module")
def model():
    return load_model(fetch_smollm())


@pytest.fixture
def maker(model, tmp_path):
    return TextSynthesizer(
        model,
        chat=False,
        temperature=0.8,
        max_tokens=30,
        max_tries=2,
        instruction="Messages of customers to a bank:",
        cache=tmp_path / "answers.db",
        progress=False,
    )


@pytest.mark.thorough
@pytest.mark.filterwarnings("ignore:Accepted")
def test_the_same_seed_gives_the_same_texts_and_nothing_is_asked_twice(maker, model):
    made = maker.fit(*FITTED).sample(3, "arrival")
    assert made.rows
    tokens = made.provenance["tokens"]
    assert tokens[1] > 0
    again = clone(maker).fit(*FITTED).sample(3, "arrival")
    assert again.to_frame().equals(made.to_frame())
    assert again.provenance["tokens"] == [0, 0]
    anew = clone(maker).set_params(cache=None).fit(*FITTED)  # written once more
    assert anew.sample(3, "arrival").to_frame().equals(made.to_frame())
    assert AnswerCache(maker.cache).info().n_answers == len(made.rows)


@pytest.mark.thorough
@pytest.mark.filterwarnings("ignore:Accepted")
def test_whatever_is_accepted_is_no_row_and_has_a_reason_otherwise(maker):
    made = maker.set_params(chat=True).fit(*FITTED).sample(3, "arrival")
    known = {text.casefold() for text in FITTED[0]}
    assert not known & {text.casefold() for text in made.texts}
    assert all(row.reason for row in made.rejected)
    assert len(made) + sum(made.reasons().values()) == len(made.rows)


def test_a_budget_holds(maker, model, monkeypatch):
    monkeypatch.setattr(model, "prices", (0.0, 1e6))  # 1 a token
    maker.set_params(max_cost=70)
    with pytest.warns(UserWarning, match="would pass max_cost"):
        made = maker.fit(*FITTED).sample(20, "arrival")
    assert 0 < maker.cost_ <= 70
    assert made.rows
