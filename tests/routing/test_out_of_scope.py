"""What is out of scope, learned from what is in scope."""

import pickle

import numpy as np
import pytest
from shop import FOREIGN, ROUTES, TEXTS, scope
from sklearn.base import clone
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import roc_auc_score
from sklearn.svm import LinearSVC

from keraswrap.exceptions import InputError, InputTypeError, ParameterError
from keraswrap.routing import OutOfScopeDetector

WORDS = [f"word{n}" for n in range(40)]


def draw(n, seed, n_routes=3):
    """Draw messages whose words say their route, and those of a route that is left out."""
    rng = np.random.default_rng(seed)
    routes = rng.integers(0, n_routes + 1, n)
    texts = [" ".join(rng.choice(WORDS[10 * r : 10 * r + 10], 5)) for r in routes]
    return texts, [None if r == n_routes else f"r{r}" for r in routes]


def inside(texts, routes):
    kept = [n for n, route in enumerate(routes) if route]
    return [texts[n] for n in kept], [routes[n] for n in kept]


@pytest.mark.parametrize("accept", [0.8, 0.95])
def test_the_share_that_is_accepted_is_what_was_asked_for(accept):
    shares = []
    for seed in range(3):
        detector = scope(accept=accept).fit(*inside(*draw(200, seed)))
        texts, routes = draw(600, seed + 100)
        shares.append(np.mean(detector.predict(inside(texts, routes)[0]) == 1))
    # Models of several folds agree more than one does with itself, so a few more are accepted.
    assert accept - 0.02 < np.mean(shares) < accept + 0.1


def test_foreign_messages_score_lower_and_examples_help():
    texts, routes = draw(200, 0)
    new, truth = draw(400, 1)
    known = [route is not None for route in truth]
    alone = scope().fit(*inside(texts, routes))
    told = scope().fit(texts, routes)
    areas = [roc_auc_score(known, each.score_samples(new)) for each in (alone, told)]
    assert areas[0] > 0.9
    assert areas[1] >= areas[0]
    assert (alone.n_out_of_scope_, told.n_out_of_scope_) == (0, routes.count(None))
    assert told.classes_.tolist() == ["r0", "r1", "r2"]


def test_predictions_are_signs_of_the_decision_function():
    detector = scope().fit(TEXTS, ROUTES)
    new = [*TEXTS, *FOREIGN, ""]
    margin = detector.decision_function(new)
    np.testing.assert_allclose(margin, detector.score_samples(new) - detector.offset_)
    np.testing.assert_array_equal(detector.predict(new), np.where(margin >= 0, 1, -1))
    assert detector.predict(FOREIGN).tolist() == [-1] * 4


def test_the_same_seed_gives_the_same_bits_and_a_pickle_the_same_scores():
    first, again = scope().fit(TEXTS, ROUTES), scope().fit(TEXTS, ROUTES)
    assert first.offset_ == again.offset_
    kept = pickle.loads(pickle.dumps(first))
    np.testing.assert_array_equal(kept.score_samples(FOREIGN), again.score_samples(FOREIGN))
    assert clone(first).get_params()["accept"] == 0.9


def test_a_frozen_embedder_is_asked_once_for_all_folds():
    calls = []

    class Counted(TfidfVectorizer):
        def transform(self, texts):
            calls.append(len(texts))
            return super().transform(texts)

    frozen = FrozenEstimator(Counted().fit(TEXTS))
    detector = OutOfScopeDetector(frozen, cv=3).fit(TEXTS, ROUTES)
    detector.predict(FOREIGN)
    assert calls == [len(TEXTS), len(FOREIGN)]


@pytest.mark.parametrize(
    ("X", "y", "error", "said"),
    [
        (TEXTS, ROUTES[:-1], InputError, "a route for each of 18 messages, got 17"),
        (TEXTS, ["status"] * 18, InputError, "at least 2 routes"),
        ([*TEXTS, "x"], [*ROUTES, "new"], InputError, r"got one of \['new'\]"),
        (TEXTS, [0] * 18, InputError, "routes as strings, or None .* got 0 in row 0"),
        (TEXTS, "status", InputError, "a route for each message, got 'status'"),
        ("text", ROUTES, InputTypeError, "Expected a list of texts, got one str"),
        ([None, *TEXTS[1:]], ROUTES, InputTypeError, "got None in row 0"),
    ],
)
def test_bad_rows_are_refused(X, y, error, said):
    with pytest.raises(error, match=said):
        scope().fit(X, y)


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"accept": 1}, "Expected accept from 0.5 to below 1, got 1"),
        ({"accept": np.nan}, "got nan"),
        ({"accept": 0.4}, "got 0.4"),
        ({"cv": 1}, "Expected cv as a whole number of at least 2, got 1"),
        ({"cv": True}, "got True"),
        ({"embedder": 5}, "an embedder with transform, got 5"),
        ({"classifier": LinearSVC()}, "a classifier with predict_proba"),
    ],
)
def test_bad_parameters_are_refused(told, said):
    with pytest.raises(ParameterError, match=said):
        scope().set_params(**told).fit(TEXTS, ROUTES)
