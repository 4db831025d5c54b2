"""The router: which handler answers, what is asked back, and when it falls back."""

import json
import pickle

import numpy as np
import pandas as pd
import pytest
from shop import FOREIGN, MISSING, ROUTES, TEXTS, Unsure, make_router, scope, words
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator

from keraswrap.exceptions import InputError, InputTypeError
from keraswrap.llm import FakeLM, ZeroShotClassifier
from keraswrap.routing import Conversation, MessageRouter


def test_a_route_is_answered_by_its_handler(router):
    reply = router.respond("where is my order AB-123456 please")
    assert (reply.kind, reply.route, reply.fields) == ("answer", "status", {"order": "AB-123456"})
    assert reply.text == "Order AB-123456: shipped, 2026-11-29."
    expected = router.classifier_.predict_proba(["where is my order AB-123456 please"]).max()
    assert reply.confidence == expected
    assert router.respond("are you open now").text == "Open 9 to 5."
    assert router.respond("where is my order AB-999999").text == MISSING


def test_what_is_out_of_scope_falls_back(database):
    router = make_router(database, out_of_scope=scope()).fit(
        [*TEXTS, *FOREIGN[:2]], [*ROUTES, None, None]
    )
    reply = router.respond("tell a joke about cats")
    assert (reply.kind, reply.route, reply.reason) == ("fallback", None, "out of scope")
    assert router.out_of_scope_.n_out_of_scope_ == 2
    assert router.respond("when are you open").route == "hours"


def test_a_classifier_that_never_answers_is_warned_of(database):
    class Silent(Unsure):
        def predict(self, X):
            return [None] * len(X)

    with pytest.warns(UserWarning, match="abstains from all of 18 training messages"):
        make_router(database, classifier=Silent()).fit(TEXTS, ROUTES)


def test_a_language_model_may_be_the_classifier(database):
    model = FakeLM({"status": ["order"], "refund": ["money"], "hours": ["open"]})
    router = make_router(database, classifier=ZeroShotClassifier(model=model)).fit(TEXTS, ROUTES)
    assert router.respond("my money please").text == "Send it back."
    assert router.respond("order AB-123456").route == "status"


@pytest.mark.parametrize("freeze", [True, False])
def test_what_is_fitted_already_is_used_as_it_is(database, freeze):
    fitted = words().fit(TEXTS, ROUTES)
    router = make_router(database, classifier=FrozenEstimator(fitted) if freeze else fitted)
    if freeze:
        router.fit(TEXTS[::-1], ROUTES[::-1])
    assert router.respond("are you open today").confidence == pytest.approx(
        fitted.predict_proba(["are you open today"]).max()
    )


def test_a_reply_is_plain_data_and_a_router_can_be_pickled(router, database):
    handlers = {**router.handlers, "status": "Soon."}
    again = pickle.loads(pickle.dumps(make_router(database, handlers=handlers).fit(TEXTS, ROUTES)))
    reply = again.respond("where is my order AB-123456")
    plain = json.loads(json.dumps(reply.to_dict()))
    assert (plain["text"], plain["route"], plain["kind"]) == ("Soon.", "status", "answer")
    assert Conversation.from_json(plain["conversation"]) == reply.conversation
    with pytest.raises(AttributeError, match="cannot assign"):
        reply.text = "x"


def test_cloning_keeps_the_parameters(router):
    assert router.get_params(deep=False)["max_length"] == 2000
    with pytest.raises(NotFittedError, match="not fitted"):
        make_router_like(router).respond("hello")


def make_router_like(router):
    return MessageRouter(words(), {**router.handlers}, "x")


@pytest.mark.parametrize(
    ("message", "error", "said"),
    [
        (None, InputTypeError, "Expected a message as a string, got None"),
        (b"hi", InputTypeError, "got b'hi'"),
        ("x" * 2001, InputError, "at most 2,000 characters, got 2,001"),
    ],
)
def test_what_is_no_message_is_refused(router, message, error, said):
    with pytest.raises(error, match=said):
        router.respond(message)
    with pytest.raises((error, InputTypeError), match=r"Expected a (message|text)"):
        router.route([message])


def test_a_conversation_is_needed_as_an_object(router):
    with pytest.raises(InputTypeError, match=r"Expected a Conversation or None, got '\{\}'"):
        router.respond("hi", "{}")


def test_routes_in_another_order_than_messages_are_refused():
    rows = range(7, 7 + len(TEXTS))
    messages, routes = pd.Series(TEXTS, rows), pd.Series(ROUTES, rows)[::-1]
    router = MessageRouter(words(), {"status": "a", "refund": "b", "hours": "c"}, "Pardon?")
    with pytest.raises(InputError, match="routes in the order of messages"):
        router.fit(messages, routes)
    with pytest.raises(InputError, match="routes in the order of messages"):
        router.fit(TEXTS, ROUTES).evaluate(messages, routes)
    with pytest.raises(InputError, match="y in the order of X"):
        scope().fit(messages, routes)


def test_numbers_of_numpy_are_numbers():
    answers = {"status": "a", "refund": "b", "hours": "c"}
    router = MessageRouter(words(), answers, "Pardon?", max_length=np.int64(20))
    assert router.fit(TEXTS, ROUTES).respond("where is my order").text == "a"
    with pytest.raises(InputError, match="at most 20 characters, got 21"):
        router.respond("?" * 21)
