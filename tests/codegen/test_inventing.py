"""Functions that a model writes: refused with the reason, or kept for what they gain."""

import json
import pickle

import numpy as np
import pandas as pd
import pytest
from isolated import needs_isolation
from mixed_tables import scripted

from keraswrap.codegen import PipelineWriter
from keraswrap.codegen._calls import Call
from keraswrap.codegen._candidates import DEFAULTS, Candidate
from keraswrap.codegen._inventing import Workshop, check_written
from keraswrap.codegen._inventions import Form, Written
from keraswrap.codegen._plan_functions import add_functions
from keraswrap.codegen._proposals import Search
from keraswrap.codegen._trials import Outcome
from keraswrap.exceptions import InputTypeError, IsolationError, ParameterError
from keraswrap.llm import FakeLM

FORM = Form({"c0": "word", "c1": "size"})

SPECIFICATION = {
    "drop": [],
    "numbers": {"scale": "none"},
    "categories": {"encode": "ordinal", "max_categories": 5},
    "estimator": {"name": "GaussianNB", "var_smoothing": 1e-09},
}


def words(n=120, seed=0):
    """Words, all different, of which those with many vowels are easy; and a number of no use."""
    rng = np.random.default_rng(seed)
    told = ["".join(rng.choice(list("aeioubcdfg"), 12)) + f"z{k}" for k in range(n)]
    X = pd.DataFrame({"word": told, "size": rng.normal(0, 1, n)})
    return X, np.where(X["word"].str.count("[aeiou]") > 6, "easy", "hard")


def function(name, body, columns=("c0",)):
    code = f"def {name}(frame):\n    return {body}\n"
    return {"name": name, "about": "A try.", "columns": list(columns), "code": code}


VOWELS = function("vowels", "frame['word'].str.count('[aeiou]')")
SECRET = function("secret", "float('secret' + frame['word'][0])")
NOISE = function("noise", "frame['size'] ** 2", ["c1"])


def writer(*answers, **told):
    told = {"n_candidates": 1, "n_functions": max(len(answers) - 1, 1), "cv": 3, **told}
    model = told.pop("model", None) or scripted(*answers)
    options = {"features": "code", "time_limit": None, "random_state": 0, **told}
    return PipelineWriter(model, **options)


@pytest.fixture(scope="module")
def found():
    X, y = words()
    return writer(SPECIFICATION, SECRET, VOWELS).fit(X, y), X, y


@needs_isolation
def test_what_gains_is_kept_and_others_are_refused_with_the_reason(found):
    fitted, _, _ = found
    table = fitted.functions_
    assert table["kept"].tolist() == [False, True]
    assert "secret: line 2: ValueError: could not convert string to" in table["problem"].iloc[0]
    assert table["low"].iloc[1] > 0
    assert fitted.best_source_ == "language model"
    assert fitted.best_specification_["functions"] == ["vowels"]
    assert fitted.best_score_ == table["score"].iloc[1]
    assert "2 functions were asked for, kept: vowels +" in fitted.summary()
    assert {"pyarrow", "sandlock"} <= set(fitted.versions_)


@needs_isolation
def test_the_model_is_told_why_but_no_value(found):
    told = found[0].model.calls[-1].text
    assert "It raised an error (line 2: ValueError)." in told
    assert "string to float" not in told
    assert "The best pipeline so far scores 0." in told


@needs_isolation
def test_the_code_rebuilds_it_and_shows_the_source(found):
    fitted, X, y = found
    code, scope = fitted.to_code(), {}
    assert "'def vowels(frame):\\n'\n" in code
    assert "from keraswrap.codegen import CodeFeatures" in code
    exec(code, scope)
    assert np.array_equal(scope["pipeline"].fit(X, y).predict(X), fitted.predict(X))


@needs_isolation
def test_a_pickle_holds_the_source_as_text(found):
    fitted, X, _ = found
    kept = pickle.dumps(fitted.best_estimator_)
    assert b"def vowels(frame)" in kept
    assert np.array_equal(pickle.loads(kept).predict(X), fitted.predict(X))


@needs_isolation
def test_as_many_specifications_are_drawn_as_answers_asked_for(found):
    sources = found[0].leaderboard_["source"].tolist()
    assert sources.count("random search") == 3


@pytest.mark.thorough
@needs_isolation
@pytest.mark.slow
def test_child_processes_give_the_same(found):
    fitted, X, y = found
    same = writer(SPECIFICATION, SECRET, VOWELS, time_limit=300).fit(X, y)
    pd.testing.assert_frame_equal(same.functions_, fitted.functions_)
    assert same.to_code() == fitted.to_code()


