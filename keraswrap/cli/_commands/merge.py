"""``keraswrap merge``."""

from __future__ import annotations

import argparse
import math
from pathlib import Path

from keraswrap._tables import check_new, write_table
from keraswrap._wording import counted
from keraswrap.cli._interrupts import unstopped
from keraswrap.cli._output import give
from keraswrap.issues import MergedDecisions, merge_decisions, write_decisions
from keraswrap.report._text import printable

# Rows to settle that are printed.
_SHOWN = 10


def run(options: argparse.Namespace) -> None:
    """Merge the decisions of two reviewers, and list the rows to settle."""
    out = check_new(options.out, options.overwrite)
    settle = check_new(out.with_suffix(".settle.csv"), options.overwrite)
    merged = merge_decisions(options.first, options.second)
    written = _write(merged, out, settle, options.overwrite)
    result = {
        "decisions": len(merged.decisions),
        "to_settle": len(merged.disagreements),
        "n_both": merged.n_both,
        **{name: [None if math.isnan(part) else part for part in getattr(merged, name)]
           for name in ("agreement", "kappa")},
        "files": written,
    }  # fmt: skip
    give(result, _text(merged, written), options.json)


def _write(merged: MergedDecisions, out: Path, settle: Path, overwrite: bool) -> list[str]:
    if len(merged.decisions):
        write_decisions(merged.decisions, out, overwrite=overwrite)
    if len(merged.disagreements):
        with unstopped():  # what belongs to what was just written
            write_table(merged.disagreements, settle, overwrite=overwrite, spreadsheet=True)
    files = ((out, merged.decisions), (settle, merged.disagreements))
    return [str(path) for path, frame in files if len(frame)]


def _text(merged: MergedDecisions, written: list[str]) -> str:
    lines = [f"{counted(merged.n_both, 'row')} judged by both: {_agreement(merged)}"]
    if len(merged.disagreements):
        n = counted(len(merged.disagreements), "row is", "rows are")
        lines.append(f"{n} to settle:")
    for row in merged.disagreements[:_SHOWN].itertuples():
        who = [name or place for name, place in ((row.first_reviewer, "first"),
                                                 (row.second_reviewer, "second"))]  # fmt: skip
        lines.append(
            f"  row {row.row_id}, given {row.given_label}: {who[0]} {row.first}, "
            f"{who[1]} {row.second}"
        )
    if len(merged.disagreements) > _SHOWN:
        lines.append(f"  and {len(merged.disagreements) - _SHOWN:,} more")
    lines += [f"{counted(len(merged.decisions), 'decision')} merged", "Written:"]
    return "\n".join([*map(_plain, lines), *(f"  {path}" for path in written)])


def _plain(line: str) -> str:
    """Remove what a terminal would act on, but keep how far a line is set in."""
    return line[: len(line) - len(line.lstrip(" "))] + printable(line)


def _agreement(merged: MergedDecisions) -> str:
    if not merged.n_both:
        return "nothing to compare"
    share, low, high = merged.agreement
    told = f"they agree on {share:.0%} ({low:.0%} to {high:.0%})"
    kappa, low, high = merged.kappa
    if math.isnan(kappa):
        return f"{told}; Cohen's kappa is not defined, as both say the same of every row"
    return f"{told}, Cohen's kappa {kappa:.2f} ({low:.2f} to {high:.2f})"
