"""What helps to judge rows."""

import numpy as np
from hostile import hostile_issues

from keraswrap.report._aids import find_aids


def test_there_are_words_of_texts_and_a_map_of_vectors_alone():
    texts, _, issues = hostile_issues(n=60)
    none, found = find_aids(issues, None, None), find_aids(issues, texts, np.eye(60))
    assert (none.words, none.row_map, none.facets()) == ({}, None, [])
    assert [facet.name for facet in found.facets()] == ["region of the map"]
    shown = found.show(np.array([5, 3]))
    assert len(shown["map"]["x"]) == 2
    assert shown["words"] == found.words
    assert find_aids(issues, np.eye(60), None).words == {}
