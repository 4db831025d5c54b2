"""What all writing transformers share: columns of texts, parameters, cost, seeds, long texts."""

import copy
import pickle

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.base import clone
from stated_fields import FIELDS, SAID, TEXT, saying

from keraswrap.exceptions import (
    BudgetError,
    EndpointError,
    InputError,
    InputTypeError,
    ParameterError,
    RefusedError,
    SavedFileError,
)
from keraswrap.llm import FakeLM, Generated, TextExtractor


@pytest.mark.parametrize("gone", [None, float("nan"), pd.NA, "", " \n"])
def test_a_missing_text_is_a_missing_value_and_not_asked_about(gone):
    model = saying(SAID)
    extractor = TextExtractor(FIELDS, model=model)
    rows = extractor.transform([gone, TEXT])
    assert rows[0][1:].tolist() == [None] * 9
    assert extractor.problems_ == ["missing: there is no text", None]
    assert (extractor.n_parts_, len(model.calls)) == ([0, 1], 1)


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"descriptions": {"x": "y"}}, ParameterError, "descriptions of the fields .* one of 'x'"),
        ({"descriptions": ["x"]}, InputTypeError, "descriptions as a dict"),
        ({"evidence": 2}, ParameterError, "evidence as a bool, got 2"),
        ({"model": None}, ParameterError, "either model_name, or model .* got neither"),
        ({"model": 3}, InputTypeError, "model to be a LanguageModel.* got int"),
        ({"max_tokens": 0}, ParameterError, "max_tokens as a whole number of at least 1, got 0"),
        ({"max_parts": None}, ParameterError, "max_parts as a whole number of at least 1"),
        ({"part_words": 1.5}, ParameterError, "part_words as a whole number"),
        ({"random_state": -1}, ParameterError, "random_state as a whole number of at least 0"),
        ({"random_state": 2**32}, ParameterError, r"random_state below 2\*\*32"),
        ({"temperature": -1}, ParameterError, "temperature as a number from 0 on"),
        ({"max_cost": -1}, ParameterError, "max_cost as a number from 0 on"),
        ({"on_budget": "stop"}, ParameterError, r"on_budget to be one of \['raise', 'skip'\]"),
        ({"chat": "no"}, ParameterError, "chat as a bool"),
        ({"progress": 3}, ParameterError, "progress as a bool"),
        ({"cache": 3}, InputTypeError, "path of a file for the cache, got 3"),
    ],
)
def test_parameters_are_checked_before_any_work(given, error, message):
    model = saying(SAID)
    with pytest.raises(error, match=message):
        TextExtractor(FIELDS, **{"model": model, **given}).fit([TEXT])
    assert model.calls == []


@pytest.mark.parametrize(
    "put",
    [list, np.array, lambda x: np.array(x, object)[:, None], pd.Series, tuple,
     lambda x: pd.DataFrame({"t": x}), lambda x: pa.table({"t": x})],
)  # fmt: skip
def test_a_column_may_come_in_any_container(put):
    extractor = TextExtractor({"n": "number"}, False, model=saying({"n": 5}))
    assert extractor.transform(put([TEXT, "another"])).tolist() == [[5.0], [5.0]]


@pytest.mark.parametrize(
    ("texts", "message"),
    [(pd.DataFrame({"a": ["x"], "b": ["y"]}), r"one column of texts, got the columns \['a', 'b'\]"),
     ([], "at least one text")],
)  # fmt: skip
def test_what_is_no_column_is_refused(texts, message):
    with pytest.raises(InputError, match=message):
        TextExtractor(FIELDS, model=saying(SAID)).fit_transform(texts)


def test_nothing_is_learned_and_the_tags_say_so():
    extractor = TextExtractor(FIELDS, model=saying(SAID))
    tags = extractor.__sklearn_tags__()
    assert (tags.requires_fit, tags.input_tags.string) == (False, True)
    row = extractor.transform([TEXT])
    assert (row == extractor.fit(["another"]).transform([TEXT])).all()
    assert extractor.model.calls != []


def test_copies_share_the_model_and_pickles_keep_the_parameters():
    extractor = TextExtractor(FIELDS, model=saying(SAID), cache=None).fit([TEXT])
    assert clone(extractor).model is copy.deepcopy(extractor).model is extractor.model
    model = FakeLM()
    fitted = TextExtractor({"item": "text"}, model=model).fit([TEXT])
    again = pickle.loads(pickle.dumps(fitted))
    assert again.get_params()["fields"] == {"item": "text"}


