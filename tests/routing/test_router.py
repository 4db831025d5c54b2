"""The router: which handler answers, what is asked back, and when it falls back."""

import json
import pickle
import threading

import numpy as np
import pandas as pd
import pytest
from shop import FOREIGN, MISSING, ROUTES, TEXTS, make_router, scope, words
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.svm import LinearSVC

from keraswrap.exceptions import InputError, InputTypeError, ParameterError
from keraswrap.llm import FakeLM, ZeroShotClassifier
from keraswrap.routing import Answer, Conversation, MessageRouter
from keraswrap.selective import CascadeClassifier, CascadeResult, SelectiveClassifier


class Unsure(ClassifierMixin, BaseEstimator):
    """A classifier that tells its stages and costs, and abstains from short messages."""

    def fit(self, X, y):
        self.model_ = words().fit(X, y)
        self.classes_ = self.model_.classes_
        return self

    def predict_proba(self, X):
        return self.model_.predict_proba(X)

    def predict(self, X):
        return self.predict_details(X).labels

    def predict_details(self, X):
        labels = [p if len(x) > 9 else None for p, x in zip(self.model_.predict(X), X, strict=True)]
        stage = np.array([-1 if label is None else 0 for label in labels])
        sure = self.predict_proba(X).max(axis=1)
        return CascadeResult(np.array(labels, "O"), stage, ("words",), np.full(len(X), 0.25), sure)


def test_a_route_is_answered_by_its_handler(router):
    reply = router.respond("where is my order AB-123456 please")
    assert (reply.kind, reply.route, reply.fields) == ("answer", "status", {"order": "AB-123456"})
    assert reply.text == "Order AB-123456: shipped, 2026-11-29."
    expected = router.classifier_.predict_proba(["where is my order AB-123456 please"]).max()
    assert reply.confidence == expected
    assert router.respond("are you open now").text == "Open 9 to 5."
    assert router.respond("where is my order AB-999999").text == MISSING


def test_what_is_missing_is_asked_for_and_the_answer_completes_it(router):
    first = router.respond("where is my order?")
    assert (first.kind, first.text) == ("question", "Please tell me your order number.")
    kept = Conversation.from_json(first.conversation.to_json())
    second = router.respond("it is ab-123456", kept)
    assert (second.kind, second.route, second.confidence) == ("answer", "status", None)
    assert second.text == "Order AB-123456: shipped, 2026-11-29."
    assert second.conversation.pending is None
    assert [turn.role for turn in second.conversation.turns] == ["customer", "shop"] * 2


@pytest.mark.parametrize(
    ("messages", "kinds", "reason"),
    [
        (["where is my order", "AB-123456 or AB-123457", "AB-123456"], "qqa", None),
        (["where is my order", "where is my order", "where is my order"], "qqf", "no field"),
        (["where is my order", "are you open today"], "qa", None),
        (["where is my order", "  ", "AB-123456"], "qfa", None),
        (["where is AB-123456 and AB-123457", "AB-123457"], "qa", None),
        ([""], "f", "empty"),
    ],
)
def test_conversations(router, messages, kinds, reason):
    said, kept = [], None
    for message in messages:
        said.append(router.respond(message, kept))
        kept = said[-1].conversation
    assert "".join(reply.kind[0] for reply in said) == kinds
    assert said[-1].reason == reason


def test_a_pending_route_that_is_gone_is_dropped(router):
    kept = router.respond("where is my order").conversation.to_json()
    foreign = Conversation.from_json(kept.replace('"status"', '"staus"'))
    reply = router.respond("are you open today", foreign)
    assert (reply.route, reply.trace[0]) == ("hours", ("conversation", "no route 'staus' any more"))


def test_pending_fields_pass_the_pattern_again(router):
    kept = json.loads(router.respond("where is my order").conversation.to_json())
    kept["pending"]["fields"] = {"order": "x' OR 1=1 --", "other": "y"}
    reply = router.respond("order status please", Conversation.from_json(json.dumps(kept)))
    assert reply.kind == "question"
    assert "OR" not in reply.conversation.to_json().partition("turns")[2].partition("pending")[2]


