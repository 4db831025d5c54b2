"""A finished run as text."""

from __future__ import annotations

import pandas as pd
from scipy.stats import binomtest

from keraswrap.demo._result import DemoResult
from keraswrap.report._text import printable, shorten

_WORST = 10
_WIDTH = 160


def format_report(result: DemoResult) -> str:
    """Describe a run: parameters, accuracies, the worst rows, precision.

    Parameters
    ----------
    result : DemoResult

    Returns
    -------
    str
        Several paragraphs. Control characters of texts are left out, so that
        no text can move the cursor or hide what stands before it.
    """
    parts = [_accuracies(result), _worst(result.issues.head(_WORST)), _precision(result)]
    parts.append("\n".join(["Written", *(f"  {path}" for path in result.files)]))
    return "\n\n".join(part for part in parts if part)


def _accuracies(result: DemoResult) -> str:
    params = ", ".join(f"{name}={value}" for name, value in result.best_params.items())
    issues = int(result.issues["is_issue"].sum())
    return "\n".join(
        [
            f"Best parameters  {params} (accuracy {result.search_accuracy:.3f} on held-out folds)",
            f"Test accuracy    {result.before:.3f} as given, {result.after:.3f} without the "
            f"{issues} label issues ({result.n_test} test rows)",
            f"                 {_verdict(result)}",
        ]
    )


def _verdict(result: DemoResult) -> str:
    right, wrong = result.newly_right, result.newly_wrong
    return (
        f"{_judge(right, wrong)}: {right} test rows are newly right, {wrong} newly wrong "
        f"({result.after - result.before:+.3f})."
    )


def _judge(right: int, wrong: int) -> str:
    """Return whether more rows changed sides than by chance (sign test, 5%).

    Examples
    --------
    >>> _judge(15, 2), _judge(6, 5), _judge(2, 15)
    ('Pruning helped', 'No difference beyond chance', 'Pruning did harm here')
    """
    if not right + wrong or binomtest(right, right + wrong).pvalue >= 0.05:
        return "No difference beyond chance"
    return "Pruning helped" if right > wrong else "Pruning did harm here"


def _worst(rows: pd.DataFrame) -> str:
    lines = [f"The {len(rows)} most suspicious labels"]
    for place, row in enumerate(rows.to_dict("records"), start=1):
        said = f"; {row['said']}" if "said" in row else ""
        labels = f"given {printable(row['given'])}, suggested {printable(row['suggested'])}"
        lines.append(f"  {place:2}  {shorten(printable(row['text']), _WIDTH)}")
        lines.append(f"      {labels} (quality {row['quality']:.3f}){said}")
    return "\n".join(lines)


def _precision(result: DemoResult) -> str:
    if result.noise is None:
        return ""
    lines = [f"Real errors among the most suspicious (a random order has {result.noise:.1%})"]
    for depth, share in result.precision.items():
        lines.append(f"  first {depth:2}: {round(depth * share):2} errors, {share:.0%}")
    return "\n".join(lines)
