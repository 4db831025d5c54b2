"""Texts that a server writes: the request for one, and what became of it. Pure.

An answer comes from outside: nothing in it is taken to be there, or to be of a kind.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from keraswrap.llm._protocol import Prompt
from keraswrap.llm._sampling import SEEDS, Generated, Sampling, as_schema, before_stop
from keraswrap.llm._schemas import find_problem
from keraswrap.llm.server._forms import Way
from keraswrap.llm.server._wire import Body, Json, chat_body, completion_body, read_reply

__all__ = ["Written", "checked", "generated", "read_written", "reseeded", "writing_body"]

# How servers name the end of an answer that the model itself chose, or a stop text.
_ENDS = ("stop", "eos", "end_turn", "stop_sequence")


class Written(NamedTuple):
    """What a server wrote.

    Parameters
    ----------
    text : str
        Without reasoning, if that came to its end.
    reason : str or None
        Why it ends, in the server's word.
    n_tokens : tuple of int or None
        Read and written, as the server counts them.
    """

    text: str
    reason: str | None
    n_tokens: tuple[int, int] | None


def writing_body(model: str, api: str, prompt: Prompt, sampling: Sampling) -> Body:
    """Make the request for a text.

    Examples
    --------
    >>> from keraswrap.llm._protocol import Message, Piece
    >>> prompt = Prompt((Message("user", (Piece("Once"),)),))
    >>> body = writing_body("m", "completions", prompt, Sampling(9, 0.5, seed=1, stop=["."]))
    >>> {name: body[name] for name in ("max_tokens", "temperature", "seed", "stop")}
    {'max_tokens': 9, 'temperature': 0.5, 'seed': 1, 'stop': ['.']}
    """
    if api == "completions":
        body = completion_body(model, prompt, sampling.max_tokens)
    else:
        body = chat_body(model, prompt, sampling.max_tokens, 0)
    if sampling.temperature:
        body |= {"temperature": sampling.temperature, "seed": sampling.seed}
        body |= {"top_p": sampling.top_p} if sampling.top_p < 1 else {}
    return body | ({"stop": list(sampling.stop)} if sampling.stop else {})


def read_written(answer: Json) -> Written:
    """Read a text out of the answer to either kind of request.

    Raises
    ------
    ValueError
        If it is none.
    """
    choice, text, n_tokens = read_reply(answer)
    reason = choice.get("finish_reason")
    message = choice.get("message")
    if isinstance(message, dict) and message.get("refusal") and not message.get("content"):
        reason = "content_filter"
    return Written(text, reason if isinstance(reason, str) else None, n_tokens)


def generated(
    row: int, written: Written, sampling: Sampling, guess: tuple[int, int], limit: str
) -> Generated:
    """Return a text as the answer to a prompt.

    Parameters
    ----------
    guess : tuple of int
        Tokens read and written, where the server does not count them.
    limit : str
        What cut the answer, if it was cut.
    """
    text, stopped = before_stop(written.text, sampling.stop)
    n_tokens = written.n_tokens or guess
    # Some servers do not say why an answer ends.
    cut = written.reason == "length" or (
        written.reason is None and n_tokens[1] >= sampling.max_tokens
    )
    if stopped or not (cut or (written.reason and written.reason not in _ENDS)):
        return Generated(row, text, "stop", n_tokens)
    if cut:
        return Generated(row, text, "length", n_tokens, limit)
    filtered = written.reason == "content_filter"
    reason = "refused" if filtered else str(written.reason)[:40]
    return Generated(row, text, reason, n_tokens, f"the server ended it: {written.reason!r:.40}")


def checked(one: Generated, sampling: Sampling, way: Way) -> Generated:
    """Return an answer as it is within its form, or as invalid."""
    form = as_schema(sampling)
    if form is not None and one.finish_reason == "length" and not way.may_begin(one.text, form):
        told = f"{one.problem}, and not in its form: {one.text!r:.60}"
        return replace(one, finish_reason="invalid", problem=told)
    if form is None or not one.is_whole:
        return one
    text = way.read(one.text, form)
    problem = find_problem(form, text)
    return replace(one, text=text, finish_reason="invalid" if problem else "stop", problem=problem)


def reseeded(sampling: Sampling, again: int) -> Sampling:
    """Return how to ask for the n-th time: with a seed of its own."""
    if sampling.seed is None or not again:
        return sampling
    return replace(sampling, seed=(sampling.seed + again) % SEEDS)
