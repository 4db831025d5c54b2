"""A report in Prometheus's text format. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from keraswrap.drift._results import OPEN, YES

if TYPE_CHECKING:
    from keraswrap.drift._report import DriftReport

__all__ = ["write_metrics"]

# Each class and fact is a time series of its own.
_MOST = 100
Sample = tuple[dict[str, str], float]


def write_metrics(report: DriftReport) -> str:
    """Return the figures of a report as text for Prometheus, at most 100 classes and facts."""
    lines = []
    for name, about, samples in _families(report):
        found = list(samples)
        if found:
            lines += [f"# HELP {name} {about}", f"# TYPE {name} gauge"]
            lines += [f"{name}{_labels(labels)} {value:.10g}" for labels, value in found]
    return "\n".join(lines) + "\n"


def _families(report: DriftReport) -> Iterator[tuple[str, str, Iterator[Sample]]]:
    start = "keraswrap_drift"
    said = report.statements
    yield (
        f"{start}_found",
        "1 where a statement says yes.",
        (({"statement": one.name}, float(one.answer == YES)) for one in said),
    )
    yield (
        f"{start}_open",
        "1 where a statement cannot be told without labels.",
        (({"statement": one.name}, float(one.answer == OPEN)) for one in said),
    )
    yield (
        f"{start}_p_value",
        "Of a statement, corrected for all tests of the check.",
        (({"statement": one.name}, one.adjusted_p) for one in said),
    )
    yield (
        f"{start}_auc",
        "How well new rows are told from old ones; 0.5 is not at all.",
        (({"test": one.name}, one.auc) for one in report.tests if one.auc is not None),
    )
    yield (
        f"{start}_fact",
        "Mean of a fact of the rows.",
        (
            ({"fact": one.name, "rows": rows}, getattr(one, rows))
            for one in report.facts[:_MOST]
            for rows in ("reference", "new")
        ),
    )
    yield (
        f"{start}_class_share",
        "Share of a class; of new rows, estimated without labels.",
        (
            ({"class": str(one.label), "rows": rows}, getattr(one, rows))
            for one in report.shares[:_MOST]
            for rows in ("reference", "new")
        ),
    )
    yield (
        f"{start}_accuracy",
        "Measured on the reference, expected and measured on new rows.",
        (
            ({"kind": kind}, value)
            for kind in ("reference", "expected", "real")
            if (value := getattr(report.accuracy, kind)) is not None
        ),
    )
    counts = {"reference": report.n_reference, "new": report.n_new}
    counts["labeled"] = report.accuracy.n_labeled
    yield (
        f"{start}_rows",
        "Rows of the last check.",
        (({"rows": name}, float(count)) for name, count in counts.items()),
    )


def _labels(labels: dict[str, str]) -> str:
    r"""Write labels, escaped as the format demands.

    Examples
    --------
    >>> print(_labels({"class": 'a "b"'}))
    {class="a \"b\""}
    """
    escaped = (
        (name, value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n"))
        for name, value in labels.items()
    )
    return "{" + ",".join(f'{name}="{value}"' for name, value in escaped) + "}"
