"""Layers told what each token of a tree sees."""

import pytest
from causal import write_causal

from keraswrap.llm import KerasHubLM
from keraswrap.llm.local._label_trie import build_trie
from keraswrap.llm.local._tree_scoring import AtOnce, StepByStep, choose_way

SEES = {"llama": True, "qwen2": True, "gpt2": True}


@pytest.fixture(scope="module", params=SEES)
def tiny(request, tmp_path_factory):
    folder = write_causal(tmp_path_factory.mktemp(request.param), request.param)
    return request.param, folder, KerasHubLM(folder)


@pytest.fixture
def runner(tiny):
    return tiny[2]._net.scorer(None, True).runner


def make_trie():
    return build_trie([[5, 6, 7], [5, 8, 9], [10, 11]], [True, False, True], (3, 4))


def test_nothing_is_run_at_once_beyond_a_window(runner, monkeypatch):
    monkeypatch.setattr(runner._layers, "_window", 20)
    size = AtOnce(runner, make_trie()).more
    assert isinstance(choose_way(runner, make_trie(), 1000, 20 - size), StepByStep)
    assert isinstance(choose_way(runner, make_trie(), 1000, 19 - size), AtOnce)


def test_layers_are_as_they_were_after_a_look(runner):
    runner.sees_trees(10)
    layers = runner.model.backbone._flatten_layers()
    assert not any("call" in vars(layer) for layer in layers)
