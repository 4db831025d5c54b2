"""Rules of thumb for tokens, where only the server could count them. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from keraswrap.llm._protocol import Continuation, Prompt

__all__ = ["guess_chat", "guess_tokens", "longest_answer"]

# Bytes per token: English has about 4 letters per token, other scripts fewer but longer ones, and
# Chinese, Japanese and Korean have one.
_BYTES_PER_TOKEN = 4
_WIDE = re.compile("[\u0800-\U0010ffff]")
# Rough counts: tokens that a chat template adds, and tokens of an answer besides the label's own.
_TOKENS_PER_MESSAGE, _SPARE_TOKENS = 4, 8


def longest_answer(continuations: Sequence[Continuation]) -> int:
    """Return how many tokens an answer may have: more than any label.

    Examples
    --------
    >>> longest_answer([Continuation("yes"), Continuation("positive")])
    12
    """
    longest = max((len(_bytes(each.text)) for each in continuations), default=0)
    return _SPARE_TOKENS + longest // 2


def guess_tokens(text: str) -> int:
    """Guess the tokens of a text: one for 4 bytes, and for each letter of 3 bytes or more.

    Examples
    --------
    >>> guess_tokens("positive"), guess_tokens(""), guess_tokens("价格太高了")
    (2, 1, 5)
    """
    wide = _WIDE.findall(text)
    narrow = len(_bytes(text)) - sum(len(_bytes(letter)) for letter in wide)
    return max(1, len(wide) - (-narrow // _BYTES_PER_TOKEN))


def guess_chat(prompt: Prompt) -> int:
    """Guess the tokens of a prompt, with those around its messages."""
    return guess_tokens(prompt.text) + _TOKENS_PER_MESSAGE * len(prompt.messages)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")
