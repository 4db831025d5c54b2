"""The interface of a model as OpenAPI: its references lead somewhere, and rows suit it."""

from dataclasses import replace

import pytest

from keraswrap.serving import ServedModel, ServingLimits
from keraswrap.serving._outputs import Output
from keraswrap.serving._schema import describe

LIMITS = ServingLimits(max_rows=7)


@pytest.fixture
def model(estimator):
    return ServedModel.of(estimator, "3", {"file": "a.keraswrap"})


def references(told):
    if isinstance(told, dict):
        yield from (value for key, value in told.items() if key == "$ref")
        for value in told.values():
            yield from references(value)


def test_every_reference_is_there(model):
    told = describe(model, LIMITS, keys=False)
    names = {reference.rpartition("/")[2] for reference in references(told)}
    assert names == {"Request", "Response", "Row", "Answer", "Error"}
    assert names == set(told["components"]["schemas"])


def test_the_model_and_its_limits_are_told(model):
    told = describe(model, LIMITS, keys=False)
    assert told["info"] == {"title": "LogisticRegression", "version": "3"}
    assert told["x-model"] == {"version": "3", "class": "LogisticRegression", "file": "a.keraswrap"}
    assert told["x-limits"]["max_rows"] == 7
    assert "drain_seconds" not in told["x-limits"]
    assert told["components"]["schemas"]["Request"]["properties"]["rows"]["maxItems"] == 7


def test_a_key_is_told_where_one_is_needed(model):
    told = describe(model, LIMITS, keys=True)
    assert told["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
    assert told["paths"]["/predict"]["post"]["security"] == [{"key": []}]
    assert "security" not in describe(model, LIMITS, keys=False)["paths"]["/predict"]["post"]


def test_each_head_has_a_schema_of_its_own(model):
    heads = {"kind": Output("classes", ("a",)), "size": Output("numbers")}
    told = describe(replace(model, outputs=heads), LIMITS, keys=False)
    answer = told["components"]["schemas"]["Answer"]
    assert answer["required"] == ["kind", "size"]
    assert answer["properties"]["kind"] == heads["kind"].schema()
