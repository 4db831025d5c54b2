"""``keraswrap extract``."""

from __future__ import annotations

import argparse
import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
import pandas as pd

from keraswrap._tables import check_new, kind_of_file, write_table
from keraswrap._wording import counted
from keraswrap.cli._asking import (
    check_free,
    load_language_model,
    load_texts,
    open_cache,
    read_about,
    telling_cost,
    told_estimate,
)
from keraswrap.cli._interrupts import telling_stop
from keraswrap.cli._output import give
from keraswrap.exceptions import ParameterError
from keraswrap.llm._sampling import Regex
from keraswrap.llm.texts._extractor import TextExtractor
from keraswrap.llm.texts._fields import FieldType

_PROBLEM = "problem"
_FIELD = re.compile(r"(?P<name>[^:]+):(?P<type>\w+)(?:\[(?P<given>.*)\])?", re.DOTALL)


def run(options: argparse.Namespace) -> None:
    """Extract fields, and write the table with their columns."""
    out = check_new(options.out, options.overwrite)
    kind_of_file(out)
    fields = read_fields(options.field)
    about = read_about(options.about)
    frame, texts = load_texts(options)
    cache = open_cache(options)
    extractor = TextExtractor(
        fields,
        not options.no_evidence,
        descriptions=about,
        model=load_language_model(options),
        chat=not options.no_chat,
        max_tokens=options.max_tokens,
        temperature=options.temperature,
        random_state=options.seed,
        part_words=options.part_words,
        cache=cache,
        max_cost=options.max_cost,
        on_budget="skip" if options.partial else "raise",
    ).fit()
    names = extractor.get_feature_names_out().tolist()
    if _PROBLEM in names:
        raise ParameterError(
            f"Expected another name for the field {_PROBLEM!r}: the column with it says why a "
            "value is missing. Rename the field."
        )
    check_free([*names, _PROBLEM], frame, options.data)
    if told_estimate(extractor.estimate(texts), options):
        return
    with telling_stop(options), telling_cost(extractor, cache):
        rows = extractor.transform(texts)
    columns = {name: rows[:, n] for n, name in enumerate(names)} | {
        _PROBLEM: np.array(extractor.problems_, dtype=object)
    }
    write_table(_with_columns(frame, columns, fields), out, overwrite=options.overwrite)
    _tell(options, columns, list(fields), extractor.cost_)


def read_fields(given: Sequence[str]) -> dict[str, FieldType]:
    """Read fields from the command line.

    Raises
    ------
    ParameterError
        If one is not NAME:TYPE, or a name is repeated.

    Examples
    --------
    >>> read_fields(["price:number", "mood:one_of[good, bad]", "order:pattern[[A-Z]{2}-[0-9]+]"])
    {'price': 'number', 'mood': ['good', 'bad'], 'order': Regex(pattern='[A-Z]{2}-[0-9]+')}
    """
    fields: dict[str, FieldType] = {}
    for each in given:
        found = _FIELD.fullmatch(each)
        needs = found is not None and found["type"] in ("one_of", "pattern")
        if found is None or needs != (found["given"] is not None):
            raise ParameterError(
                "Expected --field as NAME:text, NAME:number, NAME:date, NAME:one_of[good,bad] or "
                f"NAME:pattern[REGEX], got {each!r:.80}."
            )
        if found["name"] in fields:
            raise ParameterError(f"Expected each --field once, got {found['name']!r} twice.")
        fields[found["name"]] = _read_type(found["type"], found["given"])
    return fields


def _read_type(kind: str, given: str | None) -> FieldType:
    if given is None:
        return kind
    return Regex(given) if kind == "pattern" else [one.strip() for one in given.split(",")]


def _with_columns(
    frame: pd.DataFrame, columns: dict[str, np.ndarray], fields: dict[str, FieldType]
) -> pd.DataFrame:
    numbers = {name for name, kind in fields.items() if kind == "number"}
    typed = {
        name: pd.Series(values, index=frame.index, dtype="float64" if name in numbers else object)
        for name, values in columns.items()
    }
    return frame.assign(**typed)


def _tell(
    options: argparse.Namespace, columns: dict[str, np.ndarray], fields: list[str], cost: float
) -> None:
    """Print how many rows have each field, and why values are missing."""
    found = {name: int(pd.notna(columns[name]).sum()) for name in fields}
    problems = Counter(_kind(each, fields) for each in columns[_PROBLEM] if each is not None)
    n = len(columns[_PROBLEM])
    shares = ", ".join(f"{name} in {count:,}" for name, count in found.items())
    lines = [f"{options.out}: {counted(n, 'row')}; {shares}" + (f"; cost {cost:.4g}" * bool(cost))]
    lines += [f"  {counted(count, 'row')}: {why}" for why, count in problems.most_common()]
    result = {"rows": n, "found": found, "problems": dict(problems), "cost": cost}
    give({**result, "files": [options.out], "answers": options.cache}, "\n".join(lines),
         options.json)  # fmt: skip


def _kind(problem: str, fields: list[str]) -> str:
    """Return the kind of a row's first problem, without its field and details."""
    start = next((f"{name}: " for name in fields if problem.startswith(f"{name}: ")), "")
    return problem.removeprefix(start).partition(":")[0]
