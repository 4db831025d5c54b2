"""What a server was found to take: learned from what it refuses, once for a model."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping

from keraswrap.llm._sampling import Schema
from keraswrap.llm.server._forms import FormState, ways_of
from keraswrap.llm.server._llama_cpp import Vocabulary
from keraswrap.llm.server._wire import Body, Json

__all__ = ["Capabilities", "is_about_the_text"]

_STATUSES = (400, 422)
_LIMIT = re.compile(r"(?:between 0 and|at most|up to|less than or equal to|<=|max\D{0,12}) ?(\d+)")
# Without these an answer is still one. Stop texts are looked for here, too.
_CHANCE = ("temperature", "top_p", "seed", "stop")
_LISTS = ("logprobs", "top_logprobs")
# What servers say about a single text rather than about the request.
_OF_A_TEXT = re.compile(
    r"content.?(filter|management|policy)|context.?(length|size|window)|maximum context|too long|"
    r"too many tokens|longer than|token limit|moderation|flagged|safety|unsafe|responsible ai"
)


def is_about_the_text(status: int, said: str) -> bool:
    """Return whether a refusal concerns one text, for its content or its length.

    Examples
    --------
    >>> is_about_the_text(400, "'Filtered.' content_filter"), is_about_the_text(400, "'No model'")
    (True, False)
    """
    return status == 413 or (status in (400, 403, 422) and bool(_OF_A_TEXT.search(said.lower())))


class Capabilities:
    """How requests to one server are written, and what it can do.

    Attributes
    ----------
    scores : Vocabulary, None or bool
        What labels are scored by, token by token; False where it was found that they
        cannot be, None if not checked yet.
    counts : Vocabulary, None or bool
        The same, of how the tokens of a prompt are counted.
    works : bool
        Whether a request was answered.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.scores: Vocabulary | bool | None = None
        self.counts: Vocabulary | bool | None = None
        self.works = False
        self._forms: dict[tuple[Schema, str], FormState] = {}
        self._renamed: dict[str, str] = {}
        self._dropped: set[str] = set()
        self._most_listed: int | None = None

    def form(self, form: Schema, api: str) -> FormState:
        """Return what was learned of how the server keeps to a form."""
        with self.lock:
            return self._forms.setdefault((form, api), FormState(ways_of(form, api)))

    def fit(self, body: Mapping[str, Json], extra: Mapping[str, Json] | None) -> Body:
        """Write a request as the server takes it.

        Parameters
        ----------
        extra : mapping or None
            The user's own fields: they are sent as they are, but for None, which
            leaves one out.
        """
        own = {k: v for k, v in body.items() if k not in self._dropped}
        if self._most_listed is not None and own.get("top_logprobs", 0) > self._most_listed:
            own["top_logprobs"] = self._most_listed
        own = {self._renamed.get(name, name): value for name, value in own.items()}
        return {k: v for k, v in {**own, **(extra or {})}.items() if v is not None}

    def learn(self, sent: Mapping[str, Json], status: int, said: str) -> bool:
        """Learn from a refusal which field of a request is not taken.

        Returns
        -------
        bool
            Whether the server's words are about a field that can be left out, or
            written otherwise.

        Examples
        --------
        >>> capabilities, body = Capabilities(), {"max_tokens": 9, "temperature": 0}
        >>> capabilities.learn(body, 400, "Use 'max_completion_tokens' instead of 'max_tokens'.")
        True
        >>> capabilities.fit(body, None)
        {'max_completion_tokens': 9, 'temperature': 0}
        """
        if status not in _STATUSES:
            return False
        with self.lock:
            return self._learn(sent, said.lower())

    def _learn(self, sent: Mapping[str, Json], said: str) -> bool:
        if "max_completion_tokens" in said and "max_tokens" in sent:
            self._renamed["max_tokens"] = "max_completion_tokens"
            return True
        if "logprobs" in said and any(name in sent for name in _LISTS):
            limit = _LIMIT.search(said)
            most = int(limit.group(1)) if limit else 0
            if 0 < most < sent.get("top_logprobs", 0):
                self._most_listed = most
            else:
                self._dropped.update(_LISTS)
            return True
        refused = {name for name in _CHANCE if name in sent and re.search(rf"\b{name}\b", said)}
        self._dropped |= refused
        return bool(refused)
