"""Decide what is wrong with synthetic texts, and how bad it is. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from keraswrap._wording import counted
from keraswrap.issues import Finding
from keraswrap.issues.rows._results import flag
from keraswrap.synthetic._copies import RUN_WORDS, KnownTexts, Run
from keraswrap.synthetic._diversity import Diversity
from keraswrap.synthetic._nearest import NearestShare
from keraswrap.synthetic._personal_data import find_personal_data, plain_value

__all__ = [
    "find_copied_texts",
    "find_personal_texts",
    "find_runs",
    "tell_disputed",
    "tell_diversity",
    "tell_nearest",
]

# Share of the variety of real rows below which texts are said to lack it.
_VARIED = 0.75


def find_copied_texts(
    own: Sequence[str], shown: Sequence[str], held: Sequence[str]
) -> Iterator[Finding]:
    """Yield texts that are copies or near copies of training rows, or of held-out ones.

    Examples
    --------
    >>> [one.kind for one in find_copied_texts(["It broke."], ["it broke"], ["Superb!"])]
    ['copy']
    """
    for kind, rows, notes in _match(own, shown, "training"):
        named = {"copy": "copies", "near_copy": "near copies"}[kind]
        message = f"Texts that are {named} of training rows: {len(rows):,}."
        yield flag(kind, "error", message, rows, notes=notes)
    in_holdout = list(_match(own, held, "held-out"))
    if in_holdout:
        rows = [row for _, some, _ in in_holdout for row in some]
        message = (
            f"Texts that are copies or near copies of held-out rows: {len(rows):,}. Short texts "
            "may be equal by chance; else the model knew these rows."
        )
        notes = [note for _, _, some in in_holdout for note in some]
        yield flag("copy_of_holdout", "warning", message, rows, notes=notes)


def _match(
    own: Sequence[str], others: Sequence[str], side: str
) -> Iterator[tuple[str, list[int], list[str]]]:
    known = KnownTexts(others)
    found = [known.find(text) for text in own]
    for kind, exact in (("copy", True), ("near_copy", False)):
        rows = [n for n, (row, alike) in enumerate(found) if row >= 0 and (alike == 1) is exact]
        if rows:
            yield kind, rows, [f"{side} row {found[n][0]}" for n in rows]


def find_runs(runs: Sequence[Run], real: Sequence[Run]) -> Iterator[Finding]:
    """Yield texts that share a longer run of words with training rows than held-out rows do.

    Examples
    --------
    >>> runs = [Run("a b c d e f g", 7, 4, 0.5), Run("", 0, -1, 0.0)]
    >>> next(find_runs(runs, [Run("a b c", 3, 1, 0.0)])).notes
    ('training row 4: a b c d e f g',)
    """
    limit = max(RUN_WORDS - 1, *(run.length for run in real))
    rows = [row for row, run in enumerate(runs) if run.length > limit]
    if rows:
        message = (
            f"Texts that share a run of more than {limit} words with a training row, which no "
            f"held-out row does: {len(rows):,}."
        )
        notes = [f"training row {runs[row].source}: {runs[row].words}" for row in rows]
        yield flag("verbatim_run", "warning", message, rows, notes=notes)


def find_personal_texts(texts: list[str], train: list[str]) -> tuple[list[Finding], dict[str, int]]:
    """Return texts with what looks like personal data, and how many have each kind.

    Examples
    --------
    >>> find_personal_texts(["Mail jo@example.org"], [])[1]
    {'e-mail address': 1}
    """
    found = [find_personal_data(text) for text in texts]
    known = {plain_value(*one) for text in train for one in find_personal_data(text)}
    kinds = Counter(kind for each in found for kind in dict.fromkeys(kind for kind, _ in each))
    copied = [n for n, each in enumerate(found) if any(plain_value(*one) in known for one in each)]
    others = [n for n, each in enumerate(found) if each and n not in set(copied)]
    findings = []
    for rows, severity, of in ((copied, "error", " of training rows"), (others, "warning", "")):
        if rows:
            message = f"Texts with what looks like personal data{of}: {len(rows):,}."
            notes = [", ".join(dict.fromkeys(kind for kind, _ in found[row])) for row in rows]
            findings.append(flag("personal_data", severity, message, rows, notes=notes))
    return findings, dict(kinds)


def tell_nearest(nearest: NearestShare) -> Iterator[Finding]:
    """Yield a warning if more texts are nearer to training rows than chance explains.

    Examples
    --------
    >>> [one.severity for one in tell_nearest(NearestShare(0.9, 0.3, 0.7, 0.005, 50))]
    ['warning']
    """
    if nearest.verdict == "nearer to training rows":
        message = (
            f"The nearest row of {nearest.share:.0%} of the texts is a training row; chance "
            f"gives {nearest.low:.0%} to {nearest.high:.0%}."
        )
        yield flag("nearer_to_train", "warning", message, n=nearest.n)


def tell_diversity(found: Diversity) -> Iterator[Finding]:
    """Yield a warning if texts are much less varied than real rows.

    Examples
    --------
    >>> [one.message for one in tell_diversity(Diversity(0.5, 0.9, 0.3, 9, 0.5, 0.9, 0.8))]
    ['Texts are alike: real rows of their classes vary more.']
    """
    pairs = found.distinct_2 < _VARIED * found.real_distinct_2
    if pairs or found.spread < _VARIED * found.real_spread:
        what = "repeat pairs of words" if pairs else "are alike"
        yield flag(
            "low_diversity",
            "warning",
            f"Texts {what}: real rows of their classes vary more.",
            n=found.n,
        )


def tell_disputed(is_issue: np.ndarray) -> Iterator[Finding]:
    """Yield texts whose label is disputed.

    Examples
    --------
    >>> next(tell_disputed(np.array([False, True]))).rows.tolist()
    [1]
    """
    if is_issue.any():
        message = (
            f"Labels that a classifier of held-out rows disputes: {int(is_issue.sum()):,} of "
            f"{counted(len(is_issue), 'text')}."
        )
        yield flag("label_issue", "warning", message, np.flatnonzero(is_issue))
