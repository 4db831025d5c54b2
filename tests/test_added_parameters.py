"""Keys of journals stay as they were when an estimator gets another parameter."""

import numpy as np
import pytest

from keraswrap import KerasWrapperModel, KerasWrapperRegressor, KerasWrapperSequential
from keraswrap._added_parameters import ADDED, known_before
from keraswrap._fingerprint import fingerprint
from keraswrap.issues import CleanClassifier
from keraswrap.llm import FewShotClassifier, MultiLabelZeroShotClassifier, ZeroShotClassifier
from keraswrap.model_selection import GridSearchCV, RandomizedSearchCV
from keraswrap.text import (
    TextEmbedder,
    TextTokenizer,
    TransformerClassifier,
    TransformerRegressor,
    build_vector_head,
)

MODEL = KerasWrapperModel(build_vector_head)
# As version 0.1 computed them, before any of the parameters in the table.
KEYS = [
    (MODEL, "90e7558e3ab8dd6d2e28790c20229108"),
    (KerasWrapperSequential(), "a8debc1f7b13a8098545c6c0b9361d20"),
    (KerasWrapperRegressor(build_vector_head), "9cf8426b2096f340302c6d4331624792"),
    (TextEmbedder(), "7933c06f35e77785c3f91b481dd31784"),
    (TextTokenizer(), "6d9e29db196e8f333429c6401b3c5ea8"),
    (TransformerClassifier(recipe="standard"), "778ba17d564508f6b4f1b0f728779716"),
    (TransformerRegressor(), "6eeb0ac0bfd707852003a7ac66f1f940"),
    (FewShotClassifier("lm"), "461bcdd3c584f9c6659dd153876226ac"),
    (ZeroShotClassifier("lm"), "7b144173d878511f01f3ca476718595e"),
    (MultiLabelZeroShotClassifier("lm"), "a96c8fb5e0d91523515e2b0ab0ca6fa9"),
    (CleanClassifier(MODEL, strategy="prune"), "1f1d147db41d1fa9c37db293c61d5a6c"),
    (GridSearchCV(MODEL, {"epochs": [1]}), "2e361d1d115ed319ca6c8c70dbadf10d"),
    (RandomizedSearchCV(MODEL, {"epochs": [1]}), "4b48485f80499bf962092b9f2a3a36f7"),
]


@pytest.mark.parametrize(("estimator", "key"), KEYS, ids=lambda each: type(each).__name__)
def test_an_estimator_has_the_key_of_version_0_1(estimator, key):
    assert fingerprint(estimator) == key


@pytest.mark.parametrize("name", ADDED)
def test_what_the_table_names_is_there(name):
    kinds = {f"{k.__module__}.{k.__qualname__}": k for e, _ in KEYS for k in type(e).__mro__}
    params = kinds[name]._get_param_names()
    assert set(ADDED[name]) <= set(params)
    plain = {p: ADDED[name].get(p) for p in params}
    assert known_before(kinds[name], plain).keys() == set(params) - set(ADDED[name])


@pytest.mark.parametrize("value", ["ordered", np.str_("auto"), None])
def test_another_value_counts(value):
    changed = KerasWrapperModel(build_vector_head, target=value)
    assert fingerprint(changed) != fingerprint(MODEL)


def test_a_constructor_of_ones_own_decides_for_itself():
    class Own(KerasWrapperModel):
        def __init__(self, model, target="auto"):
            super().__init__(model, target=target)

    assert known_before(Own, Own(len).get_params(deep=False)) == {"model": len, "target": "auto"}
    inherits = type("Inherits", (KerasWrapperModel,), {})
    assert "target" not in known_before(inherits, inherits(len).get_params(deep=False))