@needs_isolation
def test_a_budget_ends_the_asking_and_its_estimate_holds():
    X, y = words()
    made = writer(model=scripted(SPECIFICATION, SECRET, prices=(1e6, 1e6)), n_functions=2)
    most = made.estimate(X, y).cost
    fitted = made.fit(X, y)
    assert 0 < fitted.cost_ < most
    less = writer(
        model=scripted(SPECIFICATION, SECRET, prices=(1e6, 1e6)), max_cost=fitted.cost_ / 2
    )
    with pytest.warns(UserWarning, match="budget: Expected a cost") as warned:
        less.fit(X, y)
    assert "of 0 answers, none led to a pipeline" in str(warned[-1].message)
    assert less.functions_.empty


@needs_isolation
def test_what_was_paid_is_known_after_an_interruption():
    def interrupted(prompt):
        if "new column" in prompt:
            raise KeyboardInterrupt
        return json.dumps(SPECIFICATION)

    made = writer(model=FakeLM(says=interrupted, prices=(1e6, 1e6)))
    with pytest.raises(KeyboardInterrupt, match=r"^$"):
        made.fit(*words())
    assert made.cost_ > 0
    assert not hasattr(made, "best_estimator_")


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_without_isolation_nothing_is_asked(monkeypatch, platform):
    monkeypatch.setattr("sys.platform", platform)
    made = writer(SPECIFICATION, VOWELS)
    with pytest.raises(IsolationError, match="Expected Linux"):
        made.fit(*words())
    assert made.model.calls == []


def test_it_is_off_by_default():
    X, y = words()
    fitted = writer(SPECIFICATION, features=None).fit(X, y)
    assert fitted.functions_.empty
    assert len(fitted.model.calls) == 1


def test_other_features_are_refused():
    with pytest.raises(ParameterError, match="Expected features as None or 'code', got 'rows'"):
        writer(SPECIFICATION, features="rows").fit(*words())


@needs_isolation
def test_arrays_are_refused():
    with pytest.raises(InputTypeError, match="names of columns for features='code'"):
        writer(SPECIFICATION).fit(np.random.default_rng(0).normal(size=(90, 2)), words(90)[1])


@needs_isolation
@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("frame['size'] / 2", None),
        ("frame['word']", "f: line 2: KeyError: 'word'"),
        ("frame['size'].rank()", "Expected f to compute each row from its own values"),
        ("frame['size'] * 0", "It gives all rows the same number."),
        ("open('/etc/passwd').read()", "f: line 2: PermissionError"),
    ],
)
def test_a_function_sees_its_columns_alone_and_one_row(body, problem):
    X, _ = words()
    found = check_written(Written("f", "", ("size",), f"def f(frame):\n    return {body}\n"), X)
    assert (found is None) if problem is None else found[0].startswith(problem)


def scored(scores):
    """A workshop on a pipeline that scores 0.5, and where functions give these scores."""
    left = list(scores)
    root = Call("Pipeline", {"steps": [("columns", Call("ColumnTransformer", {"transformers": []})),
                                       ("estimator", Call("GaussianNB", {}))]})  # fmt: skip
    search = Search(lambda told: root, lambda pipeline: Outcome(left.pop(0), 0.0))
    search.candidates.append(Candidate(0, DEFAULTS, Outcome((0.5, 0.52, 0.48), 0.0), None, root))
    return Workshop(search, words()[0], 0.5)


@needs_isolation
def test_no_gain_no_function():
    workshop = scored([(0.5, 0.53, 0.48), (0.9, 0.92, 0.88), (0.4, 0.42, 0.38)])
    for one in (NOISE, VOWELS, {**NOISE, "name": "other"}):
        workshop.try_function(FORM.read(json.dumps(one)))
    assert [one.kept for one in workshop.inventions] == [False, True, False]
    assert [one.number for one in workshop.search.candidates] == [0, 1]
    best = workshop.best.pipeline
    assert best == add_functions(
        workshop.search.candidates[0].pipeline, [FORM.read(json.dumps(VOWELS))]
    )
    workshop.try_function(FORM.read(json.dumps(VOWELS)))
    assert workshop.inventions[-1].problem == "There is a column of that name."


@needs_isolation
def test_functions_are_offered_to_no_specification():
    job, _, _ = writer(SPECIFICATION)._begin(*words())
    assert "CodeFeatures" not in json.dumps(job.space.schema())
