"""Lists of next tokens from llama.cpp's own server: how they are asked for and read. Pure.

A list may be plain, or of a distribution in which some tokens are made likelier by a
known factor, so that they are on it however unlikely they are.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from typing import TypeAlias

from keraswrap.llm.server._wire import Body, Json

__all__ = [
    "BIAS",
    "Start",
    "Tokens",
    "after",
    "as_asked",
    "biased_body",
    "plain_body",
    "read_biased",
    "read_plain",
]

Tokens: TypeAlias = tuple[int, ...]
# A prompt as its text, or as its tokens where control tokens in it are to be letters.
Start: TypeAlias = "str | Tokens"
# What is added to the logits of wanted tokens: brings one of rank 10,000 among the likeliest 200,
# and is so small that the others' share, 1 minus theirs, keeps two digits of a 32-bit number.
BIAS = 10.0
_LISTED = 200
# Larger than any difference between two logits.
_FORCE = 1000


def after(start: Start, before: Tokens) -> str | list[str | int]:
    """Return a prompt with some tokens behind it, as the server takes it.

    Examples
    --------
    >>> after("Good?", ()), after("Good?", (5, 6)), after((1, 2), (5, 6))
    ('Good?', ['Good?', 5, 6], [1, 2, 5, 6])
    """
    if isinstance(start, str):
        return [start, *before] if before else start
    return [*start, *before]


def plain_body(prompts: Sequence[Json], n_probs: int, forced: int | None = None) -> Body:
    """Ask for the likeliest next tokens of each prompt, where one may be forced."""
    bias = {} if forced is None else {"logit_bias": [[forced, _FORCE]]}
    return {**_body(prompts), "temperature": 0, "n_probs": n_probs, **bias}


def biased_body(prompts: Sequence[Json], tokens: Collection[int], seed: int = 1) -> Body:
    """Ask for the next tokens of each prompt, where some are made likelier.

    Without samplers, the probabilities after sampling are those of all tokens. One is drawn;
    if it is half a character, nothing is listed, but another seed may draw another.
    """
    bias = [[token, BIAS] for token in sorted(tokens)]
    listed = {"n_probs": _LISTED + len(tokens), "post_sampling_probs": True}
    chance = {"temperature": 1, "samplers": [], "seed": seed}
    return {**_body(prompts), **chance, **listed, "logit_bias": bias}


def _body(prompts: Sequence[Json]) -> Body:
    asked = prompts[0] if len(prompts) == 1 else [*prompts]
    return {"prompt": asked, "n_predict": 1, "cache_prompt": True}


def as_asked(answer: Json, n: int) -> list[Json]:
    """Return the answers to n prompts of one request in their order.

    Raises
    ------
    ValueError
        If these are not n answers.
    """
    answers = answer if isinstance(answer, list) else [answer]
    numbers = [one.get("index") if isinstance(one, dict) else None for one in answers]
    if n > 1 and sorted(numbers, key=str) != sorted(range(n), key=str):
        raise ValueError(f"{len(answers)} lists of {n}")
    return [one for _, one in sorted(zip(numbers, answers, strict=True))] if n > 1 else answers


def read_plain(answer: Json, whole: bool = True) -> dict[int, float]:
    """Read the logarithms of the next tokens that are listed; there may be none if not `whole`.

    Raises
    ------
    ValueError
        If there is no list.
    """
    try:
        if not whole and "completion_probabilities" not in answer:
            return {}
        (entry,) = answer["completion_probabilities"]
        listed = {e["id"]: float(e["logprob"]) for e in [*entry["top_logprobs"], entry]}
        if not all(math.isfinite(value) for value in listed.values()):
            raise ValueError("a token without a log-probability")
        return listed
    except (LookupError, TypeError) as error:
        raise ValueError(f"no next token ({type(error).__name__})") from None


def read_biased(answer: Json, tokens: Collection[int]) -> dict[int, float]:
    """Read what next tokens have in the distribution where none is made likelier.

    Nothing is listed if the token that was drawn is only a part of a character.

    Raises
    ------
    ValueError
        If a list is not one of probabilities.

    Examples
    --------
    Two tokens of 60% and 40%, of which the second was made likelier:

    >>> weights = {7: 0.6, 8: 0.4 * math.exp(BIAS)}
    >>> shares = [{"id": n, "prob": w / sum(weights.values())} for n, w in weights.items()]
    >>> answer = {"completion_probabilities": [{**shares[1], "top_probs": shares}]}
    >>> {n: round(math.exp(value), 6) for n, value in read_biased(answer, {8}).items()}
    {7: 0.6, 8: 0.4}
    """
    try:
        if "completion_probabilities" not in answer:
            return {}
        (entry,) = answer["completion_probabilities"]
        shares = {e["id"]: float(e["prob"]) for e in [*entry["top_probs"], entry]}
    except (LookupError, TypeError) as error:
        raise ValueError(f"no next token ({type(error).__name__})") from None
    if not all(0 <= share <= 1 for share in shares.values()):
        raise ValueError("a token without a probability")
    raised = min(sum(shares.get(token, 0.0) for token in tokens), 1.0)
    # What all tokens together would have without the bias.
    total = math.log(1 - raised + math.exp(-BIAS) * raised)
    return {
        token: math.log(share) - total - (BIAS if token in tokens else 0.0)
        for token, share in shares.items()
        if share > 0
    }
