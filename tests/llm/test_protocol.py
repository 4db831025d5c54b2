"""What a language model must have, and what is done without the rest."""

import pytest
from reviews import X, Y, fake

from keraswrap.exceptions import (
    ParameterError,
)
from keraswrap.llm import (
    load_model,
)


class Least:
    """What a language model needs, and no more."""

    fingerprint, context_length, prices = "least", None, (1e6, 1e6)

    def __init__(self):
        self._own = fake()

    def score(self, prompts, continuations):
        return self._own.score(prompts, continuations)

    def generate(self, prompts, sampling):
        return self._own.generate(prompts, sampling)

    def count_tokens(self, prompts):
        return self._own.count_tokens(prompts)

    def count_continuations(self, continuations):
        return self._own.count_continuations(continuations)


def test_a_model_with_what_is_needed_is_asked_and_estimated(make):
    model, own = Least(), fake()
    clf = make(model=model).fit(X, Y)
    found = clf.estimate(X)
    prompts, words = clf._prompts(X), clf._continuations()
    read = own.count_tokens(prompts).sum() + len(X) * own.count_continuations(words).sum()
    assert (found.calls, found.tokens_in, found.tokens_out) == (len(X), read, 0)
    assert (found.cost, found.seconds) == (read, None)
    assert clf.predict(X).tolist() == Y
    assert load_model(model=model) is model


REQUIRED = ["fingerprint", "context_length", "prices"]


REQUIRED += ["count_tokens", "count_continuations", "score", "generate"]


@pytest.mark.parametrize("name", REQUIRED)
def test_a_model_without_what_is_needed_is_named_before_it_is_asked(make, name):
    model = type("Lacking", (), {n: v for n, v in vars(Least).items() if n != name})()
    with pytest.raises(ParameterError, match=f"got a Lacking without {name}. See LanguageModel"):
        make(model=model).fit(X, Y)
    with pytest.raises(ParameterError, match=f"got a Lacking without {name}. See LanguageModel"):
        load_model(model=model)


def test_a_model_that_has_lost_what_is_needed_is_named_by_an_estimate(make):
    kind = type("Losing", (), dict(vars(Least)))
    clf = make(model=kind()).fit(X, Y)
    del kind.count_tokens, kind.prices
    with pytest.raises(ParameterError, match=r"got a Losing without prices, count_tokens\."):
        clf.estimate(X)
