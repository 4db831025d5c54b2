"""What prompts share is run once and kept, and does no harm to other prompts."""

import numpy as np
import pytest
from causal import write_causal
from reference import continuations, prompt, prompts, reference, score

from keraswrap.llm import KerasHubLM


@pytest.fixture(scope="module")
def llama(tmp_path_factory):
    folder = write_causal(tmp_path_factory.mktemp("llama"), seed=1)
    return folder, KerasHubLM(folder)


def test_what_was_kept_of_other_prompts_does_no_harm(llama):
    folder, model = llama
    ways = continuations(False)
    expected = [reference(model, folder, prompts(chat), ways) for chat in (False, True)]
    for chat in (False, True, False):
        np.testing.assert_allclose(score(model, prompts(chat), ways), expected[chat], atol=1e-4)


def test_chat_and_plain_prompts_go_together(llama):
    folder, model = llama
    asked = [*prompts(True)[:2], *prompts(False)[:2], *prompts(True)[2:3]]
    ways = continuations(True)
    expected = reference(model, folder, asked, ways)
    np.testing.assert_allclose(score(model, asked, ways), expected, atol=1e-4)


def test_what_prompts_share_is_run_once_and_kept(llama):
    _, model = llama
    ways = continuations(False)
    score(model, prompts(), ways)
    runner = model._net.scorer(None, True).runner
    seen, extend = [], runner.extend
    runner.extend = lambda cache, ids, *more: (seen.append(ids), extend(cache, ids, *more))[1]
    try:
        score(model, prompts(), ways)
    finally:
        del runner.extend
    shared = model.tokens_.encode(prompt(""))[:10]
    assert seen
    assert not any(np.array_equal(ids[0, :10], shared) for ids in seen)
