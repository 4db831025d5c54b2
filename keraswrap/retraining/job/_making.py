"""The steps that make a model: data, issues, search, register."""

from __future__ import annotations

import shutil
from dataclasses import asdict
from pathlib import Path

import numpy as np

from keraswrap._tables import write_table
from keraswrap.exceptions import InputError
from keraswrap.issues import estimate_noise, find_label_issues, triage
from keraswrap.model_files import save_estimator
from keraswrap.model_selection import GridSearchCV
from keraswrap.report import make_report
from keraswrap.retraining._row_keys import hash_rows, places_of, row_keys
from keraswrap.retraining.job._challenge import challenge
from keraswrap.retraining.job._context import Context, Outcome, hashes, shares
from keraswrap.retraining.job._models import (
    issue_finder,
    make_estimator,
    search_name,
    with_abstention,
)
from keraswrap.retraining.job._rows import read_train, write_rows
from keraswrap.retraining.job._state import hash_file, hash_json, write_json
from keraswrap.selective import selective_report
from keraswrap.tracking import TrackedRun, register, track_search

__all__ = ["check_data", "data_inputs", "find_issues", "is_registered", "register_model", "search"]

_FEWEST = 30


def data_inputs(context: Context) -> object:
    """Return the table of labeled rows by its hash."""
    return hash_file(context.job.path(context.job.data.train))


def check_data(context: Context) -> Outcome:
    """Read and check the table, and hold rows out, by what they hold."""
    data, folder = context.job.data, context.state.of("data")
    table = read_train(context.job.path(data.train), data)
    make_estimator(context.job.model, context.job.job.seed, context.job.folder)  # names are known
    for name in context.job.search.grid:
        search_name(context.job.model, name)
    places = places_of(hash_rows(row_keys(table.X), context.job.job.seed))
    out = places < data.held_out
    train, held = table.take(np.flatnonzero(~out)), table.take(np.flatnonzero(out))
    classes = min(len(np.unique(part.y)) for part in (train, held))
    if len(held) < _FEWEST or classes < 2:
        raise InputError(
            f"Expected two classes in training and held out, and at least {_FEWEST} rows to hold "
            f"out, got {classes} and {len(held)}. Add rows, or raise data.held_out."
        )
    files = [write_rows(train, folder / "train.jsonl", data)]
    files.append(write_rows(held, folder / "held_out.jsonl", data))
    facts = {"rows": len(table), "held_out": len(held), "classes": shares(table.y)}
    return Outcome(facts, files)


def find_issues(context: Context) -> Outcome:
    """Find labels that are likely to be wrong, and leave them out if that is asked for."""
    job, folder = context.job, context.state.of("issues")
    table, settings = context.rows("data/train.jsonl"), job.issues
    finder = issue_finder(bool(job.data.text), job.job.seed)
    seed = job.job.seed
    issues = find_label_issues(finder, table.X, table.y, cv=settings.folds, random_state=seed)
    lists = triage(issues, estimate_noise(issues))
    files = [folder / "report.html", folder / "issues.csv"]
    make_report(issues, table.X).save(files[0], overwrite=True)
    order = issues.ranking()
    frame = issues.to_frame().iloc[order].reset_index()
    frame.insert(1, "list", lists[order])
    if isinstance(table.X, list):
        frame.insert(1, "text", [table.X[row] for row in order.tolist()])
    write_table(frame, files[1], overwrite=True, spreadsheet=True)
    kept = np.ones(len(table), bool)
    if settings.strategy == "prune":
        kept = lists != "fix"
        lost = np.setdiff1d(table.y, table.y[kept])
        kept |= np.isin(table.y, lost)  # a class that would lose all of its rows keeps them
    files.append(write_rows(table.take(np.flatnonzero(kept)), folder / "kept.jsonl", job.data))
    facts = {"rows": len(table), "issues": int(issues.is_issue.sum()),
             "to_fix": int((lists == "fix").sum()), "kept": int(kept.sum()),
             "strategy": settings.strategy}  # fmt: skip
    return Outcome(facts, files)


