"""Describe a finished run as text."""

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
        no text can move the cursor or hide what precedes it.
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
        f"{_judge(right, wrong, result.n_test)}: {right} test rows are newly right, {wrong} newly "
        f"wrong ({result.after - result.before:+.3f})."
    )


def _judge(right: int, wrong: int, rows: int) -> str:
    """Say whether more rows became right or wrong than by chance (sign test, 5%).

    Examples
    --------
    >>> _judge(15, 2, 400), _judge(2, 15, 400)
    ('Pruning helped', 'Pruning did harm here')
    >>> _judge(6, 5, 400)
    'No difference that 400 rows could show'
    """
    if not right + wrong or binomtest(right, right + wrong).pvalue >= 0.05:
        return f"No difference that {rows:,} rows could show"
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
    lines = [
        f"Real errors among the most suspicious ({result.noise:.1%} of all labels are wrong)",
        f"  {'':9}  {'keraswrap':>22}  {'cleanlab':>22}  random",
    ]
    for depth, share in result.precision.items():
        ours, theirs = (_share(part, depth) for part in (share, result.cleanlab_precision[depth]))
        lines.append(f"  first {depth:3}  {ours:>22}  {theirs:>22}  {depth * result.noise:6.1f}")
    lines.append(
        "  With 95% intervals. cleanlab: its default score of the tuned net's probabilities."
    )
    return "\n".join([*lines, *_compare(result)])


def _share(share: float, depth: int) -> str:
    """Describe a share of errors with its exact interval.

    Examples
    --------
    >>> _share(0.5, 10)
    '5, 50% (19% to 81%)'
    """
    errors = round(share * depth)
    interval = binomtest(errors, depth).proportion_ci()
    return f"{errors}, {share:.0%} ({interval.low:.0%} to {interval.high:.0%})"


def _compare(result: DemoResult) -> list[str]:
    if not result.precision:
        return []
    depth = max(result.precision)
    ours, theirs = result.found_alone(depth)
    p = binomtest(ours, ours + theirs).pvalue if ours + theirs else 1.0
    told = f"p = {p:.2g}" + ("" if p < 0.05 else ": a difference that chance explains")
    return [
        f"  Among the first {depth}, only keraswrap lists {ours} of the errors, and only cleanlab "
        f"{theirs} ({told})."
    ]
