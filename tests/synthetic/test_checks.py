"""Each reason to reject a text, and texts that have none."""

from dataclasses import replace

import pytest

from keraswrap.exceptions import InputTypeError, ParameterError
from keraswrap.llm import Generated
from keraswrap.synthetic._attempts import Attempt
from keraswrap.synthetic._checks import (
    CHECKS,
    Examiner,
    check_checks,
    clean,
    mentions,
    name_to_avoid,
    why_not_whole,
)
from keraswrap.synthetic._copies import KnownTexts, RunIndex

TRAINING = ["Can I track my new card while it is in the post?", "Where is the card I ordered?"]


class Judge:
    def find_other(self, text, fold):
        return "refund" if "money" in text else None


EXAMINER = Examiner(
    checks=CHECKS,
    label="card arrival",
    training=KnownTexts(TRAINING),
    runs=RunIndex(TRAINING),
    accepted=KnownTexts(["It has been two weeks, is my parcel lost?"]),
    prompt=RunIndex(["You write texts.", "Write another text of this class, in other words."]),
    min_words=4,
    class_name="card arrival",
    holds={"tone": lambda text, value: value in text},
    judge=Judge(),
)
ATTEMPT = Attempt(0, (0,), {"tone": "please"}, 0)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Please tell me, please: when will the post bring it?", None),
        ("please write another text of this class", "repeats the prompt"),
        ("As an AI, please, I have no card at all.", "speaks as an assistant"),
        ("I'm a simple text-based AI companion, please ask.", "speaks as an assistant"),
        ("Here's a more suitable response, please:", "speaks as an assistant"),
        ("I'm sorry, but I'm unable to access your account, please.", "speaks as an assistant"),
        ("I'm sorry, please, I'm unable to read the text.", "speaks as an assistant"),
        ("Please say: how can I assist you today?", "speaks as an assistant"),
        ("Where is the card i ordered", "copy of a training row"),
        ("Where is the card I ordered, please?", "near copy of a training row"),
        ("can i track my new card while it is in the post? please", "near copy of a training row"),
        ("It has been two weeks: is my parcel lost?", "near copy of an accepted text"),
        ("please hurry up", "too short"),
        ("please help me now " * 6, "repeats itself"),
        ("please, I ask about the card-arrival of mine", "mentions the class name"),
        ("when will the post bring it to me", "attribute tone does not hold"),
        ("please write to jo@example.org as soon as you can", "personal data"),
        ("please give me my money back at once", "another label by an out-of-fold classifier"),
    ],
)
def test_a_text_gets_the_first_reason_that_applies(text, reason):
    found = EXAMINER.examine(text, ATTEMPT)
    assert (found and found.reason) == reason


def test_personal_data_are_not_repeated_in_the_reason():
    found = EXAMINER.examine("please write to jo@example.org as soon as you can", ATTEMPT)
    assert found.detail == "e-mail address"


def test_only_the_checks_that_are_asked_for_are_made():
    some = replace(EXAMINER, checks=("short",))
    assert some.examine(TRAINING[0], ATTEMPT) is None
    assert some.examine("###", ATTEMPT).reason == "too short"


def test_a_function_adds_a_reason_after_the_others():
    shouts = replace(EXAMINER, checks=("short", lambda text, label: text.isupper() and "loud"))
    assert shouts.examine("WHERE IS MY LITTLE CARD", ATTEMPT).reason == "loud"
    assert shouts.examine("HEY", ATTEMPT).reason == "too short"
    assert shouts.examine("where is my little card", ATTEMPT) is None


def test_an_attribute_without_a_function_is_not_checked():
    free = replace(EXAMINER, holds={})
    assert free.examine("when will the post bring it to me", ATTEMPT) is None


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        (Generated(0, "Well", "length"), "cut off"),
        (Generated(0, "Well", "refused", problem="content"), "refused"),
        (Generated(0, " \n", "stop"), "empty"),
        (Generated(0, '""', "stop"), "empty"),
        (Generated(0, "Well", "stop"), None),
    ],
)
def test_only_whole_texts_count(written, reason):
    found = why_not_whole(written)
    assert (found and found.reason) == reason


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("  It broke.\n", "It broke."),
        ('"It broke."', "It broke."),
        ("“It broke.”", "It broke."),
        ('"It" and "that"', '"It" and "that"'),
        ("- It broke.", "It broke."),
        ("-5 degrees", "-5 degrees"),
        ('"', '"'),
    ],
)
def test_quotes_and_dashes_around_a_text_go(text, cleaned):
    assert clean(text) == cleaned


@pytest.mark.parametrize(
    ("checks", "error", "match"),
    [
        ("copy", InputTypeError, "as 'default' or a list"),
        (None, InputTypeError, "as 'default' or a list"),
        (["copie"], ParameterError, "Expected checks from prompt, .* got 'copie'"),
        ([3], ParameterError, "got 3"),
    ],
)
def test_unknown_checks_are_refused(checks, error, match):
    with pytest.raises(error, match=match):
        check_checks(checks)


def test_a_name_that_rows_mention_or_without_letters_is_free():
    assert name_to_avoid("card arrival", ["my card's arrival"]) == "card arrival"
    assert name_to_avoid("card arrival", ["on card arrival, please"]) == ""
    assert name_to_avoid("5", []) == ""
    assert not mentions("five", "")
