"""Write what a model is asked: an instruction, real texts as examples, and attributes. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from keraswrap.llm._prompts import Template, read_template
from keraswrap.llm._protocol import LanguageModel, Message, Piece, Prompt

__all__ = ["INSTRUCTION", "MOST_CHARACTERS", "Writing", "name_label"]

INSTRUCTION = 'You write texts. Every text is of the class "{label}".'
_FIRST = "Write a text of this class."
_NEXT = "Write another text of this class, in other words."
_TOLD = "\nIt has to be like this: "
# Characters of a row that are shown. Beyond it the row is cut, so that none is too expensive.
MOST_CHARACTERS = 2000
_CUT, _LEAST = " …", 20


def name_label(label: object) -> str:
    """Return a class as words.

    Examples
    --------
    >>> name_label("card_arrival"), name_label(1)
    ('card arrival', '1')
    """
    return " ".join(str(label).replace("_", " ").split())


@dataclass(frozen=True)
class Writing:
    """How texts of a class are asked for.

    Parameters
    ----------
    instruction : Template
        With the field ``{label}``.
    label : str
        The class in words.
    chat : bool
        Whether examples are answers in a chat, or lines of a text that the model goes on
        with.
    """

    instruction: Template
    label: str
    chat: bool

    @classmethod
    def read(cls, instruction: str, label: str, chat: bool) -> Writing:
        """Read an instruction, or raise if it cannot be used."""
        return cls(read_template(instruction, ["label"], needed=()), label, chat)

    @property
    def said(self) -> list[str]:
        """What a prompt says besides data, by which a text that repeats it is recognized."""
        return [self.instruction.fill({"label": self.label}).text, _FIRST, _NEXT + _TOLD]

    def prompt(self, examples: Sequence[str], attributes: Mapping[str, str]) -> Prompt:
        """Return what is asked; examples, label and values are data, and never trusted.

        Examples
        --------
        >>> writing = Writing.read("Texts of {label}:", "praise", chat=False)
        >>> print(writing.prompt(["Superb!"], {"tone": "polite"}).text)
        Texts of praise:
        <BLANKLINE>
        Text: Superb!
        Text (tone: polite):
        """
        head = self.instruction.fill({"label": self.label}).messages[0].pieces
        told = _tell(attributes)
        return self._turns(head, examples, told) if self.chat else _lines(head, examples, told)

    def _turns(
        self, head: tuple[Piece, ...], examples: Sequence[str], told: tuple[Piece, ...]
    ) -> Prompt:
        messages = [Message("system", head)]
        for text in examples:
            messages.append(Message("user", (Piece(_NEXT if len(messages) > 1 else _FIRST),)))
            messages.append(Message("assistant", (Piece(text, trusted=False),)))
        asked = Piece(_NEXT if examples else _FIRST)
        more = (Piece(_TOLD), *told) if told else ()
        return Prompt((*messages, Message("user", (asked, *more))), chat=True)

    def fit_in(
        self,
        model: LanguageModel,
        examples: Sequence[str],
        attributes: Mapping[str, str],
        max_tokens: int,
    ) -> Prompt:
        """Return a prompt that leaves room for the answer; long examples are cut for it."""
        most = MOST_CHARACTERS
        while True:
            prompt = self.prompt([_shorten(text, most) for text in examples], attributes)
            room = model.context_length
            if room is None or most <= _LEAST:
                return prompt
            if int(model.count_tokens([prompt])[0]) + max_tokens <= room:
                return prompt
            most //= 2


def _tell(attributes: Mapping[str, str]) -> tuple[Piece, ...]:
    pieces: list[Piece] = []
    for name, value in attributes.items():
        pieces += [Piece("; ")] if pieces else []
        pieces += [Piece(name, trusted=False), Piece(": "), Piece(value, trusted=False)]
    return tuple(pieces)


def _lines(head: tuple[Piece, ...], examples: Sequence[str], told: tuple[Piece, ...]) -> Prompt:
    pieces = [*head, Piece("\n\n")]
    for text in examples:
        # On one line, so that no row can pose as several.
        pieces += [Piece("Text: "), Piece(" ".join(text.split()), trusted=False), Piece("\n")]
    pieces += [Piece("Text ("), *told, Piece("):")] if told else [Piece("Text:")]
    return Prompt((Message("user", tuple(pieces)),))


def _shorten(text: str, most: int) -> str:
    return text if len(text) <= most else text[:most].rstrip() + _CUT
