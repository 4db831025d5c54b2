"""What commands share that ask a language model: the model, answers on file, and their cost."""

import argparse
import json
import sys

import pandas as pd
import pytest

from keraswrap.cli._asking import (
    check_free,
    check_several,
    load_language_model,
    load_texts,
    open_cache,
    read_about,
    telling_cost,
    told_estimate,
)
from keraswrap.exceptions import InputError, ParameterError
from keraswrap.llm import AnswerCache, FakeLM, OpenAICompatibleLM, ZeroShotClassifier
from keraswrap.llm._query import Estimate

NONE = {"server": None, "key_env": None, "prices": None, "context_length": None}
OWN = """
from keraswrap.llm import FakeLM
ready = FakeLM({"a": ["x"]})
def make():
    return ready
def wrong():
    return 5
"""


def options(model, **given):
    whole = {**NONE, "model": model, "concurrency": 4, "no_chat": False, **given}
    return argparse.Namespace(**whole)


@pytest.fixture
def own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "modules", dict(sys.modules))
    (tmp_path / "own.py").write_text(OWN)


@pytest.mark.parametrize("name", ["ready", "make"])
def test_a_model_of_ones_own_is_a_name_or_a_function(own, name):
    assert load_language_model(options(f"own.py:{name}")).scores == {"a": ["x"]}


def test_what_is_no_model_is_refused(own):
    with pytest.raises(ParameterError, match=r"a LanguageModel, or a function .* got 5"):
        load_language_model(options("own.py:wrong"))


def test_a_server_gets_what_is_said_of_it(monkeypatch):
    monkeypatch.setenv("KW_KEY", "sk-secret")
    given = {"server": "http://localhost:8000/v1", "key_env": "KW_KEY", "prices": [0.5, 2.0]}
    model = load_language_model(options("m", **given, context_length=512, concurrency=2))
    assert isinstance(model, OpenAICompatibleLM)
    told = model.api_key_env, model.prices, model.context_length, model.max_concurrency, model.api
    assert told == ("KW_KEY", (0.5, 2.0), 512, 2, "chat")
    plain = load_language_model(options("m", server="http://localhost:8000/v1", no_chat=True))
    assert (plain.prices, plain.api) == ((0.0, 0.0), "completions")


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({"key_env": "KW_KEY"}, "key-env"),
        ({"prices": [1.0, 2.0]}, "prices"),
        ({"context_length": 9}, "context-length"),
    ],
)
def test_options_of_a_server_need_one(given, name):
    with pytest.raises(ParameterError, match=f"Expected --server with --{name}, got none"):
        load_language_model(options("smollm2", **given))


def test_a_missing_text_is_an_empty_one(tmp_path):
    path = tmp_path / "r.csv"
    pd.DataFrame({"id": ["1", "2"], "review": ["fine", None]}).to_csv(path, index=False)
    given = argparse.Namespace(data=str(path), text="review", encoding="utf-8", max_size=1.0)
    frame, texts = load_texts(given)
    assert (texts, list(frame)) == (["fine", ""], ["id", "review"])
    given.text = "revew"
    with pytest.raises(InputError, match="Did you mean 'review'"):
        load_texts(given)


def test_meanings_may_hold_signs_and_are_one_for_each_name():
    assert read_about(["a=x=y", "b= so "]) == {"a": "x=y", "b": " so "}
    assert read_about([]) == {}
    with pytest.raises(ParameterError, match="one --about for each name, got 'a' twice"):
        read_about(["a=x", "b=y", "a=z"])


@pytest.mark.parametrize("given", ["a", "=x", "a=", "a= ", ""])
def test_what_is_no_meaning_is_refused(given):
    with pytest.raises(ParameterError, match=f"Expected --about as NAME=TEXT, got '{given}'"):
        read_about([given])


def test_new_columns_take_no_name_that_is_taken():
    frame = pd.DataFrame(columns=["text", "label"])
    check_free(["source"], frame, "r.csv")
    with pytest.raises(InputError, match=r"no column 'label' in 'r\.csv', as a new one gets"):
        check_free(["source", "label"], frame, "r.csv")


def test_answers_are_kept_beside_the_output_unless_told_otherwise(tmp_path):
    given = argparse.Namespace(cache=None, out=str(tmp_path / "o.csv"))
    assert open_cache(given).path == tmp_path / "o.csv.answers"
    assert given.cache == str(tmp_path / "o.csv.answers")
    given.cache = str(tmp_path / "other")
    assert open_cache(given).path == tmp_path / "other"


@pytest.mark.parametrize(("cost", "told"), [(0.0, ""), (0.123456, ", cost at most 0.1235")])
@pytest.mark.parametrize("as_json", [True, False])
def test_an_estimate_is_told_in_words_and_given_if_it_is_all_that_is_wanted(
    capsys, cost, told, as_json
):
    estimate = Estimate(1, 1000, 20, 30, None, cost)
    wanted = argparse.Namespace(estimate=True, json=as_json)
    assert told_estimate(estimate, wanted) is True
    printed = capsys.readouterr()
    said = "1 prompt to ask, 1,000 known; at most 20 tokens read and 30 written"
    assert printed.err == f"{said}{told}\n"
    if as_json:
        numbers = {"calls": 1, "cached": 1000, "tokens_in": 20, "tokens_out": 30, "cost": cost}
        assert json.loads(printed.out) == numbers
    else:
        assert printed.out == "Nothing was asked.\n"
    assert told_estimate(estimate, argparse.Namespace(estimate=False, json=as_json)) is False
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("error", [ValueError("x"), KeyboardInterrupt()])
def test_an_early_end_tells_what_was_spent_and_where_answers_are(tmp_path, capsys, error):
    cache = AnswerCache(tmp_path / "a")
    asker = ZeroShotClassifier(model=FakeLM(prices=(1e6, 0)), cache=cache.path)
    asker.fit(None, ["a", "b"])
    asker.predict(["one", "two"])
    with pytest.raises(type(error)), telling_cost(asker, cache):
        raise error
    said = f"Cost so far: {asker.cost_:.4g}. '{tmp_path / 'a'}' holds 2 answers.\n"
    assert capsys.readouterr().err == said
    with telling_cost(asker, cache):
        pass
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(("texts", "n"), [(["a", "a ", ""], 1), (["", " "], 0), ([], 0)])
def test_calibration_needs_texts_that_differ(texts, n):
    check_several(["a", "b"])
    with pytest.raises(InputError, match=f"Expected several texts with --calibrate, got {n}:"):
        check_several(texts)
