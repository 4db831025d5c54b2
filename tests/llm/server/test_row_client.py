"""A server that refuses some texts, or all; and one whose model thinks, or is cut."""

import json

import numpy as np
import pytest
from model_server import TinyLM, answer, serve

from keraswrap.exceptions import EndpointError, RefusedError
from keraswrap.llm._multi_label import MultiLabelZeroShotClassifier
from keraswrap.llm._protocol import Continuation, Message, Piece, Prompt
from keraswrap.llm._zero_shot import ZeroShotClassifier
from keraswrap.llm.server._client import OpenAICompatibleLM

TINY = TinyLM()
TEXTS = ["sad", "good one", "so", "good two", "well"]
FILTER = {"message": "The response was filtered.", "code": "content_filter"}
LONG = {"message": "request (900 tokens) exceeds the available context size (512 tokens)"}
ODD = {"message": "computer says no"}


@pytest.fixture
def served():
    with serve(TINY) as (url, state):
        state.url, state.says = url, "positive"
        yield state


def refusing(error, match="good"):
    def fault(handler):
        served = handler.server.served
        body = served.seen[-1][2]
        if match in body["messages"][-1]["content"].split("Text:")[-1]:
            return handler.reply(400, json.dumps({"error": error}))
        return handler.reply(200, json.dumps(answer(served, handler.path, body)))

    return fault


def make(url, **given):
    lm = OpenAICompatibleLM(url, "tiny", max_concurrency=1, **given)
    lm._backoff = 0.001
    return lm


def classify(url, cache=None, **given):
    clf = ZeroShotClassifier(model=make(url, **given), progress=False, cache=cache)
    return clf.fit(None, ["negative", "positive"])


@pytest.mark.filterwarnings("ignore:The model gave no log-prob")
@pytest.mark.parametrize("error", [FILTER, LONG, ODD])
def test_a_row_that_is_refused_is_named_and_the_others_are_answered(served, error, tmp_path):
    served.fault, served.log_probs = refusing(error), False
    for run in range(2):
        clf = classify(served.url, tmp_path / "answers")
        with pytest.warns(
            UserWarning, match=f"refused 2 of 5 texts, .*row 1 .*{error['message'][:7]}"
        ):
            labels = clf.predict(TEXTS)
        assert labels.tolist() == ["positive", None, "positive", None, "positive"]
        reasons = [bool(problem and error["message"] in problem) for problem in clf.problems_]
        assert reasons == [False, True, False, True, False]
        # Answers are kept; what was refused is asked again, since a server may change its mind.
        # Where it may be of the question, one that says nothing is asked before.
        assert len(served.seen) == (5, 7 + (error is ODD))[run]


@pytest.mark.filterwarnings("ignore:The model gave no log-prob")
def test_a_row_that_was_refused_is_answered_once_it_is_taken(served, tmp_path):
    served.fault, served.log_probs = refusing(LONG), False
    with pytest.warns(UserWarning, match="refused 2 of 5"):
        classify(served.url, tmp_path / "answers").predict(TEXTS)
    served.fault = None
    clf = classify(served.url, tmp_path / "answers")
    assert clf.predict(TEXTS).tolist() == ["positive"] * 5
    assert clf.problems_ == [None] * 5


def test_a_server_that_refuses_everything_fails_at_once(served):
    served.fault = refusing(ODD, match="")
    with pytest.raises(EndpointError, match=r"computer says no.*kept: 0 of 5"):
        classify(served.url).predict(TEXTS)
    assert len(served.seen) == 2  # a text, and one that says nothing


def test_texts_that_are_all_refused_are_an_error_that_names_them(served):
    served.fault = refusing(FILTER, match="")
    with pytest.raises(RefusedError, match=r"of 5 of 5 texts, first in row 0.*kept: 0") as caught:
        classify(served.url).predict(TEXTS)
    assert sorted(caught.value.refused) == [0, 1, 2, 3, 4]


def test_the_model_itself_gives_what_it_has_and_then_says_what_was_refused(served):
    served.fault = refusing(FILTER)
    rows = [Prompt((Message("user", (Piece(text),)),), True) for text in TEXTS]
    given = []
    with pytest.raises(RefusedError, match="of 2 of 5 texts, first in row 1"):
        given.extend(int(one.rows[0]) for one in make(served.url).score(rows, [Continuation("a")]))
    assert sorted(given) == [0, 2, 4]


@pytest.mark.filterwarnings("ignore:The model gave no log-prob")
def test_a_question_that_is_refused_is_none(served):
    served.fault, served.log_probs, served.says = refusing(FILTER), False, "yes"
    clf = MultiLabelZeroShotClassifier(model=make(served.url), progress=False)
    clf.fit(y=["price", "speed"])
    with pytest.warns(UserWarning, match="refused 4 of 10 questions"):
        found = clf.predict(TEXTS)
    assert found.tolist() == [[1, 1], [None, None], [1, 1], [None, None], [1, 1]]


def saying(content, reason="stop", **more):
    message = {"content": content, **more}
    return json.dumps({"choices": [{"message": message, "finish_reason": reason}]})


@pytest.mark.filterwarnings("ignore:The model gave no log-prob", "ignore:The answer to")
@pytest.mark.parametrize(
    ("said", "label"),
    [
        ("<think>\nnegative? No.\n</think>\n\npositive", "positive"),
        ("So I choose negative.\n</think>\n\nPositive.", "positive"),
        ("Label: positive", "positive"),
        ("**Answer:** negative", "negative"),
        ('{"label": "positive"}', "positive"),
        ('```json\n{"label": "negative"}\n```', "negative"),
        ("```\npositive\n```", "positive"),
        ('{"label": "positive", "other": "negative"}', None),
        ("The sentiment is positive.", None),
        ("positive/negative", None),
        ("positive? No, negative.", None),
    ],
)
def test_what_a_model_says_is_read_or_is_no_label(served, said, label):
    served.fault = lambda handler: handler.reply(200, saying(said))
    assert classify(served.url).predict(["x"]).tolist() == [label]


@pytest.mark.parametrize(
    ("said", "more", "where"),
    [
        ("<think>\nOkay, the user wants negative", {}, "in its thoughts"),
        (None, {"reasoning_content": "Let me think about"}, "in its thoughts"),
        ("The sentiment of the text might", {}, "short"),
    ],
)
def test_an_answer_that_was_cut_is_called_so_with_its_remedy(served, said, more, where, tmp_path):
    served.fault = lambda handler: handler.reply(200, saying(said, "length", **more))
    for _ in range(2):
        clf = classify(served.url, tmp_path / "answers")
        with pytest.warns(UserWarning, match=rf"cut {where} by max_tokens=12.*'max_tokens': 2000"):
            found = clf.predict_proba(TEXTS)
        assert np.isnan(found).all()
        assert clf.problems_ == [f"cut {where} by max_tokens=12"] * 5
    assert len(served.seen) == 5
