"""Render a summary as plain text, for terminals and logs. Pure."""

from __future__ import annotations

import unicodedata

from keraswrap._wording import counted
from keraswrap.report._review import say_review
from keraswrap.report._types import Summary

__all__ = ["render_text"]

_CELLS = 8
# Number of slices to list per column: those with the largest shares of suspected labels.
_SLICES = 6


def render_text(summary: Summary, rows: int = 10, width: int = 88) -> str:
    """Render a summary as plain text.

    Parameters
    ----------
    summary : mapping
        As returned by `summarize`.
    rows : int, default=10
        Number of the most suspicious rows to show.
    width : int, default=88
        Where texts are cut, in characters.

    Returns
    -------
    str
        Characters of the data that move a terminal's cursor or reverse its text
        are left out.
    """
    parts = [_head(summary), _alerts(summary), _classes(summary), _heat(summary)]
    parts += [_slices(summary), _refit(summary), _rows(summary, rows, width)]
    return "\n\n".join(part for part in parts if part) + "\n"


def printable(value: object) -> str:
    r"""Remove characters that a terminal would act on, and collapse whitespace.

    Examples
    --------
    >>> printable("red \x1b[31malert\u202e\nend")
    'red [31malert end'
    """
    kept = (" " if char.isspace() else char for char in str(value))
    shown = "".join(char for char in kept if unicodedata.category(char)[0] != "C")
    return " ".join(shown.split())


def shorten(text: str, width: int) -> str:
    """Cut a text at `width` characters.

    Examples
    --------
    >>> shorten("a long story", 6)
    'a lon…'
    """
    return text if len(text) <= width else text[: width - 1] + "…"


def _head(summary: Summary) -> str:
    facts, lists = summary["facts"], summary["lists"]
    told = [f"{name} {printable(facts[name])}" for name in ("model", "folds", "fits", "seed")
            if facts[name] is not None]  # fmt: skip
    return "\n".join(
        [
            printable(summary["title"]),
            f"{counted(facts['rows'], 'row')}, "
            f"{counted(len(summary['classes']), 'class', 'classes')}, data "
            f"{printable(facts['data_hash']) or '–'}",
            *([", ".join(told)] if told else []),
            *([say_copies(facts["copies"])] if say_copies(facts["copies"]) else []),
            f"{counted(lists['fix'], 'label')} to fix, {lists['look']:,} to look at; "
            f"{counted(facts['issues'], 'label')} suspected",
            say_review(summary),
            f"Out-of-fold accuracy {summary['accuracy']:.1%} (commonest label "
            f"{summary['majority']:.1%}), calibration error {summary['calibration']['error']:.3f}",
        ]
    )


def say_copies(copies: Summary | None) -> str:
    """Describe which copies were kept in one fold; nothing if there were none.

    Examples
    --------
    >>> say_copies({"groups": 13, "rows": 60, "apart": 1, "rows_apart": 12})
    'Kept together: 12 groups of copies, 48 rows'
    """
    if not copies or copies["apart"] is None or copies["groups"] == copies["apart"]:
        return ""
    groups, rows = copies["groups"] - copies["apart"], copies["rows"] - copies["rows_apart"]
    return f"Kept together: {counted(groups, 'group')} of copies, {counted(rows, 'row')}"


def _alerts(summary: Summary) -> str:
    return "\n".join(
        f"{alert['severity'].upper()}: {printable(alert['title'])}. {printable(alert['text'])}"
        for alert in summary["alerts"]
    )


def _classes(summary: Summary) -> str:
    rows = [
        (
            printable(row["class"])[:24],
            f"{row['n']:,}",
            f"{row['flagged']:,}",
            f"{row['share']:.1%} ({row['low']:.1%} to {row['high']:.1%})",
        )
        for row in summary["noise"]["per_class"]
    ]
    return "Noise per class\n" + _table([("class", "rows", "suspected", "thought wrong"), *rows])


