"""``keraswrap label``."""

from __future__ import annotations

import argparse
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

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
from keraswrap.cli._classifiers import choose
from keraswrap.cli._interrupts import telling_stop
from keraswrap.cli._labeling import (
    Panel,
    audit_of,
    make_panel,
    people_of,
    read_labels,
    read_prompts,
)
from keraswrap.cli._output import give
from keraswrap.exceptions import BudgetError, EndpointError, ParameterError
from keraswrap.labeling import LabelTable, Questions, ask_people, export_labels, label_texts
from keraswrap.labeling._judge import BUDGET, FAILED
from keraswrap.llm._query import check_cost
from keraswrap.selective._bounds import check_share, rows_without_error

_COLUMNS = ("label", "source", "why", "suggested", "probability")
_WORDS = "words"
# Rows asked about at once, without and with a limit of the cost.
_AT_ONCE, _NEAR = 64, 8
# Share of the asked rows that are random, once people have labeled some.
_RANDOM = 0.2


@dataclass(frozen=True)
class _Files:
    """The files to write; None for those that are not wanted."""

    out: Path
    page: Path | None
    rows: Path | None
    tasks: Path | None

    @classmethod
    def named(cls, options: argparse.Namespace) -> _Files:
        """Return paths beside the table's; unless --overwrite is set, none may exist."""
        out = Path(options.out)
        asks = options.ask is not None and options.decisions is None
        ending = "jsonl" if options.format == "prodigy" else "json"
        found = cls(
            out,
            out.with_suffix(".questions.html") if asks else None,
            out.with_suffix(".questions.csv") if asks else None,
            out.with_suffix(f".{options.format}.{ending}") if options.format else None,
        )
        for path in found.there:
            check_new(path, options.overwrite)
        kind_of_file(out)
        return found

    @property
    def there(self) -> list[Path]:
        """The files that are wanted."""
        return [path for path in (self.out, self.page, self.rows, self.tasks) if path is not None]


def run(options: argparse.Namespace) -> None:
    """Label texts, and write the table with labels and the rows for people to label."""
    _check(options)
    files, labels = _Files.named(options), read_labels(options.labels)
    prompts, about = read_prompts(options.prompt), read_about(options.about)
    frame, texts = load_texts(options)
    people, audit = people_of(frame, options), audit_of(frame, options)
    voters = [*prompts, *([_WORDS] if options.words else [])]
    check_free([*_COLUMNS, *voters], frame, options.data)
    cache = open_cache(options)
    panel = make_panel(options, load_language_model(options), labels, prompts, about)
    if told_estimate(panel.estimate(texts), options):
        return
    with telling_stop(options), telling_cost(panel, cache):
        if options.calibrate:
            panel.calibrate(texts, options.max_cost)
        told = labels, people, audit
        table = _label(options, texts, _annotators(options, panel, texts), told, panel.spent)
        _check_answered(table, options, panel.spent)
    asked = _questions(options, table)
    if options.decisions is not None and asked is not None:
        table, asked = asked.add(options.decisions), None
    _write(options, files, _with_columns(frame, table, options), table, asked)
    _tell(options, files, table, panel.spent)


def _check(options: argparse.Namespace) -> None:
    check_share(options.target_error, "target_error")
    check_share(options.confidence, "confidence")
    if options.max_cost is not None:
        check_cost(options.max_cost)
    if options.ask is not None and options.ask < 1:
        raise ParameterError(f"Expected --ask as a whole number ≥ 1, got {options.ask}.")
    if options.seed < 0:
        raise ParameterError(f"Expected --seed as a whole number ≥ 0, got {options.seed}.")
    if options.decisions is not None and options.ask is None:
        raise ParameterError(
            "Expected --ask with --decisions, got none. Repeat the number of rows with which the "
            "page was written."
        )
    if options.words and not options.people and options.decisions is None:
        raise ParameterError(
            "Expected --people or --decisions with --words, got neither. A classifier of words "
            "learns people's labels."
        )


def _annotators(options: argparse.Namespace, panel: Panel, texts: list[str]) -> dict[str, object]:
    """Return the annotators, by name."""
    found: dict[str, object] = dict(panel.members)
    return found | ({_WORDS: choose("tfidf", 0, texts).estimator} if options.words else {})


def _label(
    options: argparse.Namespace,
    texts: list[str],
    annotators: dict[str, object],
    told: tuple[list[str], pd.DataFrame | None, np.ndarray | None],
    spent: float,
) -> LabelTable:
    labels, people, audit = told
    return label_texts(
        texts,
        annotators,
        people,
        options.target_error,
        options.confidence,
        None if options.max_cost is None else max(0.0, options.max_cost - spent),
        audit=audit,
        classes=labels,
        promise=options.promise,
        random_state=options.seed,
        batch_size=max(_AT_ONCE if options.max_cost is None else _NEAR, options.concurrency),
        progress=None,
    )


def _check_answered(table: LabelTable, options: argparse.Namespace, spent: float) -> None:
    """Raise an error if rows were not asked about, unless --partial allows it."""
    why = set(table.why.tolist())
    if FAILED in why:
        told = " ".join(note for note in table.notes if note.startswith("Annotator "))
        raise EndpointError(f"{told} Answers are kept: the same command asks only the rest.")
    if BUDGET in why and not options.partial:
        total = table.cost.sum() + spent
        raise BudgetError(
            f"Expected a cost of at most --max-cost {options.max_cost:g}, got {total:.6g} spent, "
            "and the next rows would pass it. Answers are kept: call again with a larger "
            "--max-cost, and only the rest is asked; or take what is there: --partial."
        )


