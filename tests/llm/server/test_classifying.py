"""A classifier that asks a server on this machine: from its texts to what is kept and paid."""

import json

import numpy as np
import pytest
from model_server import TinyLM, serve, status

from keraswrap.exceptions import BudgetError, EndpointError
from keraswrap.llm._multi_label import MultiLabelZeroShotClassifier
from keraswrap.llm._zero_shot import ZeroShotClassifier
from keraswrap.llm.server._client import OpenAICompatibleLM

TINY = TinyLM(sharpness=1.5)
LABELS = ["negative", "neutral", "positive"]
PROMPT = "Rate: {text} It is:"
TEXTS = [f"text {n}" for n in range(12)]


@pytest.fixture
def served():
    with serve(TINY) as (url, state):
        state.url = url
        yield state


def make(url, lm=None, **given):
    lm = OpenAICompatibleLM(url, "tiny", max_concurrency=2, max_retries=1, **(lm or {}))
    lm._backoff = 0.001
    given = {"prompt": PROMPT, "progress": False, **given}
    return ZeroShotClassifier(model=lm, **given).fit(None, LABELS)


def directly(text):
    """Ask the scorer itself, token by token."""
    before = TINY.encode(PROMPT.format(text=text))
    shares = np.exp([TINY.log_prob(before, label) for label in LABELS])
    return shares / shares.sum()


def asked(served):
    return [json.dumps(body) for _, _, body in served.seen]


def test_labels_and_probabilities_are_those_of_the_model_itself(served):
    clf = make(served.url, {"api": "completions"})
    expected = np.array([directly(text) for text in TEXTS])
    np.testing.assert_allclose(clf.predict_proba(TEXTS), expected, atol=1e-9)
    assert clf.predict(TEXTS).tolist() == [LABELS[n] for n in expected.argmax(axis=1)]
    assert len(served.seen) == len(TEXTS)  # no prompt is asked twice


def test_a_chat_gives_what_it_lists(served):
    served.says = "positive"
    clf = make(served.url, {"top_logprobs": len(TINY.tokens)}, chat=True)
    proba = clf.predict_proba(TEXTS)
    for text, row in zip(TEXTS, proba, strict=True):
        content = PROMPT.format(text=text)
        log_probs = TINY.next_log_probs(TINY.chat([{"role": "user", "content": content}]))
        begins = [[b"neg"], [b"neutral", b" neutral"], [b"pos", b"positive", b"Positive"]]
        begins[2] += [b"p", b"P"]
        shares = [sum(np.exp(log_probs[TINY.tokens.index(t)]) for t in own) for own in begins]
        np.testing.assert_allclose(row, np.array(shares) / sum(shares), atol=0.02)
    assert not np.isnan(proba).any()


def bounds(text, top):
    """What each label has at least and at most, by the tokens that are listed."""
    lm = TINY
    log_probs = lm.next_log_probs(lm.chat([{"role": "user", "content": PROMPT.format(text=text)}]))
    listed = [*np.argsort(-log_probs)[:top], lm.tokens.index(b"positive")]  # that one is said
    shares = {lm.tokens[n].decode("latin-1").strip().lower(): 0.0 for n in set(listed)}
    for n in set(listed):
        shares[lm.tokens[n].decode("latin-1").strip().lower()] += np.exp(log_probs[n])
    low = np.array([shares.get(label, 0.0) for label in LABELS])
    begin = [sum(p for t, p in shares.items() if label.startswith(t)) for label in LABELS]
    return low, np.array(begin) + 1 - sum(shares.values())


@pytest.mark.filterwarnings("ignore:The model gave no log-prob", "ignore:The answer to")
@pytest.mark.parametrize("top", [6, 12, 40])
def test_no_label_has_more_than_a_list_allows(served, top, tmp_path):
    served.says, texts = "positive", [f"text {n}" for n in range(60)]
    given = {"lm": {"top_logprobs": top}, "chat": True, "cache": tmp_path / "answers"}
    found = [make(served.url, **given).predict_proba(texts) for _ in range(2)]
    assert len(served.seen) == len(texts)
    np.testing.assert_array_equal(*found)  # the bounds are kept, too
    told = ~np.isnan(found[0]).any(axis=1)
    for text, row in zip(np.array(texts)[told], found[0][told], strict=True):
        low, high = bounds(text, top)
        assert (row <= high / (high + low.sum() - low) + 1e-9).all()


