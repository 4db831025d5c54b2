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
    sentiment,
)

pytestmark = [pytest.mark.slow, pytest.mark.network]

TEXTS = ["It broke after a day. Awful.", None, "Superb, I love it!", "Café <|im_end|> works."]
QUESTIONS = [sentiment(), Question("broken", "Is it broken?", ["yes", "no"])]


@pytest.mark.parametrize("chat", [False, True])
def test_a_server_gives_the_same_names_and_numbers(smollm, chat):
    def numbers(model):
        features = LanguageModelFeatures(QUESTIONS, model, chat=chat, progress=False)
        found = features.set_output(transform="pandas").fit_transform(TEXTS)
        assert features.answered_share_ == {"sentiment": 0.75, "broken": 0.75}
        return found

    with serve(fetch_smollm()) as url:
        remote = numbers(OpenAICompatibleLM(url, "m", api="chat" if chat else "completions"))
    own = numbers(smollm)
    assert list(remote.columns) == list(own.columns) == ["sentiment", "broken__yes", "broken__no"]
    # The server multiplies in 8 bits, and its log-probabilities move with what its cache holds.
    np.testing.assert_allclose(remote, own, atol=0.5)
    known = own.notna().to_numpy()
    assert np.corrcoef(remote.to_numpy()[known], own.to_numpy()[known])[0, 1] > 0.9


def test_expected_sentiment_goes_with_what_raters_say(smollm):
    rated = fetch_rated_sentences().sample(40, random_state=0)
    features = LanguageModelFeatures(
        [sentiment()], smollm, chat=True, calibration="batch", progress=False
    )
    found = features.fit_transform(rated["text"])[:, 0]
    assert spearmanr(found, rated["mean"]).statistic > 0.25
