"""What commands that ask a language model share: the model, its answers, and their cost."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, cast

import pandas as pd

from keraswrap._tables import check_columns, texts_of
from keraswrap._wording import counted
from keraswrap.cli._columns import load_table
from keraswrap.cli._output import give, say
from keraswrap.cli._own_code import load_named
from keraswrap.cli._quiet import load_keras
from keraswrap.exceptions import InputError, ParameterError
from keraswrap.llm._cache import AnswerCache
from keraswrap.llm._protocol import LanguageModel, is_language_model
from keraswrap.llm._query import Estimate
from keraswrap.llm.server._client import OpenAICompatibleLM

_OF_SERVERS = ("key_env", "prices", "context_length")


class Asker(Protocol):
    """An estimator that asks a language model."""

    @property
    def cost_(self) -> float:
        """Cost so far."""


def load_language_model(options: argparse.Namespace) -> LanguageModel:
    """Return the model that the options name.

    Raises
    ------
    ParameterError
        If options contradict each other, or one is invalid.
    InputError, DownloadError, SavedFileError
        If there is no such model.
    """
    if options.server is not None:
        return _on_server(options)
    given = [name for name in _OF_SERVERS if getattr(options, name) is not None]
    if given:
        raise ParameterError(
            f"Expected --server with --{given[0].replace('_', '-')}, got none. Name the server's "
            "URL; a model on this machine costs only time, and knows its context."
        )
    if re.search(r"\.py:[\w.]+$", options.model):
        return _of_own_code(options.model)
    load_keras()
    from keraswrap.llm._load import load_model

    return load_model(_fetch(options.model))


def _on_server(options: argparse.Namespace) -> LanguageModel:
    model: object = OpenAICompatibleLM(
        options.server,
        options.model,
        api_key_env=options.key_env,
        max_concurrency=options.concurrency,
        prices=tuple(options.prices or (0.0, 0.0)),
        context_length=options.context_length,
        api="completions" if options.no_chat else "chat",
    )
    return cast("LanguageModel", model)  # its fingerprint is a property


def _of_own_code(named: str) -> LanguageModel:
    found = load_named(named, "--model", "shop.py:model")
    if callable(found) and not is_language_model(found):
        found = found()
    if isinstance(found, type) or not is_language_model(found):
        raise ParameterError(
            f"Expected a LanguageModel, or a function without arguments that returns one, as "
            f"{named!r}, got {found!r:.60}."
        )
    return found


def _fetch(name: str) -> str:
    if name.lower() != "smollm2":
        return name
    from keraswrap.datasets import fetch_smollm

    return str(fetch_smollm())


def load_texts(options: argparse.Namespace) -> tuple[pd.DataFrame, list[str]]:
    """Read the table, and its column of texts; a missing text is an empty one.

    Raises
    ------
    InputError
        If the file or the column cannot be read.
    """
    frame = load_table(options)
    check_columns([options.text], list(frame), options.data)
    return frame, texts_of(frame[options.text])


def check_several(texts: Sequence[str]) -> None:
    """Raise InputError unless texts differ, as calibration needs."""
    n = len({text.strip() for text in texts} - {""})
    if n < 2:
        raise InputError(
            f"Expected several texts with --calibrate, got {n}: it compares a text with the "
            "others. Leave it out."
        )


def read_about(given: Sequence[str]) -> dict[str, str]:
    """Read the meaning of names from the command line.

    Raises
    ------
    ParameterError
        If one is not NAME=TEXT, or two are for one name.

    Examples
    --------
    >>> read_about(["price=the sum that was paid"])
    {'price': 'the sum that was paid'}
    """
    found: dict[str, str] = {}
    for name, text in map(_read_about, given):
        if name in found:
            raise ParameterError(f"Expected one --about for each name, got {name!r:.60} twice.")
        found[name] = text
    return found


def _read_about(given: str) -> tuple[str, str]:
    name, sign, text = given.partition("=")
    if not sign or not name or not text.strip():
        raise ParameterError(f"Expected --about as NAME=TEXT, got {given!r:.80}.")
    return name, text


def check_free(names: list[str], frame: pd.DataFrame, source: str) -> None:
    """Raise InputError if a new column exists already."""
    taken = [name for name in names if name in frame.columns]
    if taken:
        raise InputError(
            f"Expected no column {taken[0]!r} in {source!r}, as a new one gets that name. Rename "
            "one of them."
        )


def open_cache(options: argparse.Namespace) -> AnswerCache:
    """Return the file of answers, by default beside the output.

    Its path is stored in the options, for messages that say how to continue.

    Raises
    ------
    SavedFileError, StorageError
        If it cannot be used.
    """
    if options.cache is None:
        out = Path(options.out)
        options.cache = str(out.with_name(f"{out.name}.answers"))
    cache = AnswerCache(options.cache)
    cache.info()
    return cache


def told_estimate(found: Estimate, options: argparse.Namespace) -> bool:
    """Print the estimate, and return whether it is all that was wanted."""
    told = f"{counted(found.calls, 'prompt')} to ask, {found.cached:,} known"
    cost = f", cost at most {found.cost:.4g}" if found.cost else ""
    say(f"{told}; at most {found.tokens_in:,} tokens read and {found.tokens_out:,} written{cost}")
    if options.estimate:
        names = ("calls", "cached", "tokens_in", "tokens_out", "cost")
        give({name: getattr(found, name) for name in names}, "Nothing was asked.", options.json)
    return bool(options.estimate)


@contextmanager
def telling_cost(asker: Asker, cache: AnswerCache) -> Iterator[None]:
    """Print the cost and where answers are saved, if asking ends early."""
    try:
        yield
    except BaseException:
        cost = f"Cost so far: {asker.cost_:.4g}. " if asker.cost_ else ""
        say(f"{cost}{str(cache.path)!r} holds {counted(cache.info().n_answers, 'answer')}.")
        raise
