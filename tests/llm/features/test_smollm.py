"""Features of SmolLM2: the same over llama.cpp's server, and of some worth."""

import numpy as np
import pytest
from llama import serve
from scipy.stats import spearmanr

from keraswrap.datasets import fetch_rated_sentences, fetch_smollm
from keraswrap.llm import (
    LanguageModelFeatures,
    OpenAICompatibleLM,
    Question,
    load_model,
    propose_questions,
    sentiment,
)

pytestmark = [pytest.mark.slow, pytest.mark.network]

TEXTS = ["It broke after a day. Awful.", None, "Superb, I love it!", "Café <|im_end|> works."]
QUESTIONS = [sentiment(), Question("broken", "Is it broken?", ["yes", "no"])]


@pytest.fixture(scope="module")
def local():
    return load_model(fetch_smollm())


@pytest.mark.parametrize("chat", [False, True])
def test_a_server_gives_the_same_names_and_numbers(local, chat):
    def numbers(model):
        features = LanguageModelFeatures(QUESTIONS, model, chat=chat, progress=False)
        found = features.set_output(transform="pandas").fit_transform(TEXTS)
        assert features.answered_share_ == {"sentiment": 0.75, "broken": 0.75}
        return found

    with serve(fetch_smollm()) as url:
        remote = numbers(OpenAICompatibleLM(url, "m", api="chat" if chat else "completions"))
    own = numbers(local)
    assert list(remote.columns) == list(own.columns) == ["sentiment", "broken__yes", "broken__no"]
    # The server multiplies in 8 bits, and its log-probabilities move with what its cache holds.
    np.testing.assert_allclose(remote, own, atol=0.5)
    known = own.notna().to_numpy()
    assert np.corrcoef(remote.to_numpy()[known], own.to_numpy()[known])[0, 1] > 0.9


def test_expected_sentiment_goes_with_what_raters_say(local):
    rated = fetch_rated_sentences().sample(40, random_state=0)
    features = LanguageModelFeatures(
        [sentiment()], local, chat=True, calibration="batch", progress=False
    )
    found = features.fit_transform(rated["text"])[:, 0]
    assert spearmanr(found, rated["mean"]).statistic > 0.25


def test_what_it_proposes_is_valid(local):
    texts, y = ["It broke.", "Superb!", "Broke at once.", "I love it."], [0, 1, 0, 1]
    (question,) = propose_questions(texts, y, local, n_questions=1, n_examples=4)
    assert 2 <= len(question.answers) <= 5
    assert 8 <= len(question.text) <= 150
