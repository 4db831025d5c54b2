"""The steps around a model in use: monitor, serve, watch, retrain."""

from __future__ import annotations

import shlex
from pathlib import Path

import numpy as np

from keraswrap._tables import new_file
from keraswrap.drift import DriftMonitor
from keraswrap.exceptions import InputError
from keraswrap.retraining._inputs import read_inputs
from keraswrap.retraining._questions import read_answers
from keraswrap.retraining._retrain import finish, retrain_if
from keraswrap.retraining._row_keys import hash_rows, places_of, row_keys
from keraswrap.retraining._work import identify
from keraswrap.retraining.job._context import Context, Outcome, hashes
from keraswrap.retraining.job._ready import wait_ready
from keraswrap.retraining.job._rows import Table, read_new, read_rows, together, write_rows
from keraswrap.retraining.job._state import write_json

__all__ = [
    *("champion_inputs", "fit_monitor", "monitor_file", "new_inputs", "retrain", "retrain_inputs"),
    *("serve", "watch"),
]

# Fewer test rows of a retraining are no reference; the held-out rows stay it then.
_FEWEST = 50


# -- monitor -----------------------------------------------------------------


def champion_inputs(context: Context) -> object:
    """Return the model in use by its hash."""
    found = context.champion()
    return None if found is None else [found.version, found.sha256]


def monitor_file(context: Context, version: int) -> Path:
    """Return where the monitor of a version is."""
    return context.state.folder / "monitor" / f"{context.job.job.name}-{version}.monitor"


def fit_monitor(context: Context) -> Outcome:
    """Fit the monitor of the model in use, on rows that it was not trained on."""
    job, champion = context.job, context.need_champion()
    context.state.of("monitor")
    table, source = _reference(context, champion.version)
    model = context.registry.load(champion.name, champion.version)
    settings = vars(job.monitor)
    monitor = DriftMonitor(model, **settings, random_state=job.job.seed)
    path = monitor_file(context, champion.version)
    monitor.fit(table.X, table.y).save(path)
    facts = {"version": champion.version, "rows": len(table), "reference": source}
    return Outcome(facts, [path])


def _reference(context: Context, version: int) -> tuple[Table, str]:
    """Return what new rows are compared with: what the model was last tested on."""
    for facts in context.lineage(version)[:1]:
        path = context.labeled_file(facts.get("inputs"))
        if path.is_file():
            table, names = _named(context, path)
            there = np.flatnonzero(np.isin(names, context.test_names(facts)))
            if len(there) >= _FEWEST:
                return table.take(there), "rows that the last retraining tested on"
    return context.rows("data/held_out.jsonl"), "rows held out"


# -- serve -------------------------------------------------------------------


def serve(context: Context) -> Outcome:
    """Write the command that starts the server, or see whether one is ready."""
    job, champion = context.job, context.need_champion()
    address = f"{job.job.name}@{job.job.alias}"
    command = ["keraswrap", "serve", address, "--registry", job.registry]
    command += ["--host", job.serve.host, "--port", str(job.serve.port)]
    command += ["--watch", str(job.serve.watch)]
    path = context.state.of("serve") / "command.txt"
    path.write_text(shlex.join(command) + "\n", encoding="utf-8")
    facts: dict[str, object] = {"command": command, "version": champion.version}
    if context.wait_ready is not None:
        known = [str(champion.version), f"{champion.name}:{champion.version}", champion.sha256]
        facts["ready"] = wait_ready(context.wait_ready, known)
    return Outcome(facts, [path])


# -- watch -------------------------------------------------------------------


def new_inputs(context: Context) -> object:
    """Return the new rows, and the model in use."""
    return [hashes(context.new_files()), champion_inputs(context)]


def _new_table(context: Context) -> tuple[Table, int]:
    """Return the rows that are new to the model in use, and how many it cannot be given."""
    classes = [*context.rows("data/train.jsonl").y.tolist(), *context.job.data.new_labels]
    read, left_out = read_new(context.new_files(), context.job.data, list(dict.fromkeys(classes)))
    names = hash_rows(row_keys(read.X), context.job.job.seed)
    return read.take(np.flatnonzero(~np.isin(names, _used(context)))), left_out


def _used(context: Context) -> list[str]:
    """Return names of the rows that the model in use was chosen by: only later ones are new.

    Not only those with a label: the others are what was left when unsure ones were picked.
    """
    lineage = context.lineage(context.need_champion().version)
    paths = [_seen_file(context, facts.get("inputs")) for facts in lineage]
    return [name for path in paths if path.is_file() for name in path.read_text().split()]