def test_an_estimate_is_the_most_that_it_takes_and_what_is_known_is_free(tmp_path):
    model = saying(SAID, prices=(1e6, 1e6))
    extractor = TextExtractor(FIELDS, model=model, cache=tmp_path / "a")
    found = extractor.estimate([TEXT, TEXT, "another", None])
    assert (found.calls, found.cached) == (2, 1)
    extractor.transform([TEXT, TEXT, "another", None])
    assert 0 < extractor.cost_ <= found.cost
    assert extractor.estimate([TEXT, "another"]).calls == 0
    other = TextExtractor(FIELDS, model=model, cache=tmp_path / "a").fit()
    assert (other.transform([TEXT]) == extractor.transform([TEXT])).all()
    assert (other.cost_, len(model.calls)) == (0, 2)
    other.set_params(descriptions={"item": "a thing"}).transform([TEXT])  # another question
    assert len(model.calls) == 3


def test_the_progress_bar_shows_the_cost_so_far(capsys):
    model = saying({"n": None}, prices=(1e6, 0))
    extractor = TextExtractor({"n": "number"}, model=model, progress=True)
    extractor.transform(["a", "b"])
    told = capsys.readouterr().err
    assert f"cost {extractor.cost_:.4g}" in told
    assert "2/2" in told


def test_a_budget_that_ends_in_the_middle_loses_nothing(tmp_path):
    texts = [f"{n} tents" for n in range(10)]
    model = saying({"n": None}, prices=(1e6, 1e6))
    given = {"model": model, "cache": tmp_path / "a", "max_tokens": 9}
    extractor = TextExtractor({"n": "number"}, **given).fit()
    budget = extractor.estimate(texts[:5]).cost
    extractor.set_params(max_cost=budget)
    with pytest.raises(BudgetError, match="They are kept"):
        extractor.transform(texts)
    done = len(model.calls)
    assert 0 < done < 10
    extractor.set_params(on_budget="skip", max_cost=0)
    with pytest.warns(UserWarning, match=rf"{10 - done} of 10 rows were not asked about: max_cost"):
        extractor.fit().transform(texts)
    left = [row for row, problem in enumerate(extractor.problems_) if problem]
    assert len(left) == 10 - done
    assert all(extractor.problems_[row].startswith("budget: not asked") for row in left)
    extractor.set_params(max_cost=None).transform(texts)
    assert (extractor.problems_, len(model.calls)) == ([None] * 10, 10)


def test_what_was_answered_before_an_error_is_kept():
    model = saying({"n": None}, fail_after=2)
    extractor = TextExtractor({"n": "number"}, model=model)
    with pytest.raises(EndpointError, match="told to fail"):
        extractor.transform([f"text {n}" for n in range(20)])
    extractor.transform([f"text {n}" for n in range(20)])
    assert len(model.calls) == 20


def test_a_cache_that_is_damaged_is_told_before_any_work(tmp_path):
    (tmp_path / "a").write_bytes(b"not a database at all" * 99)
    model = saying(SAID)
    with pytest.raises(SavedFileError, match="a cache of answers at"):
        TextExtractor(FIELDS, model=model, cache=tmp_path / "a").transform([TEXT])
    assert model.calls == []


class Refusing(FakeLM):
    """Refuses texts with "bad" in them, and ends one for its content."""

    def generate(self, prompts, sampling):
        bad = {n: "status 400: key sk-..." for n, p in enumerate(prompts) if "bad" in p.text}
        for n, prompt in enumerate(prompts):
            if n not in bad:
                ended = "content_filter" if "rude" in prompt.text else "stop"
                yield Generated(n, '{"item": null}', ended, (1, 1))
        if bad:
            raise RefusedError("Refused.", bad)


def test_a_row_that_a_server_refuses_has_its_reason():
    extractor = TextExtractor({"item": "text"}, model=Refusing())
    extractor.transform(["fine", "bad", "rude"])
    assert extractor.problems_ == [
        None,
        "refused: status 400: key sk-...",
        "content_filter: no answer",
    ]


def test_the_same_seed_gives_the_same_question_and_another_does_not():
    seen = []
    model = FakeLM(says=lambda prompt, sampling: seen.append(sampling.seed) or '{"item": null}')
    for seed, temperature in ((1, 0.8), (1, 0.8), (2, 0.8), (1, 0.0), (2, 0.0)):
        given = {"random_state": seed, "temperature": temperature}
        TextExtractor({"item": "text"}, model=model, **given).transform([TEXT])
    assert seen == [1, 2, 1]  # without chance, a seed is of no account


@pytest.mark.parametrize("given", [{"part_words": 2}, {}])
def test_a_text_of_too_many_parts_is_not_asked_about(given):
    model = saying({"item": None}, context_length=160)
    extractor = TextExtractor({"item": "text"}, model=model, max_tokens=50, **given)
    extractor.transform(["word " * 10_000])
    assert extractor.problems_ == ["too long: it takes more than max_parts=16 parts"]
    assert model.calls == []
