"""``keraswrap features``."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from pathlib import Path

from keraswrap._tables import check_new, kind_of_file, write_table
from keraswrap._wording import counted
from keraswrap.cli._asking import (
    check_free,
    check_several,
    load_language_model,
    load_texts,
    open_cache,
    telling_cost,
    told_estimate,
)
from keraswrap.cli._interrupts import telling_stop
from keraswrap.cli._output import give
from keraswrap.exceptions import InputError, ParameterError
from keraswrap.llm._query import check_cost
from keraswrap.llm.features._question import (
    Question,
    check_questions,
    emotion,
    opinion_of,
    sentiment,
    urgency,
)
from keraswrap.llm.features._transformer import LanguageModelFeatures

_READY: dict[str, Callable[[], Question]] = {
    "sentiment": sentiment,
    "emotion": emotion,
    "urgency": urgency,
}
_KEYS = ("name", "text", "answers", "values")


def run(options: argparse.Namespace) -> None:
    """Ask questions, and write the table with a column for each answer."""
    out = check_new(options.out, options.overwrite)
    kind_of_file(out)
    questions = read_questions(options.question, options.questions)
    output = "probabilities" if options.probabilities else "expected"
    if options.max_cost is not None:
        check_cost(options.max_cost)
    frame, texts = load_texts(options)
    if options.calibrate:
        check_several(texts)
    check_free([each for q in questions for each in q.columns(output)], frame, options.data)
    cache = open_cache(options)
    features = LanguageModelFeatures(
        questions,
        load_language_model(options),
        output=output,
        chat=not options.no_chat,
        cache=cache,
        max_cost=options.max_cost,
    ).fit(texts)
    if told_estimate(features.estimate(texts), options):
        return
    with telling_stop(options), telling_cost(features, cache):
        rows, cost = features.transform(texts), features.cost_
        if options.calibrate:  # by the same answers, so that it costs nothing more
            rows = features.set_params(calibration="batch").fit_transform(texts)
    columns = dict(zip(features.get_feature_names_out().tolist(), rows.T, strict=True))
    write_table(frame.assign(**columns), out, overwrite=options.overwrite)
    _tell(options, len(frame), features, cost)


def read_questions(named: Sequence[str], path: str | None) -> list[Question]:
    """Return built-in questions by name, and those in a file.

    Raises
    ------
    InputError
        If the file cannot be read.
    ParameterError
        If there are no questions, a name is unknown, or a question is invalid.

    Examples
    --------
    >>> [one.name for one in read_questions(["sentiment", "opinion_of:the price"], None)]
    ['sentiment', 'opinion_of_the_price']
    """
    questions = [_ready(name) for name in named]
    if path is not None:
        questions += _read_file(path)
    if not questions:
        raise ParameterError(
            f"Expected --question as {_names()}, or --questions FILE, got neither. Ask at least "
            "one question."
        )
    return check_questions(questions)


def _ready(name: str) -> Question:
    kind, sign, target = name.partition(":")
    if kind == "opinion_of" and target.strip():
        return opinion_of(target.strip())
    if kind not in _READY or sign:
        raise ParameterError(
            f"Expected --question as {_names()}, got {name!r:.80}. Put questions of your own "
            "in a file for --questions."
        )
    return _READY[kind]()


def _names() -> str:
    return ", ".join([*_READY, "opinion_of:TARGET"])


def _read_file(path: str) -> list[Question]:
    try:
        listed = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(
            f"Expected a JSON file, in UTF-8, as --questions, got {path!r}: {error}."
        ) from error
    if not isinstance(listed, list) or not all(_is_question(one) for one in listed):
        raise InputError(
            f"Expected a list of objects with name, text, answers and perhaps values, and nothing "
            f"else, in {path!r}, got {listed!r:.100}."
        )
    return [Question(**one) for one in listed]


def _is_question(one: object) -> bool:
    return isinstance(one, dict) and set(_KEYS[:3]) <= set(one) <= set(_KEYS)


def _tell(
    options: argparse.Namespace, n: int, features: LanguageModelFeatures, cost: float
) -> None:
    """Print the share of rows with an answer to each question."""
    answered = features.answered_share_
    shares = ", ".join(f"{name} in {share:.1%}" for name, share in answered.items())
    told = f"{options.out}: {counted(n, 'row')}; answered: {shares}"
    result = {"rows": n, "answered": answered, "cost": cost, "files": [options.out]}
    give(
        {**result, "answers": options.cache},
        told + (f"; cost {cost:.4g}" * bool(cost)),
        options.json,
    )