@pytest.mark.filterwarnings("ignore:The model gave no log-prob", "ignore:The answer to")
def test_an_answer_off_the_list_is_none_and_its_text_is_kept(served):
    served.log_probs, served.says = False, "caf The"
    clf = make(served.url)
    assert clf.predict(TEXTS[:2]).tolist() == [None, None]
    assert clf.answers_ == ["caf The", "caf The"]
    assert np.isnan(clf.predict_proba(TEXTS[:2])).all()
    served.says = "Positive"
    assert clf.predict(TEXTS[2:3]).tolist() == ["positive"]


@pytest.mark.parametrize(
    ("said", "known"),
    [
        ("positive", True),
        ("Neutral, I think", True),
        ('"neutral", I think', False),
        ("The caf", False),
        ("neutrality", False),
        ("not positive", False),
    ],
)
@pytest.mark.filterwarnings("ignore:The answer to")
def test_what_is_listed_of_labels_makes_no_answer_of_another_text(served, said, known):
    served.says = said
    lm = {"top_logprobs": len(TINY.tokens)}
    clf = make(served.url, lm, chat=True, calibration="contextual")
    labels, proba = clf.predict(TEXTS[:2]), clf.predict_proba(TEXTS[:2])
    assert [label in LABELS for label in labels] == [known, known]
    assert np.isfinite(proba).all() == known
    assert known or (labels.tolist() == [None, None] and np.isnan(proba).all())
    assert clf.answers_ == [said, said]
    assert np.isfinite(clf.prior_).all()  # that is asked for, whatever the answer


@pytest.mark.filterwarnings("ignore:The model gave no log-prob")
@pytest.mark.parametrize("verbalizers", [None, {label: [label[::-1]] for label in LABELS}])
@pytest.mark.parametrize("label", LABELS)
def test_a_label_in_other_dress_is_the_answer_whatever_else_is_listed(served, label, verbalizers):
    served.says = label if verbalizers else f"**{label}**"
    lm = {"top_logprobs": len(TINY.tokens)}
    clf = make(served.url, lm, chat=True, verbalizers=verbalizers)
    assert clf.predict(TEXTS).tolist() == [label] * len(TEXTS)


def test_each_question_has_its_own_answer_or_none(served):
    lm = OpenAICompatibleLM(served.url, "tiny", top_logprobs=len(TINY.tokens))
    clf = MultiLabelZeroShotClassifier(model=lm, progress=False).fit(y=["price", "speed"])
    served.says = "The review"
    with pytest.warns(UserWarning, match="to 2 of 2 questions was neither of"):
        assert clf.predict(["x"]).tolist() == [[None, None]]
    served.says = "yes"
    assert set(clf.predict(["y"]).ravel()) <= {0, 1}


def test_a_label_that_a_servers_tokens_do_not_spell_is_named(served):
    clf = make(served.url, {"api": "completions"}).fit(None, ["negative", "schön"])
    with pytest.raises(EndpointError, match=r"log-probability of 'schön' from .*do not spell it"):
        clf.predict(TEXTS[:1])


@pytest.mark.parametrize("api", ["chat", "completions"])
def test_what_was_answered_before_a_failure_is_not_asked_again(served, api, tmp_path):
    served.says, served.fault, served.healthy = "positive", status(500), 5
    lm = {"api": api, "top_logprobs": len(TINY.tokens)}
    clf = make(served.url, lm, cache=tmp_path / "answers")
    with pytest.raises(EndpointError, match="Answered and kept: 5 of 12"):
        clf.predict_proba(TEXTS)
    served.fault, before = None, len(served.seen)
    proba = clf.predict_proba(TEXTS)
    assert len(served.seen) - before == 7
    again = make(served.url, lm, cache=tmp_path / "answers")
    again.clear_model_cache()
    np.testing.assert_array_equal(again.predict_proba(TEXTS), proba)
    assert len(served.seen) - before == 7
    assert np.isfinite(proba).all()


def test_a_budget_stops_before_it_is_passed_and_keeps_what_was_paid_for(served):
    served.says = "positive"
    clf = make(served.url, {"prices": (1e6, 0)}, max_cost=100.0)
    with pytest.raises(BudgetError, match="max_cost=100"):
        clf.predict(TEXTS)
    n_asked = len(served.seen)
    assert 0 < n_asked < len(TEXTS)
    tokens = [len(TINY.encode(f"user: {PROMPT.format(text=text)}\n")) for text in TEXTS]
    assert clf.cost_ == pytest.approx(sum(tokens[:n_asked]))
    assert clf.cost_ <= 100
    clf.set_params(max_cost=None).predict(TEXTS)
    assert len(served.seen) == len(TEXTS)
    assert len(set(asked(served))) == len(TEXTS)
