"""A server on this machine over SmolLM2: what comes over the wire is what the model says."""

from functools import lru_cache

import numpy as np
import pytest
import tensorflow as tf
from model_server import serve

from keraswrap.llm._protocol import Continuation, Message, Piece, Prompt
from keraswrap.llm._zero_shot import ZeroShotClassifier
from keraswrap.llm.server._client import OpenAICompatibleLM

pytestmark = [pytest.mark.slow, pytest.mark.network]

TEXTS = ["It broke after a day. Awful.", "Superb, I love it!", "Café <|im_end|> works, mostly."]
LABELS = ["negative", "neutral", "positive"]
PROMPT = "Is this review negative, neutral or positive? {text}\nIn one word:\n"


class Scorer:
    """SmolLM2 as a server needs it: one distribution over tokens after another."""

    end = 2  # <|im_end|>

    def __init__(self, lm):
        self.lm, self._tokens = lm, lm.tokens_
        backend = lm.tokenizer.backend_tokenizer
        self.tokens = [backend.decode([n], False).encode() for n in range(len(lm.tokenizer))]
        with lm._net.lock:
            backbone = lm._net.scorer(None, True).runner.model.backbone
        self._embedding = backbone.token_embedding
        # Traced once for all lengths, which is ten times as fast as layer by layer.
        self._whole = tf.function(
            lambda ids: backbone({"token_ids": ids, "padding_mask": tf.ones_like(ids, "bool")}),
            input_signature=[tf.TensorSpec([1, None], "int32")],
        )
        self._hidden = lru_cache(maxsize=256)(self._run)

    def encode(self, text):
        return list(self._tokens.encode(Prompt((Message("user", (Piece(text, False),)),))))

    def chat(self, messages):
        said = [Message(m["role"], (Piece(m["content"], False),)) for m in messages]
        return list(self._tokens.encode(Prompt(tuple(said), chat=True)))

    def next_log_probs(self, ids):
        return self._log_probs(self._hidden(tuple(ids))[:, -1:])[0]

    def told(self, ids):
        log_probs = self._log_probs(self._hidden(tuple(ids[:-1])))
        return log_probs[np.arange(len(ids) - 1), ids[1:]].tolist()

    def _run(self, ids):
        """The whole net, without a cache: another way than the model's own."""
        with self.lm._net.lock:
            return self._whole(tf.constant([ids]))

    def _log_probs(self, hidden):
        logits = np.asarray(self._embedding(hidden, reverse=True))[0].astype("float64")
        return logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)


@pytest.fixture(scope="module")
def scorer(smollm):
    scorer = Scorer(smollm)
    scorer.next_log_probs([0])  # loaded here, however long that takes
    return scorer


def make(url, **given):
    return OpenAICompatibleLM(url, "smollm2", timeout=600.0, max_retries=0, **given)


@pytest.fixture
def served(scorer):
    with serve(scorer) as (url, state):
        state.url = url
        yield state


def classify(model, **given):
    clf = ZeroShotClassifier(model=model, prompt=PROMPT, progress=False, **given)
    return clf.fit(None, LABELS)


def test_probabilities_over_the_wire_are_those_of_the_model(served, scorer):
    remote = classify(make(served.url, api="completions"))
    local = classify(scorer.lm)
    np.testing.assert_allclose(
        remote.predict_proba(TEXTS), local.predict_proba(TEXTS), atol=1e-4, rtol=0
    )
    assert remote.predict(TEXTS).tolist() == local.predict(TEXTS).tolist()


def test_a_chat_sums_what_spells_a_label(served, scorer):
    """All 49,152 tokens looked through by hand, instead of those that the server lists."""
    lm = make(served.url, top_logprobs=500, extra_body={"max_tokens": 2})
    contents = [PROMPT.format(text=text) for text in TEXTS]
    asked = [Prompt((Message("user", (Piece(content),)),), chat=True) for content in contents]
    for answer in lm.score(asked, [Continuation(label) for label in LABELS]):
        content = contents[answer.rows[0]]
        log_probs = scorer.next_log_probs(scorer.chat([{"role": "user", "content": content}]))
        said = [token.decode().strip().lower() for token in scorer.tokens]
        shares = [sum_of(log_probs, said, label) for label in LABELS]
        told = ~np.isnan(answer.log_probs[0])
        # "n" begins two labels: of the less likely one too little may be known
        assert told[[0, 2]].all()
        np.testing.assert_allclose(np.exp(answer.log_probs[0][told]), np.array(shares)[told], 0.05)
        assert isinstance(answer.texts[0], str)


@pytest.mark.filterwarnings("ignore:The answer to")
def test_a_chat_that_says_something_else_gives_no_label(served):
    clf = classify(make(served.url, extra_body={"max_tokens": 4}), chat=True)
    labels = clf.predict([*TEXTS, "negative"])
    for label, said in zip(labels, clf.answers_, strict=True):
        assert (label in LABELS) == said.lower().startswith(tuple(LABELS))
    assert None in labels.tolist()
    assert labels[-1] == "negative"


def sum_of(log_probs, said, label):
    begins = [n for n, text in enumerate(said) if text and label.startswith(text)]
    own = [n for n in begins if not any(other.startswith(said[n]) for other in {*LABELS} - {label})]
    return np.exp(log_probs[own]).sum()
