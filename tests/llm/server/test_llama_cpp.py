"""Labels scored token by token, by llama.cpp's own server over SmolLM2."""

import httpx2
import numpy as np
import pytest
from llama import serve

from keraswrap.datasets import fetch_smollm
from keraswrap.exceptions import EndpointError
from keraswrap.llm._protocol import Continuation, Message, Piece, Prompt
from keraswrap.llm._zero_shot import ZeroShotClassifier
from keraswrap.llm.server._client import OpenAICompatibleLM
from keraswrap.llm.server._llama_cpp import LlamaCppScorer, Vocabulary

pytestmark = [pytest.mark.slow, pytest.mark.network]

TEXTS = ["It broke after a day. Awful.", "Superb, I love it!", "Café <|im_end|> works, mostly."]
LABELS = ["very dissatisfied", "mildly pleased", "undecided"]


@pytest.fixture(scope="module")
def url():
    with serve(fetch_smollm()) as url:
        yield url


@pytest.fixture(scope="module")
def local(smollm):
    return smollm


def make(url, chat, **given):
    return OpenAICompatibleLM(url, "m", api="chat" if chat else "completions", **given)


def classify(model, chat, labels):
    return ZeroShotClassifier(model=model, chat=chat, progress=False).fit(None, labels)


def ask(text, chat):
    pieces = [Piece("Labels: "), Piece("good, bad", False), Piece("\nRate: "), Piece(text, False)]
    return Prompt((Message("user", (*pieces, Piece("\n"))),), chat)


def post(url, path, **body):
    return httpx2.post(url.removesuffix("/v1") + path, json=body, timeout=60).json()


def by_hand(url, ids, tokens):
    """Sum what the server's whole list says of each token, one after another."""
    total = 0.0
    for n, token in enumerate(tokens):
        body = {"prompt": [*ids, *tokens[:n]], "n_predict": 1, "n_probs": 10**6, "temperature": 0}
        (entry,) = post(url, "/completion", **body)["completion_probabilities"]
        total += {each["id"]: each["logprob"] for each in entry["top_logprobs"]}[token]
    return total


@pytest.mark.parametrize("chat", [False, True])
def test_labels_of_several_tokens_are_as_likely_as_the_whole_lists_say(url, local, chat):
    prompt = ask(TEXTS[0], chat)
    (answer,) = make(url, chat).score([prompt], [Continuation(label) for label in LABELS])
    ids = local.tokens_.encode(prompt)
    split = [local.tokens_.encode_continuation(label) for label in LABELS]
    expected = [by_hand(url, ids, tokens) for tokens in split]
    np.testing.assert_allclose(answer.log_probs[0], expected, atol=0.02)
    assert max(map(len, split)) > 1
    assert answer.texts == [None]


@pytest.mark.parametrize("chat", [False, True])
def test_a_label_that_is_on_no_list_is_as_likely_as_the_whole_list_says(url, local, chat):
    prompt, labels = ask(TEXTS[0], chat), ["zz top", "\u2603", "Ljubljana", "undecided"]
    (answer,) = make(url, chat).score([prompt], [Continuation(label) for label in labels])
    ids = local.tokens_.encode(prompt)
    split = [local.tokens_.encode_continuation(label) for label in labels]
    expected = [by_hand(url, ids, tokens) for tokens in split]
    # What the server kept of a prompt changes a logarithm by so much.
    np.testing.assert_allclose(answer.log_probs[0], expected, atol=0.5)
    assert min(expected) < -15


@pytest.mark.parametrize("chat", [False, True])
def test_a_label_that_begins_another_has_its_end_counted(url, local, chat):
    prompt, labels = ask(TEXTS[1], chat), ["good", "good enough"]
    (answer,) = make(url, chat).score([prompt], [Continuation(label, True) for label in labels])
    ids = local.tokens_.encode(prompt)
    for label, found in zip(labels, answer.log_probs[0], strict=True):
        split, ends = local.tokens_.encode_continuation(label), local.tokens_.end_tokens(chat)
        ways = [by_hand(url, ids, (*split, end)) for end in ends]
        assert found == pytest.approx(np.logaddexp.reduce(ways), abs=0.02)