def search(context: Context) -> Outcome:
    """Fit the candidates, choose one, fit it on all rows, and measure it on those held out."""
    job, folder = context.job, context.state.of("search")
    table, held = context.rows("issues/kept.jsonl"), context.rows("data/held_out.jsonl")
    grid = {search_name(job.model, name): values for name, values in job.search.grid.items()}
    journal = _journal(context)
    found = GridSearchCV(
        make_estimator(job.model, job.job.seed, job.folder),
        grid,
        scoring=job.search.scoring,
        cv=job.search.folds,
        n_jobs=None if job.search.n_jobs == 1 else job.search.n_jobs,
        error_score="raise",  # a candidate that cannot be fitted is a mistake in the job file
        journal=journal,
        progress=False,
    ).fit(table.X, table.y)
    names = {search_name(job.model, name): name for name in job.search.grid}
    params = {names[name]: value for name, value in found.best_params_.items()}
    model = found.best_estimator_
    if job.abstain.target_error is not None:
        made = make_estimator(job.model, job.job.seed, job.folder, params)
        model = with_abstention(made, job.abstain).fit(table.X, table.y)
    files = [folder / "model.keraswrap", folder / "search.json"]
    save_estimator(model, files[0])
    answer = getattr(model, "abstain_label", None)
    told = selective_report(held.y, model.predict(held.X), abstain_label=answer)
    facts = {
        "params": params,
        "score": float(found.best_score_),
        "scoring": job.search.scoring,
        "candidates": len(found.cv_results_["params"]),
        "rows": len(table),
        "held_out": {"rows": told.n, "accuracy": (told.n_answered - told.n_wrong) / told.n,
                     "answered": told.n_answered, "wrong": told.n_wrong},
        "run": _track(context, found, table.X, table.y, hash_file(files[0])),
    }  # fmt: skip
    write_json(facts, files[1])
    return Outcome(facts, files)


def _journal(context: Context) -> Path:
    """Return where this very search keeps its fits; what others kept is removed."""
    job, folder = context.job, context.state.of("search")
    rows = hashes([context.state.folder / "issues" / "kept.jsonl"])
    told = hash_json([asdict(job.model), asdict(job.search), job.job.seed, rows])
    path = folder / f"journal-{told[:12]}"
    for other in folder.glob("journal-*"):
        if other != path:
            shutil.rmtree(other) if other.is_dir() else other.unlink()
    return path


def _track(context: Context, found: GridSearchCV, X: object, y: object, sha256: object) -> str:
    """Record the search, unless a call that was interrupted did."""
    name, tag = context.job.job.name, {"cycle": str(sha256)}
    for run in context.registry.runs(name):
        if run.tags.get("cycle") == tag["cycle"]:
            return run.id
    report = context.state.folder / "issues" / "report.html"
    made: TrackedRun = track_search(
        found, context.registry, name=name, X=X, y=y, report=report, tags=tag
    )
    return made.id


def is_registered(context: Context) -> bool:
    """Return whether the version that was registered is still there."""
    facts = context.facts("register")
    versions = context.registry.versions(context.job.job.name)
    return any(one.version == facts["version"] and one.sha256 == facts["sha256"]
               for one in versions)  # fmt: skip


def register_model(context: Context) -> Outcome:
    """Register what the search found, and put it into use if no other model is."""
    job, registry = context.job, context.registry
    path = context.state.folder / "search" / "model.keraswrap"
    facts = context.facts("search")
    held = facts["held_out"]
    assert isinstance(held, dict)
    made = register(
        path,
        job.job.name,
        registry,
        metrics={"held_out_accuracy": held["accuracy"], "score": float(str(facts["score"]))},
        run=str(facts["run"]),
    )
    now = context.champion()
    told: dict[str, object] = {"version": made.version, "sha256": made.sha256}
    use = now is None or job.register.replace == "always"
    if use and (now is None or now.version != made.version):
        registry.set_alias(job.job.name, job.job.alias, made.version)
    elif not use and now is not None and now.version != made.version:
        registry.set_alias(job.job.name, "candidate", made.version)
        if job.register.replace == "better":
            told["decision"] = challenge(context, made, now)
    return Outcome({**told, "in_use": context.need_champion().version})
