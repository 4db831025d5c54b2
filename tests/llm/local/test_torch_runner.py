"""PyTorch nets, where that is installed."""

import numpy as np
import pytest
from causal import write_causal
from reference import continuations, prompt, prompts, reference, score

from keraswrap.exceptions import InputError
from keraswrap.llm import TransformersLM
from keraswrap.llm.local import _tree_scoring

KINDS = ["llama", "gpt2", "qwen2"]


@pytest.fixture(scope="module", params=KINDS)
def tiny(request, tmp_path_factory):
    pytest.importorskip("torch")
    folder = write_causal(tmp_path_factory.mktemp(request.param), request.param)
    return folder, TransformersLM(folder)


@pytest.mark.parametrize("pays", [1, 10**9])
def test_trees_are_right_at_once_and_step_by_step(tiny, monkeypatch, pays):
    monkeypatch.setattr(_tree_scoring, "_PAYS", pays)
    folder, model = tiny
    assert model._net.scorer(None, True).runner.sees_trees(30)
    asked, ways = [prompt(text) for text in ("ok", "ok ok ok", "ok ok")], continuations(True)
    expected = reference(model, folder, asked, ways)
    np.testing.assert_allclose(score(model, asked, ways), expected, atol=1e-4)


def test_missing_weights_are_refused(tmp_path):
    pytest.importorskip("torch")
    folder = write_causal(tmp_path / "m", num_hidden_layers=3)
    model = TransformersLM(folder)
    with pytest.raises(InputError, match="no weights for"):
        list(model.score(prompts(), continuations(False)))