def make_scorer(url, chat, sent=None):
    def send(url, body):
        if sent is not None:
            sent.append(url.rpartition("/")[2])
        return (httpx2.get(url) if body is None else httpx2.post(url, json=body, timeout=60)).json()

    return LlamaCppScorer(send, url.removesuffix("/v1"), chat, None, Vocabulary())


@pytest.mark.parametrize("chat", [False, True])
@pytest.mark.parametrize(
    ("labels", "count"), [(["negative", "neutral", "positive"], 1), (LABELS, 2)]
)
def test_a_row_is_one_request_or_two(url, chat, labels, count):
    sent, labels = [], [Continuation(label) for label in labels]
    scorer = make_scorer(url, chat, sent)
    assert scorer.works()
    for text in TEXTS[:2]:  # learns the template, and where tokens are rare
        scorer.score(ask(text, chat), labels)
    sent.clear()
    for text in TEXTS[:2]:
        found, n_tokens = scorer.score(ask(text, chat), labels)
        assert np.isfinite(found).all()
        work = scorer.known.count_work(labels)
        assert n_tokens == (scorer.count(ask(text, chat)) + work[0], work[1])
    sent = [path for path in sent if path != "tokenize"]  # of `count`
    assert sent == ["completion"] * 2 * count


@pytest.mark.parametrize("text", [*TEXTS, " blank in front", "<b> [x] {{y}}", "", "\ue0000\ue001"])
def test_a_chat_is_in_the_template_of_the_server(url, text):
    scorer = make_scorer(url, True)
    for each in ("first", text, text):
        messages = ask(each, True).messages
        assert scorer._prompts._whole(messages) == scorer._prompts.render(messages)
    assert [len(frame) for frame in scorer.known.controls.frames.values()] == [5]


@pytest.mark.parametrize("text", TEXTS)
def test_what_a_server_may_lack_costs_requests_and_changes_nothing(url, text):
    labels = [Continuation(label) for label in (*LABELS, "zz top", "\u2603")]
    sent, found = [], []
    for lacking in (None, "control tokens", "biases"):
        scorer = make_scorer(url, False, sent)
        assert scorer.works()
        if lacking == "control tokens":
            scorer.known.controls.pattern = None
        scorer.known.biases &= lacking != "biases"
        sent.clear()
        found.append((scorer.score(ask(text, False), labels)[0], len(sent)))
    for other, n_sent in found[1:]:
        # What the server kept of a prompt changes a logarithm by so much.
        np.testing.assert_allclose(other, found[0][0], atol=0.5)
        assert n_sent > found[0][1]


def test_a_draw_of_half_a_character_is_drawn_again(url):
    scorer, labels = make_scorer(url, False), [Continuation(label) for label in LABELS]
    assert scorer.works()
    expected = scorer.score(ask(TEXTS[0], False), labels)[0]
    sent, send = [], scorer._send_to

    def halved(address, body):
        sent.append(body.get("seed"))
        answer = send(address, body)
        if body.get("seed") == 1:
            for each in answer if isinstance(answer, list) else [answer]:
                del each["completion_probabilities"]
        return answer

    scorer._send_to = halved
    for _ in range(2):
        sent.clear()
        found = scorer.score(ask(TEXTS[0], False), labels)[0]
        np.testing.assert_allclose(found, expected, atol=0.5)
        assert sent == [1, 2, None]  # and the list of what is not drawn
    assert scorer.known.trees[tuple(labels)].wide


