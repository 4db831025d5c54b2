"""Collect what to know before trusting a report, by severity. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from keraswrap._wording import counted
from keraswrap.report._types import Summary

__all__ = ["SEVERITIES", "find_alerts"]

SEVERITIES = ("error", "warning", "info")
_FEW, _NOISY, _UNCALIBRATED, _SAME = 10, 0.3, 0.1, 0.1
_IMBALANCE, _FLAGGED, _NATURAL = 20, 0.3, 0.08


def find_alerts(summary: Summary, others: Iterable[Summary] = ()) -> list[dict[str, str]]:
    """Return alerts about what limits trust in a report, the most severe first.

    Parameters
    ----------
    summary : mapping
        With ``facts``, ``accuracy``, ``majority``, ``calibration``, ``noise``
        and ``worklist``, as returned by `summarize`.
    others : iterable of mapping, optional
        Alerts about rows, each with ``severity``, ``kind`` and ``message``.

    Returns
    -------
    list of dict
        Each of ``severity`` (``"error"``, ``"warning"`` or ``"info"``),
        ``title`` and ``text``.
    """
    found = [
        {"severity": severity, "title": title, "text": text}
        for rule in (_origin, _variants, _copies, _model, _classes, _amounts, _rows)
        for severity, title, text in rule(summary)
    ]
    found += [
        {"severity": str(a["severity"]), "title": _title(a["kind"]), "text": str(a["message"])}
        for a in others
    ]
    return sorted(found, key=lambda alert: SEVERITIES.index(alert["severity"]))


def _title(kind: str) -> str:
    words = str(kind).replace("_", " ")
    return words[:1].upper() + words[1:]


Found = Iterator[tuple[str, str, str]]


def _origin(summary: Summary) -> Found:
    if summary["facts"]["out_of_sample"] is not True:
        yield (
            "error",
            "Not known to be out of sample",
            "It is not known whether these probabilities come from fits that have not seen the "
            "row. A "
            "model that has seen a wrong label tends to agree with it, so errors stay hidden. Pass "
            "the estimator instead of its probabilities, or say out_of_sample=True if they are.",
        )


def _variants(summary: Summary) -> Found:
    if summary["variants"]:
        yield (
            "error",
            "Labels that differ only in form",
            f"Case, blanks or Unicode's form make different classes of: {summary['variants']}. "
            "Most suspected labels then differ only in form. Merge them, and look for "
            "issues again: keraswrap issues --merge-labels, or keraswrap.issues.merge_variants.",
        )


def _copies(summary: Summary) -> Found:
    copies = summary["facts"]["copies"]
    if not copies or not copies["rows"] or copies["apart"] == 0:
        return
    reason = (
        "A wrong label that occurs several times trains the fit that judges it, and stays hidden."
    )
    if copies["apart"] is None:
        yield (
            "info",
            "Copies may be in several folds",
            f"{counted(copies['rows'], 'row is a copy', 'rows are copies')}, in "
            f"{counted(copies['groups'], 'group')}, and it is not "
            f"known whether folds kept them together. {reason} Give the numbers of "
            "keraswrap.issues.find_copies as groups to the cross-validation.",
        )
        return
    yield (
        "warning",
        "Copies in several folds",
        f"Of {counted(copies['rows'], 'row that is a copy', 'rows that are copies')}, "
        f"{copies['rows_apart']:,}, in {counted(copies['apart'], 'group')}, are split among "
        f"folds: a fold cannot hold them, or the splitter did not keep them together. {reason} "
        "See whether so many copies belong there.",
    )


def _model(summary: Summary) -> Found:
    accuracy, majority = summary["accuracy"], summary["majority"]
    if accuracy <= majority:
        yield (
            "error",
            "The model has learned nothing",
            f"It agrees with {accuracy:.1%} of the labels; always saying the commonest one would "
            f"agree with {majority:.1%}. Its suggestions are worth little: try another model.",
        )
    if summary["calibration"]["error"] > _UNCALIBRATED:
        yield (
            "warning",
            "Probabilities are off",
            f"The model's confidence and its accuracy differ by "
            f"{summary['calibration']['error']:.0%} on average. The order of the list is still "
            "useful; how many labels are wrong, only a look can tell.",
        )
    if summary["accuracy"] == 1:
        yield (
            "warning",
            "The model agrees with every label",
            "That is rare out of sample. Check whether a column gives the label away, or whether "
            "rows are in several folds.",
        )


def _classes(summary: Summary) -> Found:
    rows = summary["noise"]["per_class"]
    few = [row["class"] for row in rows if row["n"] < _FEW]
    if few:
        yield "warning", "Few examples", f"Fewer than {_FEW} rows each: {_listed(few)}."
    noisy = [f"{row['class']} ({row['share']:.0%})" for row in rows if row["share"] > _NOISY]
    if noisy and summary["noise"]["by_class"]:
        yield (
            "warning",
            "Classes with many wrong labels",
            f"More than {_NOISY:.0%} of the labels are thought to be wrong in: {_listed(noisy)}.",
        )
    sizes = sorted(row["n"] for row in rows)
    if sizes[-1] > _IMBALANCE * sizes[0]:
        yield (
            "info",
            "Classes of very different sizes",
            f"The largest class has {counted(sizes[-1], 'row')}, the smallest {sizes[0]:,}. "
            "Labels of small classes are suspected more easily.",
        )
    same = [pair for pair in summary["noise"]["overlaps"] if pair["share"] > _SAME]
    if same and len(rows) > 2:
        pairs = _listed([f"{pair['class_1']} and {pair['class_2']}" for pair in same])
        yield (
            "info",
            "Classes that overlap",
            f"People or the model mix them up in more than {_SAME:.0%} of the rows: {pairs}. "
            "Clearer instructions, or one class instead of two, may help more than corrections.",
        )


def _amounts(summary: Summary) -> Found:
    rows, flagged = summary["facts"]["rows"], summary["facts"]["issues"]
    figures = summary["review"]["figures"]
    errors = figures["errors"][0] if figures else summary["noise"]["errors"]["estimate"]
    share = errors / rows
    if flagged > _FLAGGED * rows:
        yield (
            "warning",
            "Very many labels are suspected",
            f"{flagged / rows:.0%} of all rows. Either the labels are very noisy or the model is "
            "weak; judge some dozens before acting on all of them.",
        )
    elif share < _NATURAL and _counted(summary):
        yield (
            "info",
            "Read before you drop",
            f"About {share:.1%} of the labels seem wrong. With so few, dropping rows rarely "
            "improves the classifier; correcting labels by hand can.",
        )


def _counted(summary: Summary) -> bool:
    """Return whether it is known how many labels are wrong."""
    return bool(summary["noise"]["by_class"] or summary["review"]["figures"])


def _rows(summary: Summary) -> Found:
    held, rows = len(summary["worklist"]["position"]), summary["facts"]["rows"]
    if held < rows:
        yield (
            "info",
            "This page does not hold every row",
            f"It holds the {held:,} most suspicious of {rows:,} rows, which keeps it quick. A CSV "
            "file saved beside it lists all of them.",
        )


def _listed(names: list[str], most: int = 6) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
