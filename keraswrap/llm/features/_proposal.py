"""Have a language model write questions from training rows, as data to read and edit."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence

import numpy as np

from keraswrap._texts import check_optional_texts
from keraswrap.exceptions import EndpointError, InputTypeError, ParameterError, warn_user
from keraswrap.llm._cache import AnswerCache
from keraswrap.llm._prompts import Template, read_template
from keraswrap.llm._protocol import LanguageModel, check_language_model, is_language_model
from keraswrap.llm._query import Account, Query, check_cost
from keraswrap.llm._questions import Generation
from keraswrap.llm._responses import memory_of
from keraswrap.llm._sampling import Generated, Sampling
from keraswrap.llm.features._examples import LabelledTexts, check_cv
from keraswrap.llm.features._question import Question, name_of_answer

__all__ = ["propose_questions"]

_PROMPT = """Some texts with their labels:

{examples}

Write one question about a text whose answer helps to predict the label, without asking for the \
label itself, and two to five short answers to choose from. If the answers have an order, list \
them from the lowest to the highest. Ask about something else than these questions: {known}

Answer in JSON, with name, text, answers and ordered.
"""
_EXAMPLE = read_template("Text: {text}\nLabel: {label}", ["text", "label"])
_WORD = "[a-z][a-z0-9]{0,14}"
_SCHEMA = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "pattern": f"^{_WORD}(_{_WORD}){{0,2}}$"},
        "text": {"type": "string", "minLength": 8, "maxLength": 150},
        "answers": {
            "type": "array",
            "items": {"type": "string", "minLength": 1, "maxLength": 30},
            "minItems": 2,
            "maxItems": 5,
        },
        "ordered": {"type": "boolean"},
    },
    "required": ["name", "text", "answers", "ordered"],
    "additionalProperties": False,
}
# Characters of a text that are shown, and tries for each question.
_SHOWN, _TRIES = 500, 3


def propose_questions(
    X: object,
    y: object,
    model: LanguageModel,
    *,
    n_questions: int = 5,
    n_examples: int = 12,
    random_state: int = 0,
    chat: bool = True,
    cache: str | os.PathLike[str] | AnswerCache | None = None,
    max_cost: float | None = None,
) -> list[Question]:
    """Have a language model write questions that may help to predict labels.

    The model sees some texts with their labels and writes one question after another, in
    a fixed form. Pass training rows only, then read and edit what it wrote before use.

    Parameters
    ----------
    X : array-like of str or missing, shape (n,)
    y : array-like of shape (n,)
        Classes or numbers.
    model : LanguageModel
    n_questions : int, default=5
    n_examples : int, default=12
        Number of rows to show, balanced over classes or ranges of numbers, with the first
        500 characters of each text.
    random_state : int, default=0
        Seed for drawing rows and for the model's sampling.
    chat : bool, default=True
        Whether to use the model's chat template.
    cache : str, path or AnswerCache, optional
    max_cost : float, optional
        Largest total cost, by the model's prices.

    Returns
    -------
    list of Question
        They differ in names and texts. Ordered answers have the values 0, 1, ...

    Raises
    ------
    InputTypeError, InputError, ParameterError
        If an argument is invalid.
    BudgetError
        If the next question would exceed `max_cost`. Earlier answers are reused by the next
        call.
    EndpointError
        If the model wrote no valid question in three tries per question.

    Warns
    -----
    UserWarning
        If it wrote fewer questions than requested.

    Examples
    --------
    >>> from keraswrap.llm import FakeLM, propose_questions
    >>> said = '{"name": "broken", "text": "Did it break?", "answers": ["no", "yes"], '
    >>> model = FakeLM(says=lambda prompt: said + '"ordered": true}')
    >>> propose_questions(["It broke.", "Superb!"], [0, 1], model, n_questions=1)[0].values
    (0.0, 1.0)
    """
    _check(model, n_questions, n_examples, max_cost)
    if not isinstance(random_state, int | np.integer) or random_state < 0:
        raise ParameterError(f"Expected random_state from 0 on, got {random_state!r:.60}.")
    random = np.random.RandomState(random_state)
    rows = LabelledTexts.read(check_optional_texts(X), y, n_examples, random)
    shown = rows.draw(n_examples, np.arange(len(rows.texts)))
    store = cache if isinstance(cache, AnswerCache) else cache and AnswerCache(cache)
    account = Account()
    found: list[Question] = []
    reasons: list[str] = []
    for n in range(_TRIES * n_questions):
        sampling = Sampling(300, 0.8, 0.95, int(random_state) + n, schema=_SCHEMA)
        query = Query(model, Generation(sampling), store or memory_of(model), account, max_cost)
        prompt = _template(chat).fill(_values(shown, found))
        written = query.ask([prompt]).found[0]
        try:
            found.append(_read(written, found))
        except ParameterError as error:
            reasons.append(str(error))
        if len(found) == n_questions:
            return found
    return _fewer(found, n_questions, reasons)


def _fewer(found: list[Question], n: int, reasons: list[str]) -> list[Question]:
    tries = f"in {_TRIES * n} tries. The last other one: {reasons[-1]:.200}"
    if not found:
        raise EndpointError(f"Expected questions from the model, got none that is valid {tries}")
    warn_user(f"Expected {n} questions from the model, got {len(found)} that are valid {tries}")
    return found


def _template(chat: bool) -> Template:
    return read_template(_PROMPT, ["examples", "known"], chat=chat, needed=["examples", "known"])


def _values(shown: Sequence[tuple[str, str]], found: Sequence[Question]) -> dict[str, str]:
    blocks = [_EXAMPLE.fill({"text": text[:_SHOWN], "label": label}).text for text, label in shown]
    known = " ".join(one.text for one in found) or "none so far."
    return {"examples": "\n\n".join(blocks), "known": known}


def _read(written: Generated | None, found: Sequence[Question]) -> Question:
    """Return the question that was written; raise ParameterError if it cannot be used."""
    if written is None or not written.is_whole:
        reason = written.problem or written.finish_reason if written else "no answer"
        raise ParameterError(f"Expected a whole question, got {reason}.")
    told = json.loads(written.text)
    # A small model may repeat an answer: it counts once.
    distinct: dict[str, str] = {}
    for each in told["answers"]:
        distinct.setdefault(name_of_answer(each).casefold(), each)
    answers = list(distinct.values())
    values = list(range(len(answers))) if told["ordered"] else None
    question = Question(told["name"], told["text"], answers, values)
    known = {each.casefold() for one in found for each in (one.name, one.text)}
    if known & {question.name.casefold(), question.text.casefold()}:
        raise ParameterError(f"Expected another question, got {question.text!r:.100} again.")
    return question


def _check(model: object, n_questions: object, n_examples: object, max_cost: object) -> None:
    if not is_language_model(model):
        raise InputTypeError(
            f"Expected model to be a LanguageModel, got {type(model).__name__}. Get one with "
            "keraswrap.llm.load_model."
        )
    check_language_model(model)
    whole = isinstance(n_questions, int | np.integer) and not isinstance(n_questions, bool)
    if not whole or n_questions < 1:  # type: ignore[operator]
        raise ParameterError(
            f"Expected n_questions as a whole number from 1 on, got {n_questions!r:.60}."
        )
    check_cv(2, n_examples)
    if max_cost is not None:
        check_cost(max_cost)  # type: ignore[arg-type]