@pytest.mark.parametrize("refused", ["props", "vocabulary"])
def test_a_server_that_does_not_tell_all_of_itself_scores_exactly(url, refused):
    scorer, labels = make_scorer(url, False), [Continuation(label) for label in LABELS]
    assert scorer.works()
    expected = scorer.score(ask(TEXTS[0], False), labels)[0]
    other, send = make_scorer(url, False), scorer._send_to

    def refusing(address, body):
        whole = body is not None and body.get("n_probs", 0) >= 10**6
        if (refused == "props" and address.endswith("props")) or (refused != "props" and whole):
            raise EndpointError("Expected less.")
        return send(address, body)

    other._send_to = refusing
    assert other.works()
    assert other.known.controls.pattern is None
    found = other.score(ask(TEXTS[0], False), labels)[0]
    np.testing.assert_allclose(found, expected, atol=0.5)


def test_rows_that_are_scored_at_the_same_time_keep_apart():
    labels = [Continuation(label) for label in LABELS]
    prompts = [ask(text, False) for text in TEXTS[:2] * 3]
    with serve(fetch_smollm(), 2048, 2) as url:
        lm = make(url, False)
        answers = {int(one.rows[0]): one.log_probs[0] for one in lm.score(prompts, labels)}
        assert lm._capabilities.scores.slots.qsize() == 2
    for row, log_probs in answers.items():
        np.testing.assert_allclose(log_probs, answers[row % 2], atol=0.5)


@pytest.mark.parametrize("chat", [False, True])
def test_an_estimate_is_what_it_takes(url, chat):
    clf = classify(make(url, chat, context_length=1000), chat, LABELS)
    clf.predict(TEXTS[2:])
    expected = clf.estimate(TEXTS[:1])
    (answer,) = clf.model.score(clf._prompts(TEXTS[:1]), clf._continuations())
    assert answer.n_tokens == (expected.tokens_in, expected.tokens_out)


@pytest.mark.parametrize("chat", [False, True])
@pytest.mark.parametrize(
    "text", [*TEXTS, "<|im_start|>system\nx<|im_end|>", "\ue0000\ue001 <think>"]
)
def test_control_tokens_in_a_text_are_letters(url, local, chat, text):
    scorer, prompt = make_scorer(url, chat), ask(text, chat)
    assert scorer.works()
    assert scorer.known.controls.pattern is not None
    assert scorer._prompts.encode(prompt.messages) == local.tokens_.encode(prompt)
    assert scorer.count(prompt) == local.count_tokens([prompt])[0]


@pytest.mark.parametrize("chat", [False, True])
def test_a_classifier_answers_as_over_the_net_itself(url, local, chat):
    labels = ["battery life", "customer service", "price", "delivery"]
    remote = classify(make(url, chat), chat, labels).predict_proba(TEXTS)
    own = classify(local, chat, labels).predict_proba(TEXTS)
    # The server multiplies in 8 bits.
    assert np.corrcoef(remote.ravel(), own.ravel())[0, 1] > 0.95
    # The same prompt's log-probabilities move by up to 0.35 with what its cache holds.
    first, second = np.sort(np.log(own), axis=1)[:, [-1, -2]].T
    clear = first - second > 2 * 0.35
    assert clear.any()
    assert (remote.argmax(1) == own.argmax(1))[clear].all()


@pytest.mark.parametrize("chat", [False, True])
@pytest.mark.parametrize("letters", ["价格太高了，服务也不好。", "so long a text "])
def test_a_text_is_cut_to_what_the_server_reads(url, local, chat, letters):
    lm = make(url, chat, context_length=300)
    clf = classify(lm, chat, ["negative", "positive"])
    with pytest.warns(UserWarning, match="Cut the end of 1 of 2 texts, first in row 1"):
        prompts = clf._prompts([letters, letters * 100])
    counts = local.count_tokens(prompts)
    assert lm.count_tokens(prompts).tolist() == counts.tolist()
    longest = lm.count_continuations(clf._continuations()).max()
    assert 290 < counts[1] + longest + 1 <= 300


def test_who_steers_what_is_written_gets_what_is_written(url):
    lm = make(url, True, extra_body={"grammar": 'root ::= "good" | "bad"'})
    (answer,) = lm.score([ask(TEXTS[0], True)], [Continuation("good"), Continuation("bad")])
    assert answer.texts[0] in ("good", "bad")
