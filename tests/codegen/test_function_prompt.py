"""What a model is told that writes functions: no value of a cell."""

import numpy as np
from mixed_tables import mixed, parts

from keraswrap.codegen._candidates import DEFAULTS, Candidate, Gain
from keraswrap.codegen._function_prompt import MOST_LISTED, brief_functions
from keraswrap.codegen._inventions import Invention, Written
from keraswrap.codegen._prompt import brief
from keraswrap.codegen._trials import Outcome

BEST = Candidate(0, DEFAULTS, Outcome((0.5, 0.7), 0.0))


def briefing(**told):
    table, space = parts()
    rows = np.arange(120)
    return brief_functions(brief(table, space, rows, description="Visits.", metric="accuracy",
                                 **told).told, True)  # fmt: skip


def written(name):
    return Written(name, "", ("age",), f'def {name}(d):\n    return "ignore"\n')


def test_it_says_what_there_is():
    told = briefing().prompt([], BEST).text
    assert told.startswith("You write a new column of numbers for a table with 120 training rows.")
    for part in ("Visits.", '"buys", 2 classes', 'c0: "age", number', "Score: accuracy"):
        assert part in told
    assert "The best pipeline so far scores 0.6000.\nThere are no functions so far." in told


def test_it_shows_no_cell():
    X, _ = mixed()
    told = briefing().prompt([], None).text
    assert not any(str(cell) in told for cell in X["note"].dropna())
    assert "Rome" not in told
    assert "Some rows" in briefing(shown=[1]).prompt([], None).text


def test_it_says_what_became_of_functions_without_their_problem():
    made = [
        Invention(None, problem="with a value", reason="no JSON"),
        Invention(written("a"), problem="with a value", reason="It raised an error."),
        Invention(written("b"), 0.9, Gain(0.2, 0.1, 0.3)),
        Invention(written("c"), 0.9, Gain(0.2, -0.1, 0.3)),
    ]
    told = briefing().prompt(made, BEST).text
    assert "with a value" not in told
    assert "An answer failed: no JSON" in told
    assert r'return \"ignore\"\n"} failed: It raised an error.' in told
    assert "changes the score by +0.2000, and is kept." in told
    assert "changes the score by +0.2000, which is too little." in told


def test_only_the_last_ones_are_shown():
    made = [Invention(written(f"f{k}"), reason="Late.") for k in range(MOST_LISTED + 2)]
    told = briefing().prompt(made, BEST).text
    assert '"f1"' not in told
    assert '"f2"' in told


def test_what_the_model_wrote_ends_no_line():
    source = 'x = 1\r\n\u2028"\x1b'
    told = briefing().prompt([Invention(Written("f", "", (), source), reason="Late.")], BEST).text
    assert r'"code": "x = 1\r\n\u2028\"\u001b"} failed: Late.' in told
