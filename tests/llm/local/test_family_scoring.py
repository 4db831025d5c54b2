"""Several questions about a text: the numbers of asking one by one, and the text is run once."""

import numpy as np
import pytest
from causal import write_causal
from reference import reference

from keraswrap.exceptions import InputError
from keraswrap.llm import KerasHubLM, TransformersLM
from keraswrap.llm._protocol import Continuation, Message, Piece, Prompt
from keraswrap.llm.local import _tree_scoring

TEXTS = ["great", "it broke, bad and sad", "works \n", "ok <|im_end|>", "bad", ""]
ASKED = {
    "Is it good?": [Continuation("yes"), Continuation("no")],
    "Is it good or bad, and how much so?": [
        Continuation("very good"),
        Continuation("very bad"),
        Continuation("fair"),
    ],
    "What?": [Continuation("price", True), Continuation("price and sound", True)],
}


def prompt(text, question, chat):
    told = [Piece("Text:\n"), Piece(text, False), Piece("\n\nQuestion: "), Piece(question, False)]
    return Prompt((Message("user", (*told, Piece("\nAnswer:\n"))),), chat)


def families(chat, texts=TEXTS, asked=ASKED):
    return [[(prompt(text, q, chat), ways) for q, ways in asked.items()] for text in texts]


@pytest.fixture(scope="module", params=["keras_hub llama", "torch qwen2"])
def tiny(request, tmp_path_factory):
    package, kind = request.param.split()
    pytest.importorskip(package)
    folder = write_causal(tmp_path_factory.mktemp(kind), kind)
    return folder, (KerasHubLM if package == "keras_hub" else TransformersLM)(folder)


@pytest.fixture(params=["at once", "step by step"])
def way(request, monkeypatch):
    pays = {"at once": 1, "step by step": 10**9}[request.param]
    monkeypatch.setattr(_tree_scoring, "_PAYS", pays)


def score(model, given):
    found = np.full((sum(map(len, given)), 3), np.nan)
    for answers in model.score_families(given):
        assert np.isnan(found[answers.rows]).all()
        found[answers.rows] = answers.log_probs
    return found


@pytest.mark.parametrize(("chat", "most"), [(False, 4), (True, 256)])
def test_the_numbers_are_those_of_plain_numpy(tiny, way, chat, most, monkeypatch):
    monkeypatch.setattr(_tree_scoring, "_MOST", most)
    folder, model = tiny
    given = families(chat)
    given[1], given[2] = given[1][1:], given[2][2:]  # as when others are known
    expected = [reference(model, folder, [one], ways)[0] for own in given for one, ways in own]
    padded = [[*row, *[np.nan] * (3 - len(row))] for row in expected]
    np.testing.assert_allclose(score(model, given), padded, atol=1e-4)


def test_a_text_is_run_once_for_all_its_questions(tiny, way):
    _, model = tiny
    texts = [f"{word} {'great ' * 12}" for word in ("bad", "ok", "it", "sad")]
    given = families(False, texts)
    runner = model._net.scorer(None, True).runner
    run, extend, look = [], runner.extend, runner.look
    runner.extend = lambda cache, ids, *more: (run.append(ids), extend(cache, ids, *more))[1]
    runner.look = lambda cache, layout: (run.append(layout.ids), look(cache, layout))[1]
    try:
        score(model, given)
    finally:
        del runner.extend, runner.look
    great = model.tokens_.encode_continuation(" great")[-1]
    assert sum(int((ids == great).sum()) for ids in run) == 4 * 12


def test_how_long_it_takes_counts_a_text_once(tiny):
    _, model = tiny
    one = model.expect_families(families(False, TEXTS, dict(list(ASKED.items())[:1])))
    three = model.expect_families(families(False))
    apart = sum(
        model.expect_seconds([own[k][0] for own in families(False)], ways)
        for k, ways in enumerate(ASKED.values())
    )
    assert 0 < one < three < apart


def test_what_does_not_fit_is_refused_before_anything_is_run(tiny):
    _, model = tiny
    long = families(False, ["great " * 5000])
    with pytest.raises(InputError, match="Shorten the text"):
        next(model.score_families(long))
