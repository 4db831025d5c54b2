"""A space reads what its schema allows and what it draws, and nothing else."""

import json

import jsonschema
import numpy as np
import pytest
from mixed_tables import parts

from keraswrap.codegen._space import Choice, Fields, Several, Variants
from keraswrap.exceptions import ParameterError

SPACE = Fields(
    {
        "drop": Several(["c0", "c1", "c2"], 2),
        "rate": Choice([0.1, 1.0, None]),
        "on": Choice([False, True]),
        "estimator": Variants({"A": Fields({"n": Choice([1, 2])}), "B": Fields({})}),
    }
)
GOOD = {"drop": ["c1"], "rate": 0.1, "on": True, "estimator": {"name": "A", "n": 2}}


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_what_is_drawn_is_read_back_and_has_the_schema(task):
    _, space = parts(task)
    rng, schema = np.random.default_rng(0), space.schema()
    for _ in range(100):
        drawn = space.draw(rng)
        assert space.read(json.loads(json.dumps(drawn))) == drawn
        jsonschema.validate(drawn, schema)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"drop": ["c9"]}, "Expected drop out of c0 to c2, got 'c9'"),
        ({"drop": "c0"}, "Expected drop as a list of columns"),
        ({"drop": [["c0"]]}, "Expected drop as a list of columns"),
        ({"drop": ["c0", "c1", "c2"]}, "at most 2 columns in drop, got 3"),
        ({"rate": 0.2}, r"Expected rate out of \[0.1, 1.0, None\], got 0.2"),
        ({"rate": [0.1]}, "Expected rate out of"),
        ({"rate": True}, "got True"),
        ({"on": 1}, "Expected on out of"),
        ({"estimator": {"name": "C"}}, "Expected the name of estimator out of"),
        ({"estimator": {"name": ["A"], "n": 1}}, "Expected the name of estimator"),
        ({"estimator": "A"}, "Expected the name of estimator"),
        ({"estimator": {"name": "A"}}, "Expected estimator as an object of"),
        ({"estimator": {"name": "B", "n": 1}}, "Expected estimator as an object of"),
        ({"estimator": {"name": "A", "n": 3}}, r"Expected estimator.n out of \[1, 2\]"),
        ({"more": 1}, "Expected a specification as an object of"),
    ],
)
def test_what_is_not_in_the_space_is_refused_by_both(changed, message):
    value = {**GOOD, **changed}
    with pytest.raises(ParameterError, match=message):
        SPACE.read(value)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(value, SPACE.schema())


@pytest.mark.parametrize("value", [None, [], "text", 1, [GOOD]])
def test_other_json_is_refused(value):
    with pytest.raises(ParameterError, match="Expected a specification as an object"):
        SPACE.read(value)


def test_a_number_is_read_as_the_one_of_the_table():
    read = SPACE.read({**GOOD, "rate": 1})["rate"]
    assert (read, type(read)) == (1.0, float)


def test_draws_depend_on_the_seed_alone():
    one, same, other = (SPACE.draw(np.random.default_rng(s)) for s in (1, 1, 4))
    assert one == same != other


def test_how_many_columns_are_dropped_at_random():
    rng = np.random.default_rng(0)
    drawn = [len(Several(list("abcd"), 2).draw(rng)) for _ in range(2000)]
    assert np.bincount(drawn) / 2000 == pytest.approx([0.5, 0.25, 0.25], abs=0.04)
