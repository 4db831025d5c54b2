"""What is known before anything is asked, and where a model and its answers come from."""

import numpy as np
import pytest
from mixed_tables import mixed, scripted

from keraswrap.codegen import PipelineWriter
from keraswrap.exceptions import InputTypeError, SavedFileError
from keraswrap.llm import AnswerCache
from keraswrap.llm._responses import memory_of


def test_settings_follow_the_table_and_the_parameters():
    X, y = mixed()
    job, settings, proposer = PipelineWriter(scripted("x"), n_candidates=3, random_state=5)._begin(
        X, y
    )
    assert (settings.metric, settings.n_candidates, settings.seed) == ("accuracy", 3, 5)
    assert (len(job.rows), len(job.aside), len(job.folds)) == (96, 24, 5)
    assert proposer.seed == 5
    assert PipelineWriter(scripted("x"))._begin(X, X["age"].fillna(0))[1].metric == "r2"


def test_answers_are_kept_in_memory_or_in_a_file(tmp_path):
    model, (X, y) = scripted("x"), mixed()
    assert PipelineWriter(model)._begin(X, y)[2].store is memory_of(model)
    cache = AnswerCache(tmp_path / "answers.sqlite")
    assert PipelineWriter(model, cache=cache)._begin(X, y)[2].store is cache


def test_a_file_that_is_no_cache_is_told_before_any_work(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("These are notes. " * 100)
    model = scripted("x")
    with pytest.raises(SavedFileError, match=r"notes\.txt"):
        PipelineWriter(model, cache=path).fit(*mixed())
    assert model.calls == []


def test_functions_need_names_of_columns():
    pytest.importorskip("keraswrap._sandbox").find_isolation()
    X, y = np.arange(40.0).reshape(20, 2), [0, 1] * 10
    with pytest.raises(InputTypeError, match="names of columns for features='code'"):
        PipelineWriter(scripted("x"), features="code").fit(X, y)
