"""A model that answers by words in the text, and features of its answers."""

import pytest
from asked_reviews import QUALITY, TOPIC, answer

from keraswrap.llm import FakeLM, LanguageModelFeatures


@pytest.fixture
def lm():
    return FakeLM(answer)


@pytest.fixture
def make(lm):
    """What makes features of both questions, by this model unless told otherwise."""

    def make(questions=(QUALITY, TOPIC), **kwargs):
        return LanguageModelFeatures(list(questions), **{"model": lm, **kwargs})

    return make
