"""Handlers, and what is taken for one."""

import numpy as np
import pandas as pd
import pytest
from shop import ORDER
from sklearn.dummy import DummyRegressor
from sklearn.linear_model import LinearRegression

from keraswrap.exceptions import InputError, InputTypeError, ParameterError
from keraswrap.routing import Answer, PredictHandler, number_field
from keraswrap.routing._answers import read_answer
from keraswrap.routing._handlers import as_handler

KM, KG = number_field("km"), number_field("kg")
ROWS = pd.DataFrame({"km": [10.0, 20.0, 30.0], "kg": [1.0, 1.0, 2.0]})
DAYS = LinearRegression().fit(ROWS, [1.0, 2.0, 4.0])


def test_a_prediction_is_that_of_the_estimator():
    handler = PredictHandler(DAYS, [KM, KG], "$prediction days for $km km")
    given = {field.name: field.read(text).value for field, text in ((KM, "20"), (KG, "2"))}
    expected = DAYS.predict(pd.DataFrame({"km": [20.0], "kg": [2.0]}))[0]
    assert handler.respond(given, "") == f"{expected:.3g} days for 20 km"
    shown = PredictHandler(DAYS, [KM, KG], "$prediction", show=lambda days: f"{days:.0f}")
    assert shown.respond(given, "") == f"{expected:.0f}"


def test_a_text_and_a_function_are_handlers():
    assert as_handler("Hello!", "hi").respond({}, "x") == "Hello!"
    assert as_handler(str.upper, "hi").respond({}, "x") == "X"
    handler = PredictHandler(DAYS, [KM, KG], "$prediction")
    assert as_handler(handler, "hi") is handler


@pytest.mark.parametrize(
    ("make", "error", "said"),
    [
        (lambda: PredictHandler(5, [KM], ""), InputTypeError, "an estimator with predict, got 5"),
        (lambda: PredictHandler(DAYS, [], ""), ParameterError, "at least one field"),
        (lambda: PredictHandler(DAYS, [KM], "$kg"), ParameterError, r"got \['kg'\]"),
        (lambda: as_handler(5, "hi"), InputTypeError, "a handler for 'hi', got 5"),
        (lambda: as_handler(PredictHandler, "hi"), InputTypeError, "a handler for 'hi'"),
        (lambda: read_answer(None), InputTypeError, "to return a str or an Answer, got None"),
        (lambda: read_answer(Answer(5)), InputTypeError, "to return a str or an Answer"),
        (lambda: read_answer(Answer("x", cost=np.nan)), ParameterError, "from 0 on, got nan"),
        (lambda: read_answer(Answer("x", cost=-1)), ParameterError, "from 0 on, got -1"),
    ],
)
def test_bad_handlers_are_refused(make, error, said):
    with pytest.raises(error, match=said):
        make()


def test_a_handler_says_which_fields_it_needs():
    class Bare:
        def respond(self, fields, message):
            return ""

    with pytest.raises(InputTypeError, match="with fields, a tuple of Field"):
        as_handler(Bare(), "hi")
    Bare.fields = ("order",)
    with pytest.raises(InputTypeError, match="handler of 'hi' as Field, got 'order'"):
        as_handler(Bare(), "hi")
    Bare.fields = (ORDER,)
    assert as_handler(Bare(), "hi").fields == (ORDER,)


@pytest.mark.parametrize(
    ("predicted", "text"),
    [
        (1234567.4, "1234567"),
        (1234.5, "1234"),
        (-0.00001234, "-0.0000123"),
        (999.4, "999"),
        (3, "3"),
    ],
)
def test_a_number_has_no_exponent(predicted, text):
    days = DummyRegressor(strategy="constant", constant=predicted).fit([[1]], [1])
    handler = PredictHandler(days, [KM], "$prediction")
    assert handler.respond({"km": 1.0}, "") == text


@pytest.mark.parametrize("none", [np.nan, -np.inf, None, pd.NA])
def test_what_is_no_prediction_is_not_shown(none):
    class Broken:
        def predict(self, rows):
            return np.array([none])

    with pytest.raises(InputError, match=f"finite prediction, got {none}"):
        PredictHandler(Broken(), [KM], "$prediction").respond({"km": 1.0}, "")
    assert PredictHandler(Broken(), [KM], "$prediction", str).respond({"km": 1}, "") == str(none)


def test_show_returns_a_text():
    with pytest.raises(InputTypeError, match="show to return a text, got None"):
        PredictHandler(DAYS, [KM, KG], "x", show=lambda _: None).respond({"km": 1, "kg": 1}, "")


def test_a_field_cannot_take_the_place_of_a_prediction():
    with pytest.raises(ParameterError, match=r"names than \['prediction'\], which"):
        PredictHandler(DAYS, [number_field("prediction")], "$prediction")
