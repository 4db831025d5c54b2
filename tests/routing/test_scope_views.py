"""Views of messages: as scikit-learn computes them, in chunks, of any kind of vectors."""

import numpy as np
import pytest
from scipy.sparse import csr_array
from shop import FOREIGN, ROUTES, TEXTS
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics.pairwise import cosine_similarity
from sklearn.preprocessing import normalize

from keraswrap.routing import _scope_views
from keraswrap.routing._scope_views import combine, fit_scope, nearest, ranks


@pytest.mark.parametrize("kind", [np.asarray, csr_array])
def test_the_nearest_row_is_found_in_chunks(kind, monkeypatch):
    monkeypatch.setattr(_scope_views, "_CHUNK", 3)
    rng = np.random.default_rng(0)
    vectors, known = rng.normal(size=(10, 4)), rng.normal(size=(6, 4))
    found = nearest(kind(normalize(vectors)), kind(normalize(known)))
    np.testing.assert_allclose(found, cosine_similarity(vectors, known).max(axis=1))


def test_vectors_need_no_embedder_and_their_length_does_not_count():
    vectors = TfidfVectorizer().fit_transform(TEXTS).toarray()
    none = np.empty((0, vectors.shape[1]))
    plain = fit_scope(None, LogisticRegression(), (vectors, np.array(ROUTES), none))
    longer = fit_scope(None, LogisticRegression(), (5 * vectors, np.array(ROUTES), none))
    found = plain.view(vectors[:4])
    assert found.shape == (4, 2)
    np.testing.assert_allclose(found[:, 1], 1)
    np.testing.assert_allclose(longer.view(3 * vectors[:4]), found)
    words = fit_scope(TfidfVectorizer(), LogisticRegression(), (TEXTS, np.array(ROUTES), []))
    np.testing.assert_allclose(words.view(TEXTS[:4]), found)


def test_known_foreign_rows_teach_the_embedder_nothing():
    model = fit_scope(TfidfVectorizer(), LogisticRegression(), (TEXTS, np.array(ROUTES), FOREIGN))
    assert "joke" not in model.embedder.vocabulary_


def test_views_are_those_of_scikit_learn():
    tfidf, head = TfidfVectorizer().fit(TEXTS), LogisticRegression()
    asked = TEXTS[:4] + FOREIGN
    views = fit_scope(TfidfVectorizer(), LogisticRegression(), (TEXTS, np.array(ROUTES), FOREIGN))
    known = normalize(tfidf.transform(TEXTS))
    proba = head.fit(known, ROUTES).predict_proba(tfidf.transform(asked)).max(axis=1)
    near = [cosine_similarity(tfidf.transform(asked), tfidf.transform(t)) for t in (TEXTS, FOREIGN)]
    inner, outer = (each.max(axis=1) for each in near)
    expected = np.stack([proba, inner, inner - outer], axis=1)
    np.testing.assert_allclose(views.view(asked), expected, atol=1e-6)


def test_ranks_are_shares_of_the_reference_at_or_below():
    reference = np.sort(np.random.default_rng(0).random((50, 2)), axis=0)
    views = np.random.default_rng(1).random((9, 2))
    below = (reference[None] <= views[:, None]).sum(axis=1)
    np.testing.assert_allclose(ranks(views, reference), (below + 0.5) / 51)


def test_known_foreign_rows_count_only_where_they_are_nearer():
    reference = np.sort(np.random.default_rng(0).random((50, 3)) - [0, 0, 0.1], axis=0)
    views = np.random.default_rng(1).random((30, 3)) - [0, 0, 0.5]
    alone, capped = combine(views[:, :2], reference[:, :2]), combine(views, reference)
    nearer = views[:, 2] < 0
    np.testing.assert_array_equal(capped[~nearer], alone[~nearer])
    expected = np.minimum(alone, ranks(views, reference)[:, 2])
    np.testing.assert_array_equal(capped[nearer], expected[nearer])
    assert (capped[nearer] < alone[nearer]).any()
