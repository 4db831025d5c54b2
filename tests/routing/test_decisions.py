"""Decisions: the classifier's, with an abstention or a detector's objection as the reason."""

import numpy as np
import pytest
from shop import ROUTES, TEXTS, Unsure, make_router, words

from keraswrap.exceptions import InputError, InputTypeError
from keraswrap.routing import MessageRouter
from keraswrap.routing._decisions import Decision, check_message, decide
from keraswrap.selective import CascadeClassifier, CascadeResult, SelectiveClassifier

NAN = np.nan


class Table:
    """A classifier that answers by the text, from a table of probabilities and labels."""

    classes_ = np.array(["a", "b"])
    rows = {
        "sure": ([0.1, 0.9], "b"),
        "wilful": ([0.8, 0.2], "b"),
        "silent": ([0.7, 0.3], None),
        "other": ([0.4, 0.6], "nobody"),
        "unknown": ([NAN, NAN], None),
    }

    def predict(self, texts):
        return np.array([self.rows[text][1] for text in texts], object)

    def predict_proba(self, texts):
        return [self.rows[text][0] for text in texts]


class Detector:
    def predict(self, texts):
        return [-1 if text in ("sure", "silent") else 1 for text in texts]


EXPECTED = {
    "sure": Decision("b", "b", 0.9),
    # A label that is not the likeliest is taken, with its own probability.
    "wilful": Decision("b", "b", 0.2),
    "silent": Decision(None, "a", 0.7, "unsure"),
    "other": Decision(None, "b", 0.6, "unsure"),
    "unknown": Decision(None, "a", None, "unsure"),
}


def test_a_label_of_the_classifier_is_the_route_and_any_other_is_none():
    assert decide(Table(), None, list(EXPECTED)) == list(EXPECTED.values())


def test_a_detectors_objection_comes_before_anything_else():
    found = decide(Table(), Detector(), list(EXPECTED))
    assert found[0] == Decision(None, "b", 0.9, "out of scope")
    assert found[2] == Decision(None, "a", 0.7, "out of scope")
    assert [found[1], *found[3:]] == [EXPECTED[name] for name in ("wilful", "other", "unknown")]


class Detailed(Table):
    """Tells stages and costs, and answers "sure" alone."""

    asked = ()

    def predict_details(self, texts):
        labels = np.array(["b" if text == "sure" else None for text in texts], object)
        stage = np.where(labels == "b", 1, -1)
        sure = np.full(len(texts), 0.99)
        return CascadeResult(labels, stage, ("first", "second"), np.full(len(texts), 0.5), sure)

    def predict_proba(self, texts):
        self.asked += tuple(texts)
        return super().predict_proba(texts)


def test_stages_and_costs_are_kept_and_only_open_rows_asked_for_probabilities():
    classifier = Detailed()
    found = decide(classifier, None, ["sure", "silent"])
    assert found == [
        Decision("b", "b", 0.99, None, "second", 0.5),
        Decision(None, "a", 0.7, "unsure", None, 0.5),
    ]
    assert classifier.asked == ("silent",)


def test_half_a_character_is_made_a_question_mark():
    assert check_message("a\ud800b", 9) == "a?b"


@pytest.mark.parametrize(
    ("message", "error", "match"),
    [
        (None, InputTypeError, "Expected a message as a string, got None"),
        (b"hi", InputTypeError, "Expected a message as a string, got b'hi'"),
        ("x" * 10, InputError, "a message of at most 9 characters, got 10. Cut it, or raise max_"),
    ],
)
def test_what_is_no_message_is_told(message, error, match):
    with pytest.raises(error, match=match):
        check_message(message, 9)


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


def test_batches_are_decided_as_single_messages_are(router):
    decisions = router.route(TEXTS)
    assert [each.route for each in decisions] == router.classifier_.predict(TEXTS).tolist()
    single = [router.respond(text) for text in TEXTS]
    np.testing.assert_allclose(
        [each.confidence for each in decisions], [each.confidence for each in single]
    )
