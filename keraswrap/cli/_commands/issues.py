"""``keraswrap issues``."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from keraswrap._tables import write_table
from keraswrap._wording import counted
from keraswrap.cli._classifiers import Chosen, choose
from keraswrap.cli._columns import groups_of, other_columns
from keraswrap.cli._interrupts import telling_stop
from keraswrap.cli._labeled import Labeled, load_labeled
from keraswrap.cli._option_names import in_options
from keraswrap.cli._output import give, new_folder, say
from keraswrap.cli._probabilities import load_proba
from keraswrap.exceptions import ParameterError
from keraswrap.issues import (
    Consensus,
    LabelIssues,
    ReviewEstimate,
    RowIssues,
    View,
    estimate_noise,
    find_consensus,
    find_label_issues,
    find_row_issues,
    make_views,
    review_plan,
    triage,
)
from keraswrap.issues.rows._neighbors import find_neighbors
from keraswrap.issues.rows._results import flag
from keraswrap.report import LabelReport, RowNotes
from keraswrap.report._details import add_details
from keraswrap.report._types import Summary

_KINDS = {kind: kind for kind in (".csv", ".tsv", ".jsonl", ".parquet")} | {".json": ".jsonl"}
# Parts of a summary that only a page shows: an entry for each row or word.
_PAGE_ALONE = ("worklist", "map", "words")
# Suspected rows that are shown with neighbors, and how many each.
_SUSPECTS, _NEAR = 2_000, 5


def run(options: argparse.Namespace) -> None:
    """Find label issues, and write what a person needs to review them."""
    _check(options)
    kind = Path(options.data).suffix.lower()
    cleaned = f"cleaned{_KINDS.get(kind, '.parquet')}"
    names = ["report.html", "report.txt", "issues.csv", "rows.csv", cleaned]
    with telling_stop(options), new_folder(options.out, names, options.overwrite) as draft:
        data = load_labeled(options)
        frame, texts, labels = data.frame, data.texts, data.labels
        own = other_columns(frame, [data.text, data.label], options.id)
        say(f"{options.data}: {counted(len(texts), 'row')}, {len(np.unique(labels))} labels")
        issues, chosen = _find(options, texts, labels, groups_of(frame, options))
        rows = None if options.labels_only else _look(texts, labels, issues, chosen.vectors)
        known = _judge(options, issues)
        lists = triage(issues, known if known.judged else estimate_noise(issues))
        left, lost = _leave(issues, lists, cleaned)
        notes = add_notes(rows, {"encoder": chosen.note, "lost_class": lost})
        report = _report(issues, texts, notes, chosen.vectors, data, (own, options.id), known)
        report.save(draft / "report.html")
        (draft / "report.txt").write_text(report.to_text(), encoding="utf-8")
        table = tabulate(issues, texts, report.details, lists)
        write_table(table, draft / "issues.csv", spreadsheet=True)
        if rows is not None:
            table = rows.to_frame()
            table = add_details(table, report.details, table["row_id"].to_numpy())
            write_table(table, draft / "rows.csv", spreadsheet=True)
        write_table(frame[left], draft / cleaned)
        written = sorted(path.name for path in draft.iterdir())
    files = [str(Path(options.out, name)) for name in written]
    give({**_told(report.summary), "files": files}, _text(report, files), options.json)


def _told(summary: Summary) -> dict[str, object]:
    """Return a summary without what only a page shows."""
    told = {name: part for name, part in summary.items() if name not in _PAGE_ALONE}
    facets = [{**facet} for facet in summary["facets"]]
    for facet in facets:
        del facet["codes"]
    return told | {"facets": facets}


def _check(options: argparse.Namespace) -> None:
    if options.proba is not None and (options.group is not None or options.split_copies):
        raise ParameterError(
            "Expected --group and --split-copies without --proba, got them together. They decide "
            "folds, and with probabilities nothing is fitted."
        )
    if options.proba is not None and options.encoder is not None:
        raise ParameterError(
            "Expected --encoder or --proba, got both. With probabilities nothing is fitted."
        )
    if options.proba is not None and options.views is not None:
        raise ParameterError(
            "Expected --views or --proba, got both. With probabilities nothing is fitted."
        )
    if options.out_of_sample and options.proba is None:
        raise ParameterError("Expected --out-of-sample with --proba, got it alone. Leave it out.")
    if options.folds < 2:
        raise ParameterError(f"Expected --folds of at least 2, got {options.folds}.")
    if options.n_jobs == 0:
        raise ParameterError("Expected --n-jobs of at least 1, or -1 for all cores, got 0.")
    if not 0 <= options.seed < 1 << 32:
        raise ParameterError(f"Expected --seed from 0 to 2**32 - 1, got {options.seed}.")


def _find(
    options: argparse.Namespace, texts: list[str], labels: np.ndarray, groups: np.ndarray | None
) -> tuple[LabelIssues, Chosen]:
    """Find label issues, and return the classifier too."""
    score = {} if options.score is None else {"score": options.score}
    if options.proba is not None:
        proba, classes = load_proba(options.proba, labels)
        known = True if options.out_of_sample else None
        return find_label_issues(
            proba, texts, labels, classes=classes, out_of_sample=known, **score
        ), Chosen(None)
    if options.views == "fast":
        chosen = Chosen(None)
    else:
        chosen = choose(options.encoder, options.max_length, texts)
    if chosen.note:
        say(f"warning: {chosen.note}")
    views = _views(options, chosen, labels)
    found = find_label_issues(
        chosen.estimator if views is None else None,
        texts,
        labels,
        cv=options.folds,
        groups=groups,
        copies="apart" if options.split_copies else "together",
        random_state=options.seed,
        n_jobs=options.n_jobs,
        journal=options.journal,
        views=views,
        **score,
    )
    return found, chosen


def _views(options: argparse.Namespace, chosen: Chosen, labels: np.ndarray) -> list[View] | None:
    """Return the views; None for the chosen classifier alone."""
    if options.views == "one" or (options.views is None and options.folds < 3):
        return None
    # Where the encoder cannot read the texts, or words were asked for, there are no vectors.
    kind = (options.views or "auto") if chosen.embeds else "fast"
    views = make_views(
        kind,
        labels=labels,
        encoder=options.encoder if chosen.embeds else None,
        max_length=options.max_length,
        random_state=options.seed,
    )
    if chosen.view:
        features, classifier = chosen.estimator[:-1], chosen.estimator[-1]
        views.append(View(chosen.view, classifier, features, reads="texts"))
    return views


def _look(
    texts: list[str], labels: np.ndarray, issues: LabelIssues, vectors: np.ndarray | None
) -> RowIssues:
    say("Looking for duplicates, outliers and broken texts")
    return find_row_issues(texts, labels, features=vectors, proba=issues.proba)


def _judge(options: argparse.Namespace, issues: LabelIssues) -> ReviewEstimate:
    """Estimate how many labels are wrong from earlier decisions, if there are any."""
    plan = review_plan(issues, random_state=options.seed)
    return plan.estimate(list(options.decisions or ()))


def _leave(issues: LabelIssues, lists: np.ndarray, cleaned: str) -> tuple[np.ndarray, str]:
    """Return which rows the cleaned data keeps, and a note on classes that would lose all."""
    left = lists != "fix"
    lost = np.setdiff1d(issues.given, issues.given[left])
    if not len(lost):
        return left, ""
    kept = np.isin(issues.given, lost)
    counts = [(label, (issues.given == label).sum()) for label in lost.tolist()]
    named = ", ".join(f"{label!r:.60} ({count:,})" for label, count in counts)
    several = len(lost) > 1
    note = (
        f"Every row of {named} is to be fixed: {cleaned} keeps {'their' if several else 'its'} "
        f"rows, since what is trained without {'them' if several else 'it'} cannot know "
        f"{'these classes' if several else 'this class'}. Review the rows and apply your decisions."
    )
    say(f"warning: {note}")
    return left | kept, note


def add_notes(rows: RowIssues | None, notes: dict[str, str]) -> RowIssues | RowNotes:
    """Add notes on the data as a whole before what is known about rows, ignoring empty ones."""
    said = [(kind, note) for kind, note in notes.items() if note]
    if rows is None:
        return RowNotes(
            alerts=[{"severity": "warning", "kind": kind, "message": note} for kind, note in said]
        )
    found = tuple(flag(kind, "warning", note, n=1) for kind, note in said)
    return replace(rows, findings=(*found, *rows.findings))


def _report(
    issues: LabelIssues,
    texts: list[str],
    rows: RowIssues | RowNotes,
    vectors: np.ndarray | None,
    data: Labeled,
    own: tuple[pd.DataFrame, str | None],
    known: ReviewEstimate,
) -> LabelReport:
    from keraswrap.report import ReportSettings, make_report

    near = "words" if vectors is None else find_near(issues, vectors)
    details, name = own
    told = {
        "review": known,
        "rows": rows,
        "details": details,
        "annotators": _annotators(issues, data),
    }
    settings = ReportSettings(id_column=name, neighbors=near, vectors=vectors)
    report = make_report(issues, texts, **told, settings=settings)
    for alert in report.summary["alerts"]:
        alert["text"] = in_options(alert["text"], "issues")
    return report


def _annotators(issues: LabelIssues, data: Labeled) -> Consensus | None:
    """Estimate how good each annotator is, given the probabilities."""
    if data.by is None:
        return None
    known = {str(label): label for label in issues.classes.tolist()}
    by = data.by.map(lambda label: known.get(str(label)))
    return find_consensus(by, issues.proba, classes=issues.classes)


def find_near(issues: LabelIssues, vectors: np.ndarray) -> dict[int, list[int]]:
    """Return the positions of the rows most like each of the worst suspects, the nearest first."""
    order = issues.ranking()
    suspects = order[issues.is_issue[order]][:_SUSPECTS]
    if not len(suspects):
        return {}
    found = find_neighbors(vectors, _NEAR + 1, of=vectors[suspects]).indices
    return {
        int(row): [int(other) for other in near if other != row][:_NEAR]
        for row, near in zip(suspects, found, strict=True)
    }


def tabulate(
    issues: LabelIssues,
    texts: list[str],
    details: pd.DataFrame | None = None,
    lists: np.ndarray | None = None,
) -> pd.DataFrame:
    """Return all rows with what was found about them, the most suspicious first."""
    order = issues.ranking()
    frame = issues.to_frame().iloc[order].reset_index()
    frame.insert(1, "text", [texts[position] for position in order])
    if lists is not None:
        frame.insert(2, "list", lists[order])
    return add_details(frame, details, order)


def _text(report: LabelReport, files: list[str]) -> str:
    lines = "\n".join(f"  {path}" for path in files)
    fix = report.summary["lists"]["fix"]
    return (
        f"{report.to_text()}\nWritten:\n{lines}\nJudge the rows at the top of report.html first, "
        "and pass its export to `keraswrap apply`, or to --decisions: what it tells of all rows. "
        f"cleaned.* leaves out {counted(fix, 'label')} to fix, and no other."
    )