def _questions(options: argparse.Namespace, table: LabelTable) -> Questions | None:
    """Return the rows for people to label, all of them random as long as none is labeled."""
    if options.ask is None:
        return None
    share = _RANDOM if table.audit.any() else 1.0
    return ask_people(table, options.ask, share, options.seed)


def _with_columns(
    frame: pd.DataFrame, table: LabelTable, options: argparse.Namespace
) -> pd.DataFrame:
    columns: dict[str, Sequence[object] | np.ndarray] = {
        "label": table.label,
        "source": table.source,
        "why": table.why,
        "suggested": table.suggested,
        "probability": table.proba,
    }
    columns |= {str(name): table.answers[name].to_numpy() for name in table.answers}
    if options.decisions is not None:
        new = [name for name in table.people if name not in options.people]
        columns |= {f"people: {name}": table.people[name].to_numpy() for name in new}
        columns["random"] = table.audit
        check_free([name for name in columns if name not in _COLUMNS], frame, options.data)
    typed = {
        name: pd.Series(values, index=frame.index, dtype=getattr(values, "dtype", object))
        for name, values in columns.items()
    }
    return frame.assign(**typed)


def _write(
    options: argparse.Namespace,
    files: _Files,
    frame: pd.DataFrame,
    table: LabelTable,
    asked: Questions | None,
) -> None:
    write_table(frame, files.out, overwrite=options.overwrite)
    if files.tasks is not None:
        tool, rows = options.format.replace("-", "_"), None if asked is None else asked.rows
        shown = asked is None  # people who label would follow suggestions
        export_labels(table, files.tasks, tool, rows=rows, suggestions=shown,
                      overwrite=options.overwrite)  # fmt: skip
    if asked is not None and files.page is not None and files.rows is not None:
        asked.save(files.page, options.overwrite)
        told = {"row": asked.rows, "random": asked.random, "text": asked.texts.to_numpy()}
        write_table(pd.DataFrame(told), files.rows, overwrite=options.overwrite)


# What is told


def _tell(
    options: argparse.Namespace, files: _Files, table: LabelTable, calibration: float
) -> None:
    cost = float(table.cost.sum()) + calibration
    sources = Counter(table.source.tolist())
    names = ["n_answers", "n_judged", "accuracy", "low", "high", "cost"]
    result = {
        "rows": len(table),
        "people": sources["people"],
        "machine": sources["machine"],
        "open": dict(_open(table)),
        "acceptance": _plain(asdict(table.acceptance)),
        "annotators": {
            str(name): _plain(row) for name, row in table.annotators[names].to_dict("index").items()
        },
        "cost": cost,
        "notes": list(table.notes),
        "files": [str(path) for path in files.there],
        "answers": options.cache,
    }
    give(result, "\n".join(_lines(options, files, table, cost)), options.json)


def _lines(
    options: argparse.Namespace, files: _Files, table: LabelTable, cost: float
) -> Iterator[str]:
    told = repr(table).removeprefix("LabelTable(").removesuffix(")")
    yield f"{options.out}: {told}" + f"; cost {cost:.4g}" * bool(cost)
    yield from (f"  {counted(n, 'row')} open: {why}" for why, n in _open(table).most_common())
    for name, one in table.annotators.iterrows():
        if one["n_judged"]:
            judged = counted(one["n_judged"], "random row")
            between = f"{one['low']:.1%} to {one['high']:.1%}"
            right = f"{one['accuracy']:.1%}"
            yield f"  {name}: right in {right} of {judged} labeled by people ({between})"
    yield from _promise(options, table)
    if files.page is not None:
        yield (
            f"Have people label the rows in {str(files.page)!r}; then run the same command with "
            "--overwrite --decisions FILE, the file that they exported."
        )


def _open(table: LabelTable) -> Counter[str]:
    return Counter(why for why in table.why.tolist() if why is not None)


def _promise(options: argparse.Namespace, table: LabelTable) -> Iterator[str]:
    found = table.acceptance
    if not found.reason:
        of = "the labels by machine" if found.promise == "accepted" else "all rows, in the end,"
        yield (
            f"Promised with a confidence of {found.confidence:.0%}: at most "
            f"{found.target_error:.1%} of {of} are wrong (bound {found.error_bound:.1%}, by "
            f"{counted(found.n_audit, 'random row')}, {found.n_wrong} of the accepted ones wrong)."
        )
        return
    yield f"No label is accepted. {found.reason}"
    yield "The column suggested has suggestions; nothing is promised about them."
    if not found.n_audit and options.ask is None:
        least = rows_without_error(options.target_error, options.confidence)
        yield (
            f"Have people label random rows: {least} if the model is right in all of them, some "
            "hundreds if it errs now and then. --ask 300 writes a page for it."
        )


def _plain(values: dict[str, object]) -> dict[str, object]:
    """Return values as JSON holds them: null where there is no finite number."""
    return {
        name: None
        if isinstance(value, float) and not math.isfinite(value)
        else value.item()
        if isinstance(value, np.generic)
        else value
        for name, value in values.items()
    }