@pytest.mark.parametrize(
    ("handler", "reason", "told"),
    [
        (lambda message: 1 / 0, "error", "hours: ZeroDivisionError: division by zero"),
        (lambda message: 5, "error", "Expected a handler to return a str or an Answer"),
        (lambda message: exit(1), "error", "hours: SystemExit: 1"),
        (lambda message: Answer("cut", usable=False, notes=("cut",)), "unusable", "hours: cut"),
        (lambda message: threading.Event().wait(3), "time limit", "no answer within 0.2 seconds"),
    ],
)
def test_a_handler_that_fails_falls_back_and_the_trace_says_why(database, handler, reason, told):
    router = make_router(database, timeout=0.2).fit(TEXTS, ROUTES)
    router.handlers["hours"] = handler
    reply = router.respond("are you open today")
    assert (reply.kind, reply.text, reply.reason) == ("fallback", "A person will answer.", reason)
    assert told in reply.trace[-1][1]


def test_even_a_fallback_may_fail(database):
    router = make_router(database, fallback=lambda message: 1 / 0).fit(TEXTS, ROUTES)
    reply = router.respond("")
    assert reply.text == "Sorry, this cannot be answered here."
    assert reply.trace == (("fallback", "ZeroDivisionError: division by zero"),)


def test_a_classifier_that_fails_falls_back(router, monkeypatch):
    monkeypatch.setattr(router.classifier_, "predict_proba", lambda texts: 1 / 0, raising=False)
    reply = router.respond("are you open today")
    assert (reply.kind, reply.reason) == ("fallback", "error")
    with pytest.raises(ZeroDivisionError, match="by zero"):
        router.route(["are you open today"])


def test_what_is_out_of_scope_falls_back(database):
    router = make_router(database, out_of_scope=scope()).fit(
        [*TEXTS, *FOREIGN[:2]], [*ROUTES, None, None]
    )
    reply = router.respond("tell a joke about cats")
    assert (reply.kind, reply.route, reply.reason) == ("fallback", None, "out of scope")
    assert router.out_of_scope_.n_out_of_scope_ == 2
    assert router.respond("when are you open").route == "hours"


def test_a_cascade_tells_which_stage_answered_and_what_it_cost(database):
    texts, routes = [f"{text} {n}" for n in range(20) for text in TEXTS], ROUTES * 20
    stages = [("first", words()), ("second", words())]
    cascade = CascadeClassifier(
        stages, target_error="last", costs=[0.25, 1.0], margin=0.2, random_state=0
    )
    router = make_router(database, classifier=cascade).fit(texts, routes)
    made, told = router.route(texts[:18]), router.classifier_.predict_details(texts[:18])
    assert [one.stage for one in made] == told.stage_names
    assert [one.cost for one in made] == told.cost.tolist()
    assert [one.confidence for one in made] == told.confidence.tolist()
    assert "first" in told.stage_names


def test_a_classifier_that_abstains_decides_with_its_stages_and_costs(database):
    costs = {"hours": 0.5, "status": 0.0}
    router = make_router(database, classifier=Unsure(), costs=costs).fit(TEXTS, ROUTES)
    reply = router.respond("are you open today")
    assert (reply.route, reply.stage, reply.cost) == ("hours", "words", 0.75)
    unsure = router.respond("open?")
    assert (unsure.route, unsure.reason, unsure.cost) == (None, "unsure", 0.25)
    assert router.route(["open?"])[0].likeliest == "hours"


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


@pytest.mark.parametrize("label", [None, "nobody"])
def test_a_selective_classifier_decides_when_to_abstain(label):
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 2, 300)
    # A word of the route, or of none: those rows cannot be known.
    texts = [f"r{code} please" if rng.random() < 0.7 else "please" for code in codes]
    routes = [f"r{code}" for code in codes]
    selective = SelectiveClassifier(words(), target_error=0.1, cv=3, abstain_label=label)
    router = MessageRouter(selective, {"r0": "A", "r1": "B"}, "?").fit(texts, routes)
    said = [router.respond(text).text for text in ("r0 please", "r1 please", "please")]
    assert said == ["A", "B", "?"]
    assert router.route(["please"])[0].reason == "unsure"


