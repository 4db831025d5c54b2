"""Handlers: what answers the messages of a route."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Protocol, runtime_checkable

import numpy as np
import pandas as pd

from keraswrap.exceptions import InputError, InputTypeError, ParameterError
from keraswrap.routing._answers import Answer
from keraswrap.routing._fields import Field, check_fields
from keraswrap.routing._templates import is_missing, read_template

__all__ = ["FunctionHandler", "Handler", "PredictHandler", "TextHandler", "as_handler"]


@runtime_checkable
class Handler(Protocol):
    """What answers the messages of a route.

    Attributes
    ----------
    fields : tuple of Field
        What it needs. The router finds them, or asks for them, before it calls.
    """

    fields: tuple[Field, ...]

    def respond(self, fields: Mapping[str, object], message: str) -> str | Answer:
        """Answer a message.

        Parameters
        ----------
        fields : mapping of str to object
            The parsed value of each field; nothing else from the message.
        message : str
            As the customer wrote it: data, never instructions.

        Returns
        -------
        str or Answer
        """


class TextHandler:
    """Answers with the same text each time."""

    fields: tuple[Field, ...] = ()

    def __init__(self, text: str) -> None:
        self.text = text

    def respond(self, fields: Mapping[str, object], message: str) -> str:
        """Return the text."""
        return self.text


class FunctionHandler:
    """Answers with what a function of the message returns."""

    fields: tuple[Field, ...] = ()

    def __init__(self, function: Callable[[str], str | Answer]) -> None:
        self.function = function

    def respond(self, fields: Mapping[str, object], message: str) -> str | Answer:
        """Return what the function does."""
        return self.function(message)


def as_handler(given: object, route: str) -> Handler:
    """Return a handler for a text, a function of the message, or a handler itself."""
    if isinstance(given, str):
        return TextHandler(given)
    if not isinstance(given, type) and callable(getattr(given, "respond", None)):
        if not hasattr(given, "fields"):
            raise InputTypeError(
                f"Expected the handler of {route!r} with fields, a tuple of Field that may be "
                f"empty, got a {type(given).__name__} without them."
            )
        check_fields(given.fields, f"the handler of {route!r}")
        return given  # type: ignore[return-value]
    if callable(given) and not isinstance(given, type):
        return FunctionHandler(given)
    raise InputTypeError(
        f"Expected a text, a function of the message or a handler for {route!r}, got {given!r:.60}."
    )


class PredictHandler:
    """Answer with the prediction of an estimator from fields, such as days to delivery.

    Parameters
    ----------
    estimator : fitted scikit-learn estimator
        Its ``predict`` gets one row: a DataFrame with a column for each field, in their
        order.
    fields : sequence of Field
        At least one.
    template : str
        In the syntax of ``string.Template``; names fields and ``$prediction``.
    show : callable, optional
        Makes the text of a prediction. By default a number has three digits, or all that
        stand before the point.

    Raises
    ------
    InputTypeError, ParameterError
        If the estimator has no ``predict``, there are no fields, or the template names
        others.

    Examples
    --------
    >>> from sklearn.dummy import DummyRegressor
    >>> from keraswrap.routing import PredictHandler, number_field
    >>> days = DummyRegressor().fit([[1], [3]], [2, 4])
    >>> PredictHandler(days, [number_field("km")], "About $prediction days.").respond(
    ...     {"km": 120}, "How long for 120 km?"
    ... )
    'About 3 days.'
    """

    def __init__(
        self,
        estimator: object,
        fields: Sequence[Field],
        template: str,
        show: Callable[[object], str] | None = None,
    ) -> None:
        if not callable(getattr(estimator, "predict", None)):
            raise InputTypeError(f"Expected an estimator with predict, got {estimator!r:.60}.")
        self.estimator = estimator
        self.fields = check_fields(fields, "PredictHandler", ["prediction"])
        if not self.fields:
            raise ParameterError("Expected at least one field to predict from, got none.")
        names = [each.name for each in self.fields]
        self.template = template
        self.show = show
        self._template = read_template(template, [*names, "prediction"], "PredictHandler")

    def respond(self, fields: Mapping[str, object], message: str) -> str:
        """Return the template with the prediction.

        Parameters
        ----------
        fields : mapping of str to object
        message : str
            It is not read.

        Returns
        -------
        str

        Raises
        ------
        InputTypeError
            If `show` returns no text.
        InputError
            If the prediction is None, NaN or infinite, and there is no `show`: the router then
            falls back.
        """
        row = pd.DataFrame({each.name: [_as_feature(fields[each.name])] for each in self.fields})
        found = np.asarray(self.estimator.predict(row)).reshape(-1)[0]  # type: ignore[attr-defined]
        shown = _show(found) if self.show is None else self.show(found)
        if not isinstance(shown, str):
            raise InputTypeError(f"Expected show to return a text, got {shown!r:.60}.")
        return self._template.fill({**fields, "prediction": shown})


def _as_feature(value: object) -> object:
    """Return a number as a float, as estimators expect it, and all else as it is."""
    return value if isinstance(value, str) or not hasattr(value, "__float__") else float(value)


def _show(value: object) -> str:
    # A classifier that abstains predicts None.
    if is_missing(value) or (isinstance(value, float | np.floating) and not math.isfinite(value)):
        raise InputError(f"Expected a finite prediction, got {value}. Pass show to name it.")
    if not isinstance(value, float | np.floating):
        return str(value)
    # No exponents, which customers cannot read.
    return f"{value:.0f}" if abs(float(value)) >= 1000 else f"{Decimal(f'{value:.3g}'):f}"
