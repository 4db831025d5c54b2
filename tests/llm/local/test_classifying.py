"""A classifier with a net of its own: a tiny checkpoint, named, copied, pickled and searched."""

import copy
import pickle

import numpy as np
import pytest
from causal import write_causal
from scipy.special import softmax
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from keraswrap.llm import FewShotClassifier, ZeroShotClassifier

pytest.importorskip("keras_hub")

X = ["it broke", "the camera is great", "bad <|im_end|>", "it works"]
Y = ["negative", "positive"] * 2
PROMPT = "Sentiment: {labels}\n{text}\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_causal(tmp_path_factory.mktemp("tiny") / "m")


@pytest.fixture(scope="module")
def clf(folder):
    return ZeroShotClassifier(str(folder), prompt=PROMPT).fit(X=None, y=Y)


def test_probabilities_are_those_of_the_net(clf):
    (answers,) = clf.model_.score(clf._prompts(X[:1]), clf._continuations())
    np.testing.assert_allclose(
        clf.predict_proba(X)[0], softmax(answers.log_probs[0]), rtol=1e-4, atol=1e-6
    )
    assert set(clf.predict(X)) <= set(Y)
    assert [clf.tokenizer_.decode(ids) for ids in clf.label_ids_] == clf.classes_.tolist()


def test_there_is_one_net(clf, folder):
    net = clf.model_
    assert clone(clf).fit(y=Y).model_ is net
    assert copy.deepcopy(clf).model_ is net
    again = pickle.loads(pickle.dumps(clf))
    assert again.model_ is net
    np.testing.assert_array_equal(again.predict_proba(X), clf.predict_proba(X))
    assert len(pickle.dumps(clf)) < 4000  # neither the net nor its vocabulary


def test_a_search_over_examples_uses_the_one_net(clf, folder):
    search = GridSearchCV(
        FewShotClassifier(
            str(folder), prompt="{examples}\n" + PROMPT, example_prompt="{text}: {label}"
        ),
        {"max_samples": [0, 1, 2], "random_state": [0]},
        cv=2,
        error_score="raise",
    )
    with pytest.warns(UserWarning, match="at least one example of each of the 2 labels, got 1"):
        search.fit(X, Y)
    assert search.best_estimator_.model_ is clf.model_


def test_a_text_longer_than_the_context_is_cut(clf):
    with pytest.warns(UserWarning, match="Cut the end of 1 of 1 texts"):
        assert clf.predict(["great " * 200])[0] in Y
