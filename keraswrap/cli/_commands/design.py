"""``keraswrap design``."""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator
from pathlib import Path

import joblib

from keraswrap._tables import write_table
from keraswrap._wording import counted
from keraswrap.cli._asking import (
    load_language_model,
    open_cache,
    telling_cost,
    told_estimate,
)
from keraswrap.cli._design import load_target
from keraswrap.cli._interrupts import telling_stop
from keraswrap.cli._output import check_folder, give, new_folder, say
from keraswrap.codegen import PipelineWriter
from keraswrap.exceptions import ParameterError
from keraswrap.llm._cache import AnswerCache
from keraswrap.llm._query import check_cost

_CODE, _BOARD, _MODEL = "pipeline.py", "leaderboard.csv", "model.joblib"
_FUNCTIONS = "functions.csv"


def run(options: argparse.Namespace) -> None:
    """Let a model choose a pipeline; write its code, the leaderboard and the fitted pipeline."""
    files = [_CODE, _BOARD, _MODEL, *([_FUNCTIONS] if options.features else [])]
    _check(options, files)
    X, y = load_target(options)
    cache = open_cache(options)
    writer = _make(options, cache)
    say(f"{options.data}: {counted(len(X), 'row')}, {counted(X.shape[1], 'column')}")
    if told_estimate(writer.estimate(X, y), options):
        return
    with new_folder(options.out, files, options.overwrite) as draft:
        with telling_stop(options), telling_cost(writer, cache):
            writer.fit(X, y)
        _write(writer, draft)
    _tell(options, len(X), writer, [str(Path(options.out) / name) for name in files])


def _check(options: argparse.Namespace, files: list[str]) -> None:
    check_folder(options.out, files, options.overwrite)
    if options.seed < 0:
        raise ParameterError(f"Expected --seed as a whole number ≥ 0, got {options.seed}.")
    if options.max_cost is not None:
        check_cost(options.max_cost)


def _make(options: argparse.Namespace, cache: AnswerCache) -> PipelineWriter:
    return PipelineWriter(
        load_language_model(options),
        options.description,
        options.scoring,
        options.folds,
        options.candidates,
        options.max_cost,
        options.holdout,
        task=options.task,
        features=options.features,
        n_functions=options.functions,
        time_limit=options.time_limit,
        show_rows=options.show_rows,
        random_state=options.seed,
        n_jobs=options.n_jobs,
        temperature=options.temperature,
        max_tokens=options.max_tokens,
        chat=not options.no_chat,
        cache=cache,
    )


def _write(writer: PipelineWriter, folder: Path) -> None:
    (folder / _CODE).write_text(writer.to_code(), encoding="utf-8")
    write_table(writer.leaderboard_, folder / _BOARD)
    joblib.dump(writer.best_estimator_, folder / _MODEL)
    if writer.features:
        told = writer.functions_
        write_table(told.assign(columns=told["columns"].map(_joined)), folder / _FUNCTIONS)


def _joined(names: object) -> str:
    return ", ".join(names) if isinstance(names, list) else ""


def _tell(options: argparse.Namespace, n: int, writer: PipelineWriter, files: list[str]) -> None:
    result = {
        "rows": n,
        "task": writer.task_,
        "score": writer.best_score_,
        "holdout_score": writer.holdout_score_,
        "source": writer.best_source_,
        "specification": writer.best_specification_,
        "verdict": writer.verdict_,
        "baselines": [
            {name: _plain(value) for name, value in row.items()}
            for row in writer.baselines_.to_dict("records")
        ],
        "stopped": writer.stopped_,
        "seed": writer.seed_,
        "versions": writer.versions_,
        "cost": writer.cost_,
        "files": files,
        "answers": options.cache,
    }
    give(result, "\n".join(_lines(writer, files)), options.json)


def _lines(writer: PipelineWriter, files: list[str]) -> Iterator[str]:
    yield writer.summary()
    if writer.cost_:
        yield f"Cost {writer.cost_:.4g}."
    yield "Written:"
    yield from (f"  {path}" for path in files)
    yield (
        f"{_MODEL} is a pickle, which runs code when it is loaded: load it only if you made it, "
        f"with the same versions. {_CODE} is text, and has to be fitted."
    )


def _plain(value: object) -> object:
    """Return a cell as JSON holds it: null where there is no finite number."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