@pytest.mark.parametrize("freeze", [True, False])
def test_what_is_fitted_already_is_used_as_it_is(database, freeze):
    fitted = words().fit(TEXTS, ROUTES)
    router = make_router(database, classifier=FrozenEstimator(fitted) if freeze else fitted)
    if freeze:
        router.fit(TEXTS[::-1], ROUTES[::-1])
    assert router.respond("are you open today").confidence == pytest.approx(
        fitted.predict_proba(["are you open today"]).max()
    )


def test_batches_are_decided_as_single_messages_are(router):
    decisions = router.route(TEXTS)
    assert [each.route for each in decisions] == router.classifier_.predict(TEXTS).tolist()
    single = [router.respond(text) for text in TEXTS]
    np.testing.assert_allclose(
        [each.confidence for each in decisions], [each.confidence for each in single]
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
    ("told", "error", "said"),
    [
        ({"classifier": LinearSVC()}, ParameterError, "Expected classifier with predict_proba"),
        ({"classifier": None}, ParameterError, "classifier with predict_proba, got None"),
        ({"classifier": LinearSVC}, ParameterError, "Expected classifier with predict_proba"),
        ({"out_of_scope": 5}, ParameterError, "Expected out_of_scope with predict, got 5"),
        ({"handlers": {}}, ParameterError, "a dict of at least 2 routes"),
        ({"handlers": ["a", "b"]}, ParameterError, "a dict of at least 2 routes"),
        ({"handlers": {1: "a", 2: "b"}}, ParameterError, "names of routes as strings, got 1"),
        ({"handlers": {"a": "x", "b": 5}}, InputTypeError, "a handler for 'b', got 5"),
        ({"fallback": None}, InputTypeError, "a handler for 'fallback', got None"),
        ({"costs": {"hours": float("nan")}}, ParameterError, "the cost of 'hours' .* got nan"),
        ({"costs": {"hours": -1}}, ParameterError, "from 0 on, got -1"),
        ({"costs": {"hour": 1}}, ParameterError, "costs of routes, got one of 'hour'"),
        ({"costs": 5}, InputTypeError, "Expected costs as a dict by route, got 5"),
        ({"timeout": 0}, ParameterError, "timeout above 0 seconds or None, got 0"),
        ({"timeout": float("nan")}, ParameterError, "got nan"),
        ({"max_length": 0}, ParameterError, "max_length as a whole number of at least 1, got 0"),
        (
            {"max_questions": True},
            ParameterError,
            "max_questions as a whole number of at least 1, got True",
        ),
    ],
)
def test_bad_parameters_are_refused(database, told, error, said):
    with pytest.raises(error, match=said):
        make_router(database, **told).fit(TEXTS, ROUTES)


def test_a_fallback_has_no_fields(database):
    router = make_router(database)
    with pytest.raises(ParameterError, match="a fallback without fields"):
        make_router(database, fallback=router.handlers["status"]).fit(TEXTS, ROUTES)


@pytest.mark.parametrize(
    ("texts", "routes", "error", "said"),
    [
        (TEXTS, ROUTES[:-1], InputError, "a route for each of 18 messages, got 17"),
        (TEXTS[:3], ["status", "refund", "hours"], InputError, "at least 2 messages each"),
        (TEXTS, [*ROUTES[:-1], None], InputError, "got None in row 17. Pass out_of_scope"),
        (TEXTS, [*ROUTES[:-1], 5], InputError, "got 5 in row 17"),
        (TEXTS[:12], ROUTES[:12], ParameterError, r"handlers of routes .* got some of \['hours'\]"),
        (TEXTS, [r.replace("hours", "time") for r in ROUTES], ParameterError, r"none for \['time'"),
        (TEXTS, ["a"] * 18, InputError, "at least 2 routes"),
        ("hello", ROUTES, InputTypeError, "Expected a list of texts"),
    ],
)
def test_bad_rows_are_refused(database, texts, routes, error, said):
    with pytest.raises(error, match=said):
        make_router(database).fit(texts, routes)


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
