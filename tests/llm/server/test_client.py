"""OpenAICompatibleLM against a server on this machine, whose model is known to the last token."""

import copy
import pickle

import numpy as np
import pytest
from model_server import TinyLM, serve

from keraswrap.exceptions import EndpointError, ParameterError
from keraswrap.llm import Sampling
from keraswrap.llm._protocol import Continuation, LanguageModel, Message, Piece, Prompt
from keraswrap.llm.server import _rate_limit
from keraswrap.llm.server._client import OpenAICompatibleLM

LABELS = [Continuation("positive"), Continuation("negative"), Continuation("neutral")]
TINY = TinyLM()


@pytest.fixture
def served():
    with serve(TINY) as (url, state):
        state.url = url
        yield state


def ask(text, chat=True):
    return Prompt((Message("user", (Piece(text, False),)),), chat)


def rows(n, chat=True):
    return [ask(f"text {k}", chat) for k in range(n)]


def collect(answers):
    return {int(answer.rows[0]): answer for answer in answers}


def first_token_sums(text, top=20):
    """Label probabilities where each label's first token is its own: summed by hand."""
    log_probs = TINY.next_log_probs(TINY.chat([{"role": "user", "content": text}]))
    shares = {TINY.tokens[n]: np.exp(log_probs[n]) for n in np.argsort(-log_probs)[:top]}
    begins = {
        "positive": [b"positive", b"Positive", b"pos", b"p", b"P"],
        "negative": [b"neg"],
        "neutral": [b"neutral", b" neutral"],
    }
    return [sum(shares.get(t, 0) for t in tokens) for tokens in begins.values()]


def test_it_is_a_language_model(served):
    assert isinstance(OpenAICompatibleLM(served.url, "tiny"), LanguageModel)


def test_a_chat_sums_the_tokens_that_spell_a_label(served):
    served.says = "The"  # so that no label's branch is followed
    lm = OpenAICompatibleLM(served.url, "tiny")
    answers = collect(lm.score(rows(12), LABELS))
    assert sorted(answers) == list(range(12))
    for n, answer in answers.items():
        expected = np.array(first_token_sums(f"text {n}"))
        told = (expected > 0) & ~np.isnan(answer.log_probs[0])
        assert told.any()
        np.testing.assert_allclose(np.exp(answer.log_probs[0][told]), expected[told], rtol=1e-9)
        assert answer.texts == ["The"]
        assert answer.n_tokens == (len(TINY.encode(f"user: text {n}\n")), 1)


def test_completions_are_scored_exactly(served):
    lm = OpenAICompatibleLM(served.url, "tiny", api="completions")
    prompts = rows(5, chat=False)
    for n, answer in collect(lm.score(prompts, LABELS)).items():
        before = TINY.encode(prompts[n].text)
        expected = [TINY.log_prob(before, label.text) for label in LABELS]
        np.testing.assert_allclose(answer.log_probs[0], expected, rtol=1e-12)
        assert answer.texts == [None]
    assert len(served.seen) == 5


def test_a_label_that_ends_is_told_from_one_that_goes_on(served):
    lm = OpenAICompatibleLM(served.url, "tiny", api="completions")
    labels = [Continuation("yes", ends=True), Continuation("yes, but", ends=True)]
    (answer,) = lm.score([ask("Well:", chat=False)], labels)
    begins = np.exp([TINY.log_prob(TINY.encode("Well:"), label.text) for label in labels])
    expected = [begins[0] - begins[1], begins[1]]
    np.testing.assert_allclose(np.exp(answer.log_probs[0]), expected, rtol=1e-9)


def test_whether_labels_are_scored_is_learned(served):
    lm = OpenAICompatibleLM(served.url, "tiny")
    served.log_probs = False
    (answer,) = lm.score(rows(1), LABELS)
    assert np.isnan(answer.log_probs).all()
    assert isinstance(answer.texts[0], str)
    assert not lm.gives_log_probs
    served.log_probs = True
    list(lm.score(rows(1), LABELS))
    assert lm.gives_log_probs
    assert OpenAICompatibleLM(served.url, "tiny", api="completions").gives_log_probs


