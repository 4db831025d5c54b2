"""Let SmolLM2 write: how fast, whether texts depend on their company, whether they keep a form."""

from __future__ import annotations

import json
import statistics
import time

from job import main, timed

SCHEMA = {
    "type": "object",
    "properties": {
        "product": {"type": "string", "maxLength": 16},
        "stars": {"type": "integer", "minimum": 1, "maximum": 5},
        "good": {"type": "boolean"},
    },
    "required": ["product", "stars", "good"],
    "additionalProperties": False,
}
THINGS = ["lamp", "book", "car", "phone", "chair", "shirt", "pan", "bag", "watch", "game", "movie"]
THINGS += ["song", "hotel", "meal", "tool", "toy"]
QUALITIES = ["broken", "superb", "old", "cheap", "loud", "dull", "heavy", "bright", "warm", "odd"]
QUALITIES += ["neat", "plain", "soft", "rough"]


def load(side, dtype="float32", **settings):
    from keraswrap.datasets import fetch_smollm
    from keraswrap.llm import KerasHubLM, TransformersLM, convert_gguf

    kind = TransformersLM if side == "torch" else KerasHubLM
    return kind(convert_gguf(fetch_smollm()), dtype=dtype, **settings)


def prompts(count):
    from keraswrap.llm import Message, Piece, Prompt

    pairs = [(thing, quality) for thing in THINGS for quality in QUALITIES]
    told = [f"Write a review of a {quality} {thing}." for thing, quality in pairs]
    told = [f"{text} Number {n // len(told)}." for n, text in enumerate(told * 9)]
    return [Prompt((Message("user", (Piece(text),)),), True) for text in told[:count]]


def write(model, asked, sampling):
    found = {one.row: one for one in model.generate(asked, sampling)}
    return [found[row] for row in range(len(asked))]


def speed(side, rows, tokens, form):
    """Measure seconds per token; under a schema, also what each step of it takes."""
    from keraswrap.llm import Sampling
    from keraswrap.llm.local import _constraints

    model, asked, seconds, steps = load(side), prompts(rows), {}, []
    # An endless text, so that as many tokens are written with the schema as without.
    schema = {"type": "string", "minLength": 10 * tokens} if form == "string" else None
    sampling = Sampling(tokens, 0.8, seed=0, schema=schema)
    write(model, asked[:2], Sampling(2))
    started = time.perf_counter()
    if form == "string":
        model.tokens_.vocabulary  # noqa: B018 - it is read when first used
        seconds["vocabulary"] = round(time.perf_counter() - started, 3)
        with timed(seconds, "compile"):
            _constraints.Grammar(model.tokens_, json.dumps(SCHEMA))
        watch(_constraints.Constraint, steps)
    with timed(seconds, "work"):
        written = write(model, asked, sampling)
    masks = round(1000 * statistics.median(steps), 3) if steps else None
    return {"seconds": seconds, "tokens": sum(one.n_tokens[1] for one in written), "mask_ms": masks}


def watch(kind, steps):
    """Note the seconds that each mask takes."""
    allowed = kind.allowed

    def timed_mask(self, size):
        started = time.perf_counter()
        found = allowed(self, size)
        steps.append(time.perf_counter() - started)
        return found

    kind.allowed = timed_mask


def company(side, rows, tokens, temperature, checked, dtype):
    """Count the texts that differ if prompts are asked one by one, or in another order."""
    import numpy as np

    from keraswrap.llm import Sampling
    from keraswrap.llm.local import _base, _prefix_scorer

    if not checked:
        _base.NOISE = 0.0
    model, asked, alone = load(side, dtype), prompts(rows), []
    own = _prefix_scorer.PrefixScorer._alone
    _prefix_scorer.PrefixScorer._alone = lambda *given: (alone.append(1), own(*given))[1]
    sampling = Sampling(tokens, temperature, seed=0)
    together = [one.text for one in write(model, asked, sampling)]
    n_alone = len(alone)
    single = [write(model, [each], sampling)[0].text for each in asked]
    order = np.random.default_rng(0).permutation(rows)
    mixed = write(load(side, dtype, batch_size=7), [asked[n] for n in order], sampling)
    return {
        "seconds": {},
        "differ_single": sum(map(str.__ne__, together, single)),
        "differ_order": sum(mixed[k].text != together[n] for k, n in enumerate(order)),
        "alone": n_alone,
        "tokens": sum(one.n_tokens[1] for one in mixed),
        "noise": noise(model, asked),
    }


def noise(model, asked):
    """Return the largest difference of a logit in a batch from the row's by itself."""
    import numpy as np

    runner = model._net.scorer(None, True).runner
    ids = [model.tokens_.encode(prompt) for prompt in asked]
    same = np.array([row for row in ids if len(row) == len(ids[0])])
    batch = runner.follow(runner.empty(), same)[0]
    rows = [runner.follow(runner.empty(), row[None])[0][0] for row in same]
    return float(np.abs(batch - np.array(rows)).max())


def forms(side, tries, tokens):
    """Count the answers under a schema that are whole, and of these the ones that parse."""
    from jsonschema import Draft202012Validator

    from keraswrap.llm import Sampling

    model, seconds = load(side), {}
    sampling = Sampling(tokens, 1.0, seed=0, schema=SCHEMA)
    with timed(seconds, "work"):
        written = write(model, prompts(tries), sampling)
    whole = [one for one in written if one.finish_reason == "stop"]
    check = Draft202012Validator(SCHEMA)
    reasons = [one.finish_reason for one in written]
    return {
        "seconds": seconds,
        "whole": len(whole),
        "valid": sum(check.is_valid(json.loads(one.text)) for one in whole),
        "reasons": {reason: reasons.count(reason) for reason in sorted(set(reasons))},
        "texts": len({one.text for one in whole}),
        "first": [one.text for one in written[:3]],
    }


def run(side, what, **settings):
    return {"speed": speed, "company": company, "forms": forms}[what](side, **settings)


if __name__ == "__main__":
    main(run)
