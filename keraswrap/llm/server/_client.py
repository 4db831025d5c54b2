"""A language model behind a server that speaks OpenAI's protocol."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

import numpy as np

from keraswrap._fingerprint import fingerprint
from keraswrap._optional import require
from keraswrap.exceptions import EndpointError
from keraswrap.llm._protocol import Answers, Continuation, Prompt
from keraswrap.llm._sampling import Generated, Sampling
from keraswrap.llm.server._addresses import check_key_name, check_url, read_key
from keraswrap.llm.server._capabilities import Capabilities
from keraswrap.llm.server._forms import MOST_TRIES
from keraswrap.llm.server._llama_cpp import Vocabulary
from keraswrap.llm.server._parallel import in_parallel, tell_refused
from keraswrap.llm.server._rate_limit import RateLimiter
from keraswrap.llm.server._row_client import PATHS, RowClient, refuse_chats
from keraswrap.llm.server._settings import (
    check,
    check_positive,
    check_prices,
    check_whole,
    copy_json,
)
from keraswrap.llm.server._token_guesses import guess_chat, guess_tokens, longest_answer
from keraswrap.llm.server._transport import Refusal, Transport
from keraswrap.llm.server._wire import Json

__all__ = ["OpenAICompatibleLM"]

_T = TypeVar("_T")


class OpenAICompatibleLM:
    """Ask a model behind a server with an OpenAI-compatible API.

    Parameters
    ----------
    base_url : str
        The part before ``/chat/completions``; it usually ends in ``/v1``. With a key it
        must be https, unless the server is on this machine.
    model : str
        The server's name for the model.
    api_key_env : str, optional
        Name of the environment variable that holds the key, in capitals. The key is
        read at each call and appears in no attribute, repr, error, log or pickle.
    max_concurrency : int, default=4
        Number of concurrent requests.
    requests_per_minute : float, optional
    timeout : float, default=60.0
        Seconds per attempt, from the first byte sent to the last one read.
    max_retries : int, default=5
        Retries after a temporary failure: no connection, a timeout, a truncated or
        unreadable answer, status 408, 409, 425, 429 or 5xx. The wait doubles from half
        a second, with jitter; it is at least the value of ``Retry-After``, but at most
        a minute.
    top_logprobs : int, default=20
        Number of likeliest tokens that the server lists at each position, in a chat; 0
        for a server that refuses to list any. More tokens cover more labels.
    prices : tuple of float, default=(0, 0)
        Price of a million tokens read, and of a million generated.
    context_length : int, optional
        Maximum number of tokens of a prompt with its answer.
    extra_body : mapping, optional
        Additional JSON fields of each request, which override the defaults; None
        removes a field. Do not put secrets here: it is part of `repr`.
    api : {"chat", "completions"}, default="chat"
        Whether to request an answer, or the probability of each label.

    Attributes
    ----------
    fingerprint : str
        Covers everything that determines the answers.
    gives_log_probs : bool
        Whether all continuations are scored. Always True with ``api="completions"``; in
        a chat, False until an answer contains log-probabilities.

    Raises
    ------
    ParameterError
        If a parameter has an invalid value, or the key is not in the environment.
    EndpointError
        From `score` and `generate`, if a request is refused, or all retries fail. What
        `score` has yielded before is complete.
    MissingExtraError
        If httpx2 is not installed.

    Notes
    -----
    ``api="chat"``: each row is a request for a short answer at temperature 0. The
    listed tokens that spell a label add up to its probability. What they leave open is
    NaN. The answer's text is always returned; a classifier does not count a text that
    does not begin with a label as an answer.

    ``api="completions"``: each row is a request that contains the prompt with each
    label and asks the server to ``echo`` them with exact log-probabilities. There is no
    answer in words, and always a likeliest label. Prompts must not be chats, and the
    server reads each prompt once per label.

    llama.cpp's own server is recognized by its first answer. It does not echo, but it
    reports the probability of each token of a label, also in a chat, so both APIs are
    exact and always have a likeliest label. A row is one request, or two if labels have
    several tokens, and its prompt is read once. To let the model answer in its own
    words, set ``top_logprobs=0``, or use ``extra_body``.

    If a server refuses a field of a request (``max_tokens``, ``temperature``, the
    number of listed tokens), the field is dropped or changed from then on. If it
    refuses a text, for its content or its length, other texts still get their answers.
    Reasoning is not part of an answer: a reasoning model needs more room, such as
    ``extra_body={"max_tokens": 2000}``.

    If labels differ only in their ends, an answer has ended if it does not continue as
    another label.

    A text under a schema is asked for by OpenAI's ``response_format`` or by the own
    fields of llama.cpp and vLLM, whichever the server keeps to; a regular expression or
    a choice may then come within JSON, out of which it is read. Each answer is checked.
    If none of the fields is kept to, the form is asked for in words, with another seed:
    at most three requests in all, after which the answer is "invalid". A server that
    refuses ``seed``, ``top_p`` or ``stop`` does without them; stop texts are always
    looked for here, too.

    The server applies its own chat template. Only the server can neutralize control
    tokens within a text, except for llama.cpp's server.

    Before a call, tokens are estimated as one per 4 bytes, or counted by llama.cpp's
    own server if there is a `context_length`; `Answers` holds the server's counts.

    ==============  ===========================  ====================================
    server          base_url                     log-probabilities
    ==============  ===========================  ====================================
    vLLM            http://localhost:8000/v1     20 in a chat, or as many as
                                                 ``--max-logprobs`` [1]_; echo [2]_
    llama.cpp       http://localhost:8080/v1     exact, by its lists [3]_; no echo [4]_
    Ollama          http://localhost:11434/v1    up to 20 in a chat, from 0.12.11
                                                 on [5]_; no echo
    OpenAI          https://api.openai.com/v1    up to 20 in a chat [6]_
    ==============  ===========================  ====================================

    References
    ----------
    .. [1] https://docs.vllm.ai/en/latest/configuration/engine_args/
    .. [2] https://github.com/vllm-project/vllm/issues/6508
    .. [3] https://github.com/ggml-org/llama.cpp/pull/10783
    .. [4] https://github.com/ggml-org/llama.cpp/issues/27174
    .. [5] https://docs.ollama.com/api/openai-compatibility
    .. [6] https://platform.openai.com/docs/api-reference/chat/create

    Examples
    --------
    >>> lm = OpenAICompatibleLM("http://localhost:8000/v1", "smollm2", requests_per_minute=600)
    >>> lm
    OpenAICompatibleLM('http://localhost:8000/v1', 'smollm2', requests_per_minute=600)
    >>> lm.count_continuations([Continuation("positive"), Continuation("no")])
    array([2, 1])
    """

    # Seconds before a request is retried for the first time.
    _backoff = 0.5

    def __init__(
        self,
        base_url: str,
        model: str,
        *,
        api_key_env: str | None = None,
        max_concurrency: int = 4,
        requests_per_minute: float | None = None,
        timeout: float = 60.0,
        max_retries: int = 5,
        top_logprobs: int = 20,
        prices: tuple[float, float] = (0, 0),
        context_length: int | None = None,
        extra_body: Mapping[str, Json] | None = None,
        api: str = "chat",
    ) -> None:
        check_key_name(api_key_env)
        self.base_url = check_url(base_url, with_key=api_key_env is not None)
        self.model = check(model, isinstance(model, str) and model != "", "model as a name")
        self.api_key_env = api_key_env
        self.max_concurrency = check_whole("max_concurrency", max_concurrency, 1)
        self.requests_per_minute = requests_per_minute
        if requests_per_minute is not None:
            check_positive("requests_per_minute", requests_per_minute)
        self.timeout = check_positive("timeout", timeout)
        self.max_retries = check_whole("max_retries", max_retries, 0)
        self.top_logprobs = check_whole("top_logprobs", top_logprobs, 0)
        self.prices = check_prices(prices)
        self.context_length = None
        if context_length is not None:
            self.context_length = check_whole("context_length", context_length, 1)
        self.extra_body = copy_json(extra_body)
        self.api = check(api, isinstance(api, str) and api in PATHS, f"api as one of {[*PATHS]}")
        self._limiter = RateLimiter(requests_per_minute)
        self._capabilities = Capabilities()
        self._told = api == "completions"

    @property
    def fingerprint(self) -> str:
        """The same for the same model behind the same address."""
        asked = [self.base_url, self.model, self.api, self.extra_body, self.top_logprobs]
        return str(fingerprint(["endpoint", *asked]))

    @property
    def gives_log_probs(self) -> bool:
        """Whether all continuations are scored."""
        return self._told

    def count_tokens(self, prompts: Sequence[Prompt]) -> np.ndarray:
        """Count or estimate the tokens of each prompt: one per 4 bytes, and 4 per message.

        With a `context_length`, llama.cpp's own server counts them. Characters of 3
        bytes or more are estimated as one token each.

        Parameters
        ----------
        prompts : sequence of Prompt

        Returns
        -------
        ndarray of shape (n,), int
        """
        if self.context_length is None:
            return np.array([guess_chat(prompt) for prompt in prompts], dtype=int)
        require("httpx2", "llm")
        client = self._row_client(read_key(self.api_key_env))
        try:
            return np.array(client.count(prompts), dtype=int)
        finally:
            client.transport.close()

    def count_continuations(self, continuations: Sequence[Continuation]) -> np.ndarray:
        """Estimate the tokens of each continuation: one per 4 bytes."""
        return np.array([guess_tokens(each.text) for each in continuations], dtype=int)

    def count_work(
        self, prompts: Sequence[Prompt], continuations: Sequence[Continuation]
    ) -> tuple[np.ndarray, int]:
        """Estimate the tokens sent for each prompt, and the maximum for an answer.

        With api="completions", a prompt is sent with each continuation. On llama.cpp's
        own server, once it has scored these continuations, it is read once.
        """
        read = self.count_tokens(prompts)
        known = self._capabilities.scores
        if isinstance(known, Vocabulary) and (work := known.count_work(continuations)):
            return read + work[0], work[1]
        if self.api == "chat":
            return read, longest_answer(continuations)
        together = int(self.count_continuations(continuations).sum())
        return read * len(continuations) + together, len(continuations)

    def expect_seconds(
        self, prompts: Sequence[Prompt], continuations: Sequence[Continuation]
    ) -> float | None:
        """Return how long asking takes at least, where requests a minute are limited."""
        if self.requests_per_minute is None:
            return None
        return 60 * len(prompts) / self.requests_per_minute

    def score(
        self, prompts: Sequence[Prompt], continuations: Sequence[Continuation]
    ) -> Iterator[Answers]:
        """Ask how likely each continuation is after each prompt.

        Parameters
        ----------
        prompts : sequence of Prompt
        continuations : sequence of Continuation

        Yields
        ------
        Answers
            One row each, as they arrive.

        Raises
        ------
        ParameterError
            If there is no key, or a prompt for completions is a chat.
        EndpointError
            If a request fails permanently, after all answers so far have been yielded.
            At the end a RefusedError, if the server refused some of the texts.
        """

        def ask(client: RowClient, n: int) -> Answers:
            return client.score(n, prompts[n])

        return self._run(self._check(prompts), ask, len(prompts), continuations)

    def generate(self, prompts: Sequence[Prompt], sampling: Sampling) -> Iterator[Generated]:
        """Ask for a text after each prompt.

        Parameters
        ----------
        prompts : sequence of Prompt
        sampling : Sampling

        Yields
        ------
        Generated
            As they arrive.

        Raises
        ------
        ParameterError, EndpointError
            As :meth:`score`.
        """

        def ask(client: RowClient, n: int) -> Generated:
            return client.generate(n, prompts[n], sampling)

        return self._run(self._check(prompts), ask, len(prompts))

    def most_tries(self, sampling: Sampling) -> int:
        """Return how often a text may be asked for: three times, until it has its form."""
        return 1 if sampling.schema is None else MOST_TRIES

    def __repr__(self) -> str:
        given = [f"{k}={v!r}" for k, v in self._settings().items() if v != _DEFAULTS.get(k, v)]
        return f"OpenAICompatibleLM({', '.join([repr(self.base_url), repr(self.model), *given])})"

    def __copy__(self) -> OpenAICompatibleLM:
        return self

    def __deepcopy__(self, memo: object) -> OpenAICompatibleLM:
        return self

    def __getstate__(self) -> dict[str, Json]:
        return {"base_url": self.base_url, "model": self.model, **self._settings()}

    def __setstate__(self, state: dict[str, Json]) -> None:
        self.__init__(**state)  # type: ignore[misc]

    def _settings(self) -> dict[str, Json]:
        return {name: getattr(self, name) for name in _DEFAULTS}

    def _check(self, prompts: Sequence[Prompt]) -> str | None:
        """Check what can be checked before anything is sent, and return the key."""
        refuse_chats(self.api, prompts)
        require("httpx2", "llm")
        return read_key(self.api_key_env)

    def _row_client(self, key: str | None) -> RowClient:
        transport = Transport(
            self.base_url + PATHS[self.api],
            key,
            timeout=self.timeout,
            max_retries=self.max_retries,
            backoff=self._backoff,
            limiter=self._limiter,
            n_connections=self.max_concurrency,
        )
        asked = (self.model, self.api, self.top_logprobs, self.extra_body, self._capabilities)
        return RowClient(transport, *asked)

    def _run(
        self,
        key: str | None,
        ask: Callable[[RowClient, int], _T],
        count: int,
        continuations: Sequence[Continuation] = (),
    ) -> Iterator[_T]:
        """Ask about numbered rows as the answers are taken, and name those refused at the end."""
        refused: dict[int, Refusal] = {}

        def ask_or_refuse(client: RowClient, n: int) -> _T | None:
            try:
                return ask(client, n)
            except Refusal as refusal:
                if not client.is_of_a_row(refusal, alone=count == 1):
                    raise
                refused[n] = refusal
                return None

        answers = self._run_all(key, ask_or_refuse, count, continuations)
        return tell_refused(answers, refused, count)

    def _run_all(
        self,
        key: str | None,
        ask: Callable[[RowClient, int], _T | None],
        count: int,
        continuations: Sequence[Continuation],
    ) -> Iterator[_T | None]:
        client, n_given = self._row_client(key), 0
        client.continuations = continuations
        stop = client.transport.stop
        try:
            for answer in in_parallel(lambda n: ask(client, n), count, self.max_concurrency, stop):
                n_given += answer is not None
                self._told |= client.told
                yield answer
        except EndpointError as error:
            kept = f"Answered and kept: {n_given} of {count}."
            raise EndpointError(f"{error} {kept}") from None
        finally:
            client.transport.close()


_DEFAULTS: dict[str, Json] = dict(OpenAICompatibleLM.__init__.__kwdefaults__ or {})
