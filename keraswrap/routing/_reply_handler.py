"""Have a language model draft a reply, for someone to read before it is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from keraswrap.exceptions import InputTypeError, ParameterError
from keraswrap.llm._generator import TextGenerator
from keraswrap.llm._protocol import LanguageModel, Message, Piece, Prompt
from keraswrap.llm._sampling import Sampling
from keraswrap.routing._answers import Answer, read_answer
from keraswrap.routing._fields import Field, check_fields
from keraswrap.routing._handlers import Handler, as_handler
from keraswrap.routing._templates import read_template

__all__ = ["ReplyHandler"]


class ReplyHandler:
    """Draft a reply with a language model, from a template and looked-up facts.

    The reply is marked as a draft: nothing here sends anything, and a model may write
    whatever a message asks it to. The message, values of fields and facts are untrusted
    pieces of the prompt, in which control tokens are letters; only the template is
    trusted.

    Parameters
    ----------
    model : LanguageModel
        See :func:`~keraswrap.llm.load_model`.
    template : str
        The prompt, in the syntax of ``string.Template``. It names ``$message``,
        and may name fields and ``$facts``.
    sampling : Sampling, optional
        By default at most 200 tokens, the likeliest each time.
    fields : sequence of Field
        What it needs beside the fields of `facts`.
    facts : handler, optional
        For instance a :class:`LookupHandler`. What it answers is put in place of
        ``$facts``; if it finds nothing, its answer is the reply, and no model is asked.
    chat : bool, default=True
        Whether the prompt is a turn of a chat; False for a model without a chat
        template.

    Raises
    ------
    InputTypeError, ParameterError
        If a parameter has an invalid value.

    Notes
    -----
    An answer that was cut, refused or is empty is not used: the router falls back, and
    the trace says why.

    Examples
    --------
    >>> from keraswrap.llm import FakeLM
    >>> from keraswrap.routing import ReplyHandler
    >>> model = FakeLM(says=lambda prompt: "Dear customer")
    >>> answer = ReplyHandler(model, "Answer this kindly: $message").respond({}, "Hello?")
    >>> answer.text, answer.draft
    ('Dear customer', True)
    """

    def __init__(
        self,
        model: LanguageModel,
        template: str,
        sampling: Sampling | None = None,
        *,
        fields: Sequence[Field] = (),
        facts: Handler | None = None,
        chat: bool = True,
    ) -> None:
        self.model = model
        self.template = template
        self.sampling = Sampling(max_tokens=200) if sampling is None else sampling
        self.facts = facts
        self.chat = chat
        if not isinstance(chat, bool):
            raise InputTypeError(f"Expected chat as a bool, got {chat!r:.60}.")
        TextGenerator(model, self.sampling)  # checks both
        looked_up = () if facts is None else as_handler(facts, "facts").fields
        self.fields = check_fields([*looked_up, *fields], "ReplyHandler", ["message", "facts"])
        names = [each.name for each in self.fields] + ["facts"] * (facts is not None)
        self._template = read_template(template, ["message", *names], "ReplyHandler")
        if "message" not in self._template.names:
            raise ParameterError(f"Expected the template to name $message, got {template!r:.80}.")

    def respond(self, fields: Mapping[str, object], message: str) -> Answer:
        """Draft a reply.

        Parameters
        ----------
        fields : mapping of str to object
        message : str

        Returns
        -------
        Answer
            With ``draft=True``.

        Raises
        ------
        EndpointError, InputError
            As from :meth:`TextGenerator.generate <keraswrap.llm.TextGenerator.generate>`.
        """
        known, cost = dict(fields), 0.0
        if self.facts is not None:
            looked_up = read_answer(self.facts.respond(fields, message))
            if not looked_up.found or not looked_up.usable:
                return looked_up
            known["facts"], cost = looked_up.text, looked_up.cost
        writer = TextGenerator(self.model, self.sampling, progress=False)
        written = writer.generate([self.prompt(known, message)])[0]
        text = written.text.strip()
        told = f"drafted: {written.finish_reason}, {sum(written.n_tokens)} tokens"
        return Answer(
            text,
            draft=True,
            cost=cost + writer.account.cost,
            usable=written.finish_reason == "stop" and bool(text),
            notes=(told if text else f"{told}, empty",),
        )

    def prompt(self, known: Mapping[str, object], message: str) -> Prompt:
        """Return what the model is asked.

        Parameters
        ----------
        known : mapping of str to object
            Values of fields, and facts.
        message : str

        Returns
        -------
        Prompt
        """
        values = {**known, "message": message}
        pieces: list[Piece] = []
        for literal, name in self._template.parts:
            pieces += [Piece(literal)] if literal else []
            if name is not None and str(values[name]):
                pieces.append(Piece(str(values[name]), trusted=False))
        return Prompt((Message("user", tuple(pieces)),), self.chat)
