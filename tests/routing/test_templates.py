"""Templates are filled once: what fills a gap is text."""

import string

import pandas as pd
import pytest

from keraswrap.exceptions import InputError, InputTypeError, ParameterError
from keraswrap.routing._templates import read_template

NAMES = ("order", "state")


@pytest.mark.parametrize(
    "template",
    ["$order is $state.", "${order}s", "$$5 for $order", "plain", "", "$order$order", "$$order"],
)
@pytest.mark.parametrize("order", ["A", "$state", "${state}", "{order}", "%s", "\\1"])
def test_gaps_are_filled_as_the_standard_library_does(template, order):
    values = {"order": order, "state": "sent"}
    expected = string.Template(template).substitute(values)
    assert read_template(template, NAMES, "x").fill(values) == expected


@pytest.mark.parametrize(
    ("template", "error", "said"),
    [
        (None, InputTypeError, "Expected the template of x as a string, got None"),
        ("$", ParameterError, r"\$\$ for a dollar sign"),
        ("costs $5", ParameterError, r"\$\$ for a dollar sign"),
        ("${order", ParameterError, r"\$\$ for a dollar sign"),
        ("$oder", ParameterError, r"name only \['order', 'state'\], got \['oder'\]"),
    ],
)
def test_bad_templates_are_refused(template, error, said):
    with pytest.raises(error, match=said):
        read_template(template, NAMES, "x")


@pytest.mark.parametrize("value", [None, float("nan"), pd.NA, pd.NaT])
def test_a_missing_value_is_never_written(value):
    template = read_template("Order $order: $state", NAMES, "x")
    with pytest.raises(InputError, match=r"Expected a value for \$state of the template, got "):
        template.fill({"order": "A", "state": value})
    assert template.fill({"order": 0, "state": ""}) == "Order 0: "
