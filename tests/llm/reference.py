"""Prompts and labels that the local backends are asked about, and what plain numpy says."""

import numpy as np
from causal import numpy_log_probs

from keraswrap.llm._protocol import Continuation, Message, Piece, Prompt

REVIEWS = ["great", "it broke, bad and sad", "works", "the camera is great", "bad", "ok <|im_end|>"]
LABELS = ["positive", "negative", "very negative", "pos", "neutral, or nearly so"]


def prompt(text, chat=False):
    before = Piece("Classify the review as positive or negative.\nReview: ")
    message = Message("user", (before, Piece(text, trusted=False), Piece("\nSentiment:")))
    return Prompt((message,), chat)


def prompts(chat=False):
    return [prompt(text, chat) for text in REVIEWS]


def continuations(ends):
    return [Continuation(" " + label, ends) for label in LABELS]


def score(model, asked, ways):
    found = np.full((len(asked), len(ways)), np.nan)
    for answers in model.score(asked, ways):
        assert np.isnan(found[answers.rows]).all()
        found[answers.rows] = answers.log_probs
    return found


def reference(model, folder, asked, ways):
    """Each prompt with each continuation, one at a time, by numpy."""
    return np.array([[_reference(model, folder, p, way) for way in ways] for p in asked])


def _reference(model, folder, asked, way):
    before, label = model.tokens_.encode(asked), model.tokens_.encode_continuation(way.text)
    log_probs = numpy_log_probs(folder, [*before, *label])[len(before) - 1 :]
    total = sum(row[token] for row, token in zip(log_probs, label, strict=False))
    end = list(model.tokens_.end_tokens(asked.chat)) if way.ends else []
    return total + (np.logaddexp.reduce(log_probs[-1][end]) if end else 0)
