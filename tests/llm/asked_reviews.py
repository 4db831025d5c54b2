"""Reviews, questions about them, and what a model answers by words in the text."""

import re

import numpy as np

from keraswrap.llm import Question

QUALITY = Question("quality", "How good is it?", ["bad", "fair", "good"], [-1, 0, 1])
TOPIC = Question("topic", "What is it about?", ["price", "sound"])
CUES = {"bad": "broke", "fair": "okay", "good": "superb", "price": "cheap", "sound": "loud"}
TEXTS = ["It broke, cheap.", "Superb and loud!", "An okay one.", "Superb, cheap.", "Loud."]
# The expected quality, and the shares of price and sound.
EXPECTED = [
    [-0.4, 0.75, 0.25],
    [0.4, 0.25, 0.75],
    [0, 0.5, 0.5],
    [0.4, 0.75, 0.25],
    [0, 0.25, 0.75],
]


def text_of(prompt):
    return re.findall(r"Text:\n(.*?)\n\nQuestion", prompt, re.DOTALL)[-1]


def answer(prompt, word):
    """0.6 for what the text names, or for an answer to another question; else 0.2."""
    return np.log(0.6 if CUES[word] in text_of(prompt).lower() else 0.2)
