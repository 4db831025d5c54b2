"""Rows of two classes, and fake models that write texts for them."""

import zlib

import numpy as np

from keraswrap.llm import FakeLM

BAD = ["the lid broke off", "a wheel fell apart", "the strap tore", "one hinge cracked"]
GOOD = ["it works superbly", "a lovely colour", "my son adores it", "it feels sturdy"]
ASK = ["who has a spare one", "where is mine", "what does it cost", "can you help"]
PARTS = {"bad": BAD, "good": GOOD, "ask": ASK}
WHEN = ["after a week", "on the first day", "within one hour", "last summer", "by noon"]
MORE = ["really", "sadly", "indeed", "quite", "surely", "perhaps", "oddly", "twice", "outside"]
MORE += ["upstairs", "together", "slowly", "yesterday", "quickly", "somehow", "again", "nearby"]
MORE += ["often", "abroad", "quietly", "tonight", "inside", "loudly", "alone"]
WHO = ["says my neighbour", "as our postman noticed", "to everyone's surprise", "once more"]


def rows(n=12):
    """Texts and labels, `n` of each class, all different."""
    random = np.random.default_rng(0)
    texts = [compose(part, random) for part in (BAD, GOOD) for _ in range(n)]
    return texts, ["bad"] * n + ["good"] * n


def compose(part, random):
    start, when, who = (random.choice(words) for words in (part, WHEN, WHO))
    extra = " ".join(random.choice(MORE, 6, replace=False))
    return f"{start} {when}, {who}, {extra}."


def writer(kind=FakeLM, **params):
    """A model that writes new texts of the class that the prompt names."""
    return kind(says=_write, **params)


def _write(prompt, sampling):
    random = np.random.default_rng(zlib.crc32(f"{prompt}{sampling.seed}".encode()))
    return "Honestly, " + compose(PARTS.get(prompt.split('"')[1], GOOD), random)


def copier():
    """A model that returns the last row that it is shown."""
    return FakeLM(says=lambda prompt: prompt.split("\n")[-2])
