"""Prompts of questions about texts. The text comes first, so that all questions share it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from keraswrap.llm._context_window import ContextWindow
from keraswrap.llm._prompts import PromptLike, Template, read_template
from keraswrap.llm._protocol import Continuation, LanguageModel, Prompt
from keraswrap.llm.features._question import Question
from keraswrap.llm.features._survey import Place, Survey

__all__ = ["DEFAULT_PROMPT_FEATURES", "DEFAULT_PROMPT_FEATURES_FEW_SHOT", "Questionnaire"]

_ASK = """Text:
{text}

Question: {question}
Answer with one of these, and with nothing else: {answers}.

Answer:
"""
DEFAULT_PROMPT_FEATURES = "Read the text and answer the question about it.\n\n" + _ASK
DEFAULT_PROMPT_FEATURES_FEW_SHOT = (
    "Some texts with their labels:\n\n{examples}\n\nRead the next text and answer the question "
    "about it.\n\n" + _ASK
)
_EXAMPLE = read_template("Text:\n{text}\n\nLabel:\n{label}", ["text", "label"])
_FIELDS = ("text", "question", "answers", "examples")


@dataclass(frozen=True)
class Questionnaire:
    """All questions, and the prompt that each is asked in.

    Parameters
    ----------
    questions : tuple of Question
    template : Template
    examples : tuple of (str, str)
        Texts and labels to show.
    """

    questions: tuple[Question, ...]
    template: Template
    examples: tuple[tuple[str, str], ...] = ()

    @property
    def answers(self) -> tuple[tuple[Continuation, ...], ...]:
        """What may follow the prompt of each question."""
        words = [question.words for question in self.questions]
        return tuple(tuple(Continuation(word, own.ends) for word in own.words) for own in words)

    def make(self, text: str, question: Question, whole: str) -> Prompt:
        """Return what is asked. A text is never shown beside its own label.

        Parameters
        ----------
        text : str
            As much of the whole text as fits.
        """
        shown = [pair for pair in self.examples if pair[0] != whole]
        blocks = [_EXAMPLE.fill({"text": one, "label": label}).text for one, label in shown]
        values = {
            "text": text,
            "question": question.text,
            "answers": ", ".join(question.answers),
            "examples": "\n\n".join(blocks),
        }
        return self.template.fill(values)

    def prompts(self, texts: Sequence[str], model: LanguageModel, on_too_long: str) -> list[Prompt]:
        """Return all prompts: those of the first text, then those of the second, and so on."""
        cut = zip(self._shorten(texts, model, on_too_long), texts, strict=True)
        return [self.make(text, one, whole) for text, whole in cut for one in self.questions]

    def _shorten(self, texts: Sequence[str], model: LanguageModel, on_too_long: str) -> list[str]:
        """Shorten texts so that the longest question fits; all questions share the result."""
        if model.context_length is None:
            return list(texts)
        bare = [self.make("", question, "") for question in self.questions]
        longest = self.questions[int(np.argmax(model.count_tokens(bare)))]
        answers = [answer for own in self.answers for answer in own]
        window = ContextWindow(model, answers, on_too_long)
        return window.shorten(texts, lambda row, text: self.make(text, longest, texts[row]))

    def survey(self, prompts: Sequence[Prompt]) -> Survey:
        """Return how prompts of :meth:`prompts` are asked."""
        k = len(self.questions)
        places = {prompt: Place(*divmod(row, k)) for row, prompt in enumerate(prompts)}
        return Survey(self.answers, places)


def read_prompt(prompt: PromptLike | None, *, chat: bool, few_shot: bool) -> Template:
    """Read the given prompt, or the default.

    Raises
    ------
    ParameterError
        If ``{text}`` or ``{question}`` is missing, or ``{examples}`` with few-shot examples.
    """
    default = DEFAULT_PROMPT_FEATURES_FEW_SHOT if few_shot else DEFAULT_PROMPT_FEATURES
    needed = ["text", "question", *(["examples"] if few_shot else [])]
    given = default if prompt is None else prompt
    return read_template(given, _FIELDS, chat=chat, needed=needed)