def test_an_answer_off_the_list_is_its_text_and_no_label(served):
    served.says, served.log_probs = "caf The", False
    (answer,) = OpenAICompatibleLM(served.url, "tiny").score(rows(1), LABELS)
    assert answer.texts == ["caf The"]
    assert np.isnan(answer.log_probs).all()


def test_a_server_that_cannot_score_says_so(served):
    served.echoes = False
    lm = OpenAICompatibleLM(served.url, "tiny", api="completions")
    with pytest.raises(EndpointError, match="cannot score a text: use api='chat'"):
        list(lm.score(rows(1, chat=False), LABELS))
    with pytest.raises(ParameterError, match="Expected prompts that are not chats"):
        lm.score(rows(1), LABELS)


@pytest.mark.parametrize("api", ["chat", "completions"])
def test_it_speaks_freely_in_order(served, api):
    lm = OpenAICompatibleLM(served.url, "tiny", api=api)
    prompts = rows(6, chat=api == "chat")
    expected = []
    for prompt in prompts:
        before = f"user: {prompt.text}\n" if prompt.chat else prompt.text
        ids, new = TINY.encode(before), []
        while len(new) < 3 and TINY.end not in new:
            new.append(int(np.argmax(TINY.next_log_probs([*ids, *new]))))
        expected.append(b"".join(TINY.tokens[n] for n in new if n != TINY.end).decode())
    written = sorted(lm.generate(prompts, Sampling(3)), key=lambda one: one.row)
    assert [one.text for one in written] == expected


def test_more_fields_take_the_place_of_those_there(served):
    extra = {"max_tokens": None, "max_completion_tokens": 9, "seed": 1, "logit_bias": {"5": 1}}
    lm = OpenAICompatibleLM(served.url, "tiny", extra_body=extra, top_logprobs=0, max_retries=0)
    extra["seed"] = 2
    with pytest.raises(EndpointError, match="tried 1 times"):  # the server misses max_tokens
        list(lm.score(rows(1), LABELS))
    body = served.seen[0][2]
    assert {"max_tokens", "logprobs", "top_logprobs"}.isdisjoint(body)
    assert (body["max_completion_tokens"], body["seed"]) == (9, 1)


def test_requests_are_bounded_in_number(served):
    list(OpenAICompatibleLM(served.url, "tiny", max_concurrency=3).score(rows(12), LABELS))
    assert 1 < served.at_once <= 3
    served.at_once = 0
    list(OpenAICompatibleLM(served.url, "tiny", max_concurrency=1).score(rows(4), LABELS))
    assert served.at_once == 1


def test_every_request_waits_for_its_turn_over_all_calls(served, monkeypatch):
    lm = OpenAICompatibleLM(served.url, "tiny", requests_per_minute=120)
    taken = []

    def next_slot(now, full_at, interval, burst):
        taken.append((full_at, interval, burst))
        return 0.0, full_at + 1 if taken[1:] else 0.0

    monkeypatch.setattr(_rate_limit, "next_slot", next_slot)
    list(lm.score(rows(3), LABELS))
    list(lm.generate(rows(2), Sampling(1)))
    assert [full_at for full_at, _, _ in taken] == [-np.inf, 0, 1, 2, 3]
    assert set(taken[1:]) == {(n, 0.5, 2.0) for n in range(4)}


