"""Read the labels, prompts, people's columns and annotators of ``keraswrap label``."""

from __future__ import annotations

import argparse
import csv
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from keraswrap._tables import check_columns, texts_of
from keraswrap.cli._asking import check_several
from keraswrap.exceptions import InputError, ParameterError
from keraswrap.llm._classifier import spread
from keraswrap.llm._query import Estimate
from keraswrap.llm._zero_shot import ZeroShotClassifier

# The annotator with the library's own prompt.
_MODEL = "model"
_TRUTHS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
_TRUTHS |= {"": False}


@dataclass(eq=False)
class Panel:
    """Classifiers that ask one language model, each by a prompt of its own.

    Parameters
    ----------
    members : dict of str to ZeroShotClassifier
        Fitted, by name.
    spent : float ≥ 0, default=0
        Cost of calibrating them.
    """

    members: Mapping[str, ZeroShotClassifier]
    spent: float = 0.0

    @property
    def cost_(self) -> float:
        """Cost so far, of all of them."""
        return self.spent + sum(one.cost_ for one in self.members.values())

    def calibrate(self, texts: Sequence[str], max_cost: float | None) -> None:
        """Learn from some of the texts which labels the model prefers whatever the text.

        Raises
        ------
        InputError
            If there are fewer than two texts that differ.
        BudgetError
            If asking about them would exceed `max_cost`.
        """
        some = spread([text for text in texts if text.strip()])
        check_several(some)
        for one in self.members.values():
            left = None if max_cost is None else max(0.0, max_cost - self.cost_)
            one.set_params(max_cost=left).predict_proba(some)
        self.spent = self.cost_
        for one in self.members.values():
            # The answers are known now; a fit takes as many labels as texts.
            repeats = -(-len(one.classes_) // len(some))
            labels = np.resize(one.classes_, repeats * len(some)).tolist()
            one.set_params(calibration="batch", max_cost=None).fit(some * repeats, labels)

    def estimate(self, texts: Sequence[str]) -> Estimate:
        """Return what asking all of them about all texts would take."""
        there = [text for text in texts if text.strip()]
        if not there:
            return Estimate(0, 0, 0, 0, None, 0.0)
        each = [astuple(one.estimate(there)) for one in self.members.values()]
        calls, known, read, written, _, cost = zip(*each, strict=True)
        return Estimate(sum(calls), sum(known), sum(read), sum(written), None, sum(cost))


def make_panel(
    options: argparse.Namespace,
    model: object,
    labels: list[str],
    prompts: Mapping[str, str | None],
    about: Mapping[str, str],
) -> Panel:
    """Return a classifier for each prompt.

    Raises
    ------
    ParameterError
        If a prompt lacks a field, or a description belongs to no label.
    """
    return Panel(
        {
            name: ZeroShotClassifier(
                model=model,
                prompt=prompt,
                descriptions=about or None,
                chat=not options.no_chat,
                cache=options.cache,
                progress=False,
            ).fit(None, labels)
            for name, prompt in prompts.items()
        }
    )


def read_labels(given: str) -> list[str]:
    """Read labels from the command line.

    Raises
    ------
    ParameterError
        If there are fewer than two, or one is empty or repeated.

    Examples
    --------
    >>> read_labels('good, "so, so",bad')
    ['good', 'so, so', 'bad']
    """
    try:
        labels = [one.strip() for one in next(csv.reader([given], skipinitialspace=True), [])]
    except csv.Error:  # of a line break, for instance
        labels = []
    if len(labels) < 2 or not all(labels) or len(set(labels)) < len(labels):
        raise ParameterError(
            f"Expected two or more labels that differ as --labels, got {given!r:.100}. Separate "
            "them by commas, and put a label with a comma in double quotes."
        )
    return labels


def read_prompts(paths: Sequence[str]) -> dict[str, str | None]:
    """Return prompts by the names of their files; without any, the default prompt.

    Raises
    ------
    InputError
        If a file cannot be read, or two have the same name.
    """
    prompts: dict[str, str | None] = {}
    for path in paths:
        name = Path(path).stem
        if name in prompts:
            raise InputError(
                f"Expected prompts in files of names that differ, got {name!r} twice. Rename one."
            )
        prompts[name] = _read_prompt(path)
    return prompts or {_MODEL: None}


def _read_prompt(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise InputError(f"Expected a text in UTF-8 as --prompt, got {path!r}: {error}.") from error


def people_of(frame: pd.DataFrame, options: argparse.Namespace) -> pd.DataFrame | None:
    """Return the columns of people's labels, as texts, None where there is none.

    Raises
    ------
    InputError
        If there is no such column, or it does not hold single values.
    """
    if not options.people:
        return None
    check_columns(options.people, list(frame), options.data)
    told = {name: [text.strip() or None for text in _labels(frame[name])]
            for name in options.people}  # fmt: skip
    return pd.DataFrame(told, dtype=object)


def _labels(column: pd.Series) -> list[str]:
    """Return labels as texts; whole numbers that gaps made floats become integers again."""
    numbers = column.dropna()
    if pd.api.types.is_float_dtype(column) and (numbers == numbers.round()).all():
        column = column.astype("Int64")
    return texts_of(column)


def audit_of(frame: pd.DataFrame, options: argparse.Namespace) -> np.ndarray | None:
    """Return which rows were drawn at random, if a column says so.

    Raises
    ------
    InputError
        If it does not exist, or holds something other than true or false.
    ParameterError
        If there are no columns of people's labels.
    """
    if options.audit is None:
        return None
    if not options.people:
        raise ParameterError("Expected --people with --audit, got none. Name people's columns.")
    check_columns([options.audit], list(frame), options.data)
    told = [text.strip().lower() for text in _labels(frame[options.audit])]
    wrong = next((text for text in told if text not in _TRUTHS), None)
    if wrong is not None:
        raise InputError(
            f"Expected true or false in the column {options.audit!r} of {options.data!r}, got "
            f"{wrong!r:.60}. Write true where a row was drawn at random."
        )
    return np.array([_TRUTHS[text] for text in told])
