"""Trees of labels, run at once or branch by branch: the numbers of plain numpy either way."""

import numpy as np
import pytest
from causal import write_causal
from reference import continuations, prompt, reference, score

from keraswrap.llm import KerasHubLM
from keraswrap.llm._protocol import Continuation
from keraswrap.llm.local import _tree_scoring
from keraswrap.llm.local._label_trie import build_trie
from keraswrap.llm.local._tree_scoring import AtOnce, StepByStep, choose_way, count_branches

pytest.importorskip("keras_hub")
# Some of nearly one length, in no order, and one that is much longer.
TEXTS = ["ok", "ok ok ok", "it", "ok ok", "great " * 12, "ok it", "bad bad bad"]
STEMS = [" very good", " very good and great", " very bad", " very bad and sad", " fine"]
MANY = [Continuation(stem + more) for stem in STEMS for more in ("", " or", " or not")]
SEES = {"llama": True, "qwen2": True, "gpt2": True}


@pytest.fixture(scope="module", params=SEES)
def tiny(request, tmp_path_factory):
    folder = write_causal(tmp_path_factory.mktemp(request.param), request.param)
    return request.param, folder, KerasHubLM(folder)


@pytest.fixture
def runner(tiny):
    return tiny[2]._net.scorer(None, True).runner


@pytest.fixture(params=["at once", "step by step"])
def way(request, monkeypatch):
    monkeypatch.setattr(
        _tree_scoring, "_PAYS", {"at once": 1, "step by step": 10**9}[request.param]
    )


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize("ways", [MANY, continuations(True)], ids=["many", "with an end"])
@pytest.mark.parametrize("most", [256, 5])
def test_both_ways_give_the_numbers_of_plain_numpy(tiny, way, monkeypatch, order, ways, most):
    monkeypatch.setattr(_tree_scoring, "_MOST", most)
    _, folder, model = tiny
    asked = [prompt(text) for text in TEXTS[::order]]
    expected = reference(model, folder, asked, ways)
    np.testing.assert_allclose(score(model, asked, ways), expected, atol=1e-4)


def make_trie():
    return build_trie([[5, 6, 7], [5, 8, 9], [10, 11]], [True, False, True], (3, 4))


def test_what_sees_trees_runs_large_ones_at_once(tiny, runner):
    kind, _, _ = tiny
    trie = make_trie()
    assert isinstance(choose_way(runner, trie, 1000, 10), AtOnce if SEES[kind] else StepByStep)
    assert isinstance(choose_way(runner, trie, 1, 10), StepByStep)
    plain = build_trie([[5], [6]], [False, False], ())
    assert isinstance(choose_way(runner, plain, 10**6, 10), StepByStep)
    assert count_branches(plain.root) == 1


@pytest.mark.parametrize("fault", ["raises", "is wrong"])
def test_a_net_that_does_not_see_trees_goes_step_by_step(runner, monkeypatch, fault):
    def look(cache, layout):
        if fault == "raises":
            raise ValueError("no mask")
        return np.zeros((len(layout.ids), len(layout.asked)))

    monkeypatch.setattr(runner, "_sees_trees", None)
    monkeypatch.setattr(runner, "look", look)
    assert isinstance(choose_way(runner, make_trie(), 1000, 10), StepByStep)