def _seen_file(context: Context, inputs: object) -> Path:
    return context.labeled_file(inputs).with_name(f"seen-{inputs}.txt")


def _monitor(context: Context) -> DriftMonitor:
    champion = context.need_champion()
    path = monitor_file(context, champion.version)
    if not path.is_file():
        raise InputError(
            f"Expected the monitor of version {champion.version}, got none: another model came "
            "into use. Run the step monitor first."
        )
    model = context.registry.load(champion.name, champion.version)
    return DriftMonitor.load(path, model)


def watch(context: Context) -> Outcome:
    """Compare new rows with what the model in use was measured on."""
    if not context.new_files():
        return Outcome({"rows": 0}, status="nothing")
    table, left_out = _new_table(context)
    if not len(table):
        return Outcome({"rows": 0, "left_out": left_out}, status="nothing")
    report = _monitor(context).check(table.X)
    folder = context.state.of("watch")
    files = [folder / "drift.html", folder / "drift.json"]
    report.to_html(files[0], overwrite=True)
    write_json(report.summary(), files[1])
    answers = {one.name: one.answer for one in report.statements}
    facts = {"rows": len(table), "left_out": left_out, "sign": report.found, **answers}
    return Outcome(facts, files)


# -- retrain -----------------------------------------------------------------


def retrain_inputs(context: Context) -> object:
    """Return the new rows, people's labels, and the model in use."""
    return [new_inputs(context), hashes(context.answer_files())]


def retrain(context: Context) -> Outcome:
    """Ask for labels, or train, test, and replace the model in use or keep it."""
    job, name = context.job, context.job.job.name
    if not context.new_files():
        return Outcome({"rows": 0}, status="nothing")
    finish(context.registry, name, job.job.alias)
    folder, champion = context.state.of("retrain"), context.need_champion()
    new, unclear = _answered(context)
    if not len(new):
        return Outcome({"rows": 0}, status="nothing")
    old, held = _old_rows(context, champion.version), context.rows("data/held_out.jsonl")
    settings, estimator = job.retrain.settings(job.job.alias, job.job.seed), context.estimator()
    inputs = read_inputs(old.X, old.y, new.X, new.y, unclear, (held.X, held.y))
    known = identify(inputs, settings, estimator)
    if len(inputs.labeled):  # before anything is decided: the next monitor needs it
        write_rows(new.take(inputs.labeled), context.labeled_file(known), job.data)
        names = hash_rows(row_keys(new.X), job.job.seed)
        with new_file(_seen_file(context, known), overwrite=True) as draft:
            draft.write_text("\n".join(names))
    done = retrain_if(
        name,
        context.registry,
        old.X,
        old.y,
        new.X,
        new.y,
        monitor=_monitor(context),
        estimator=estimator,
        held_out=(held.X, held.y),
        unclear=unclear,
        ask_to=folder,
        settings=settings,
    )
    facts = {**done.to_dict(), "in_use": context.need_champion().version}
    path = folder / "retraining.json"
    write_json(facts, path)
    status = "labels_needed" if done.action == "labels_needed" else "done"
    return Outcome(facts, [path], status)


def _answered(context: Context) -> tuple[Table, np.ndarray]:
    """Return the new rows with the labels that their tables and people give."""
    data, (table, _) = context.job.data, _new_table(context)
    classes = [*context.rows("data/train.jsonl").y.tolist(), *data.new_labels]
    files, seed = context.answer_files(), context.job.job.seed
    told = read_answers(files, table.X, list(dict.fromkeys(classes)), random_state=seed)
    by_people = np.array([one is not None for one in told.labels], dtype=bool)
    labels = np.where(by_people | told.unclear, told.labels, table.y)
    return Table(table.X, labels), told.unclear


def _old_rows(context: Context, version: int) -> Table:
    """Return the rows that the model in use was trained on."""
    parts = [context.rows("issues/kept.jsonl")]
    for facts in context.lineage(version):
        path = context.labeled_file(facts.get("inputs"))
        if path.is_file():
            table, names, share = *_named(context, path), context.job.retrain.test_share
            parts.append(table.take(np.flatnonzero(places_of(names) >= share)))
    return together(parts)


def _named(context: Context, path: Path) -> tuple[Table, list[str]]:
    """Return labeled new rows, and their names."""
    table = read_rows(path, context.job.data)
    return table, hash_rows(row_keys(table.X), context.job.job.seed)