def test_what_stays_on_this_machine_is_shown_to_no_proxy(served, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    lm = OpenAICompatibleLM(served.url, "tiny", max_retries=0)
    assert len(list(lm.score(rows(1), LABELS))) == 1


def test_who_stops_reading_pays_for_no_more_than_is_under_way(served):
    answers = OpenAICompatibleLM(served.url, "tiny", max_concurrency=2).score(rows(50), LABELS)
    next(answers)
    answers.close()
    assert len(served.seen) <= 3


def test_nothing_is_sent_before_an_answer_is_taken(served):
    lm = OpenAICompatibleLM(served.url, "tiny")
    lm.score(rows(3), LABELS)
    assert list(lm.score([], LABELS)) == []
    assert served.seen == []


def test_it_is_shared_by_copies_and_settings_are_all_a_pickle_holds():
    lm = OpenAICompatibleLM(
        "https://example.org/v1/", "m", api_key_env="KEY", prices=(1, 2.5), extra_body={"a": [1]}
    )
    assert copy.deepcopy(lm) is lm
    assert copy.copy(lm) is lm
    again = pickle.loads(pickle.dumps(lm))
    assert repr(again) == repr(lm)
    assert again.fingerprint == lm.fingerprint
    assert again.prices == (1, 2.5)


def test_the_fingerprint_is_of_what_decides_the_answers():
    given = {"base_url": "http://a/v1", "model": "m"}
    one = OpenAICompatibleLM(**given).fingerprint
    others = [{"model": "n"}, {"base_url": "http://b/v1"}, {"api": "completions"}]
    others += [{"extra_body": {"seed": 1}}, {"top_logprobs": 5}]
    prints = [OpenAICompatibleLM(**given | other).fingerprint for other in others]
    assert len({one, *prints}) == 6
    same = OpenAICompatibleLM(**given, timeout=3, max_concurrency=1, prices=(1, 1))
    assert same.fingerprint == one


def test_tokens_are_guessed_by_bytes():
    lm = OpenAICompatibleLM("http://a/v1", "m")
    assert lm.count_tokens([ask("x" * 400), ask("é" * 200)]).tolist() == [104, 104]
    assert lm.count_continuations(LABELS).tolist() == [2, 2, 2]


@pytest.mark.parametrize(
    ("name", "value", "match"),
    [
        *(("model", bad, "model as a name") for bad in ("", None, 3)),
        *(("max_concurrency", bad, "max_concurrency as a whole number") for bad in (0, 1.5, True)),
        *(("requests_per_minute", bad, "a number above 0") for bad in (0, -1, "a", np.inf)),
        *(("timeout", bad, "timeout as a number above 0") for bad in (0, None, np.nan)),
        *(("max_retries", bad, "max_retries as a whole number") for bad in (-1, None)),
        *(("top_logprobs", bad, "top_logprobs as a whole number") for bad in (-1, "5")),
        *(("prices", bad, "prices as two numbers") for bad in (1, (1,), (1, -1), ("a", 1))),
        *(("context_length", bad, "context_length as a whole number") for bad in (0, "a")),
        *(("extra_body", bad, "extra_body as JSON") for bad in ({"a": {1}}, [1], {"a": np.nan})),
        *(("api", bad, "api as one of") for bad in ("responses", None, ["chat"])),
        ("base_url", "example.org", "Expected base_url like"),
        ("api_key_env", "sk-123", "name of an environment variable"),
    ],
)
def test_a_parameter_that_cannot_be_is_refused(name, value, match):
    given = {"base_url": "http://a/v1", "model": "m", name: value}
    with pytest.raises(ParameterError, match=match):
        OpenAICompatibleLM(given.pop("base_url"), given.pop("model"), **given)


def test_an_address_that_no_client_takes_is_refused():
    lm = OpenAICompatibleLM("http://ü..x/v1", "m")
    with pytest.raises(ParameterError, match="Expected an address"):
        list(lm.score(rows(1), LABELS))


@pytest.mark.parametrize(
    ("api", "read", "written"),
    # 11 bytes are 3 tokens, 4 around them; labels are 2 of 8 bytes; 8 more for what is not a label.
    [("chat", 7, 12), ("completions", 2 * 7 + 4, 2)],
)
def test_work_is_counted_as_it_is_sent(api, read, written):
    model = OpenAICompatibleLM("http://127.0.0.1:9/v1", "m", api=api)
    prompt = Prompt((Message("user", (Piece("Good or bad"),)),))
    counted = model.count_work([prompt], [Continuation("negative"), Continuation("positive")])
    assert (counted[0].tolist(), counted[1]) == ([read], written)


def test_seconds_are_expected_where_requests_are_limited():
    prompt = Prompt((Message("user", (Piece("Good or bad"),)),))
    slow, fast = (
        OpenAICompatibleLM("http://127.0.0.1:9/v1", "m", requests_per_minute=n) for n in (30, None)
    )
    assert (slow.expect_seconds([prompt] * 5, []), fast.expect_seconds([prompt], [])) == (10, None)
