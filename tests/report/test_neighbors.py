"""Neighbours of texts, against scikit-learn's search by brute force."""

import numpy as np
import pytest
from hostile import hostile_issues
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.neighbors import NearestNeighbors

from keraswrap.exceptions import InputError, ParameterError
from keraswrap.report import make_report
from keraswrap.report._neighbors import find_text_neighbors


def test_they_are_those_of_a_search_by_brute_force():
    rng = np.random.default_rng(0)
    words = np.array([f"w{i}" for i in range(40)])
    texts = [" ".join(rng.choice(words, 12)) for _ in range(230)]
    found = find_text_neighbors(texts, range(230))
    vectors = TfidfVectorizer(token_pattern=r"\w+", sublinear_tf=True).fit_transform(texts)
    search = NearestNeighbors(n_neighbors=5, metric="cosine").fit(vectors)
    distances = search.kneighbors()[0]
    for row, near in found.items():
        own = 1 - (vectors[near] @ vectors[row].T).toarray().ravel()
        np.testing.assert_allclose(own, distances[row], atol=1e-3)
        assert row not in near


@pytest.mark.parametrize("texts", [["", "", ""], ["!", "?", ""], ["one"]])
def test_texts_without_words_have_none(texts):
    assert [len(near) for near in find_text_neighbors(texts, range(len(texts))).values()] == [
        0 for _ in texts
    ]


def test_a_report_takes_others_words_or_none():
    texts, _, issues = hostile_issues()
    near = np.tile([[11, 12]], (60, 1))
    held = make_report(issues, texts, neighbors=near).summary["worklist"]["neighbors"]
    assert {len(v) for v in held.values()} == {2}
    assert len(held) == issues.n_issues
    assert make_report(issues, texts).summary["worklist"]["neighbors"]
    assert not make_report(issues, texts, neighbors=None).summary["worklist"]["neighbors"]
    assert not make_report(issues, np.zeros((60, 2))).summary["worklist"]["neighbors"]


@pytest.mark.parametrize(
    ("neighbors", "error", "match"),
    [
        ("cosine", ParameterError, "Expected neighbors to be 'words'"),
        (np.zeros((3, 2)), InputError, r"Expected neighbors of shape \(60, m\), got \(3, 2\)"),
    ],
)
def test_others_are_refused(neighbors, error, match):
    texts, _, issues = hostile_issues()
    with pytest.raises(error, match=match):
        make_report(issues, texts, neighbors=neighbors)