def _heat(summary: Summary) -> str:
    heat = summary["noise"]["heatmap"]
    names = [printable(summary["classes"][code])[:12] for code in heat["classes"]]
    if len(names) > _CELLS:
        return ""
    rows = [(name, *map(str, row)) for name, row in zip(names, heat["flagged"], strict=True)]
    head = "Suspected labels, given (down) by suggested (across); alike: all rows\n"
    return head + _table([("", *names), *rows])


def _slices(summary: Summary) -> str:
    lines = [
        (
            printable(facet["name"])[:24] if at == 0 else "",
            printable(slice_["name"])[:32],
            f"{slice_['n']:,}",
            f"{slice_['suspected']:,}",
            f"{_share(slice_):.1%} ({slice_['low']:.1%} to {slice_['high']:.1%})",
            "stands out" if slice_["stands_out"] else "",
        )
        for facet in summary["facets"]
        for at, slice_ in enumerate(sorted(facet["slices"], key=_share, reverse=True)[:_SLICES])
    ]
    if not lines:
        return ""
    head = ("column", "slice", "rows", "suspected", "share (95% interval)", "")
    return "Slices of the rows\n" + _table([head, *lines])


def _share(slice_: Summary) -> float:
    return float(slice_["suspected"] / slice_["n"])


def _table(rows: list[tuple[str, ...]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        ("  " + row[0].ljust(widths[0]) + "".join(f"  {cell:>{size}}" for cell, size in
                                                  zip(row[1:], widths[1:], strict=True))).rstrip()
        for row in rows
    )  # fmt: skip


def _refit(summary: Summary) -> str:
    refit = summary["refit"]
    if not refit:
        return ""
    random = "" if refit["random"] is None else f"; pruned at random {refit['random']:.4f}"
    return (
        f"Refit: {printable(refit['metric'] or 'accuracy')} {refit['before']:.4f} as given, "
        f"{refit['after']:.4f} with {printable(refit['strategy'] or 'corrected labels')}{random}"
    )


def _rows(summary: Summary, rows: int, width: int) -> str:
    work, classes = summary["worklist"], summary["classes"]
    shown = _distinct(work)
    if not shown:
        return "No label is to be looked at."
    lines = ["The most suspicious labels"]
    for place, copies in list(shown.items())[:rows]:
        given, suggested = (printable(classes[work[c][place]]) for c in ("given", "suggested"))
        row = f"{printable(work['id'][place])}{_own_id(summary, place)}"
        more = f" and {copies - 1:,} more of this text and label" if copies > 1 else ""
        likely = _likely(summary, work["wrong"][place])
        lines.append(f"  row {row}{more}: {_change(given, suggested)}{likely}")
        if work["text"] is not None:
            lines.append("    " + shorten(printable(work["text"][place]), width))
    return "\n".join(lines)


def _distinct(work: Summary) -> dict[int, int]:
    """Return rows to fix or look at, once for each text, label and suggestion, with counts."""
    firsts: dict[tuple[object, object, object], int] = {}
    counts: dict[int, int] = {}
    for place, listed in enumerate(work["list"]):
        if listed:
            text = place if work["text"] is None else work["text"][place]
            key = (text, work["given"][place], work["suggested"][place])
            first = firsts.setdefault(key, place)
            counts[first] = counts.get(first, 0) + 1
    return counts


def _own_id(summary: Summary, place: int) -> str:
    name = summary["id_column"]
    if name is None:
        return ""
    return f" ({printable(name)} {printable(summary['worklist']['details']['values'][0][place])})"


def _change(given: str, suggested: str) -> str:
    return f"{given}, and none is likelier" if given == suggested else f"{given} → {suggested}"


def _likely(summary: Summary, share: float) -> str:
    """Say how likely a label is wrong, where that is known."""
    if summary["review"]["figures"] is None and not summary["review"]["by_class"]:
        return ""
    # In data with flipped labels, 9 of 10 labels rated this likely were wrong. More is unproven.
    return f", {'>90%' if share > 0.9 else f'{share:.0%}'} likely wrong"
