"""What a router is given: parameters, rows and handlers, refused before any work."""

import pytest
from shop import ROUTES, TEXTS, make_router
from sklearn.svm import LinearSVC

from keraswrap.exceptions import InputError, InputTypeError, ParameterError
from keraswrap.routing._checks import check_handled, check_rows


def test_rows_with_a_route_are_named():
    labels = ["a", None, "b", "a", "b"]
    assert check_rows(list("vwxyz"), labels, detector=object()) == [0, 2, 3, 4]
    with pytest.raises(InputError, match="a route for each message, got None in row 1"):
        check_rows(list("vwxyz"), labels, detector=None)


@pytest.mark.parametrize(
    ("labels", "counts"),
    [
        (["a", "a", "b", None], r"\{'a': 2, 'b': 1\}"),
        (["a"] * 4, r"\{'a': 4\}"),
        ([None] * 4, r"\{\}"),
    ],
)
def test_too_few_messages_of_a_route_are_told_by_number(labels, counts):
    with pytest.raises(InputError, match=f"at least 2 messages each, got {counts}"):
        check_rows(list("abcd"), labels, detector=object())


def test_routes_and_handlers_are_the_same():
    check_handled({"a", "b"}, {"a": "x", "b": "y"})
    with pytest.raises(
        ParameterError, match=r"a handler for each route, got none for \['b', 'c'\]"
    ):
        check_handled({"a", "b", "c"}, {"a": "x", "d": "y"})
    with pytest.raises(ParameterError, match=r"routes out of \['a'\], got some of \['b', 'c'\]"):
        check_handled({"a"}, {"a": "x", "c": "y", "b": "z"})


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
