"""Find and merge labels that differ only in form, and show the difference on a page. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from keraswrap._targets import check_labels
from keraswrap.exceptions import LabelVariantsWarning, warn_user

__all__ = ["find_variants", "merge_variants", "show_labels", "warn_of_variants"]

_WHOLE = re.compile(r"[+-]?(0|[1-9][0-9]*)(\.0*)?")
_GROUPS, _SPELLINGS = 3, 4
# Symbols for invisible spaces; others are shown by their code.
_BLANKS = {" ": "␣", "\t": "⇥", "\n": "↵", "\r": "↵", "\u00a0": "⍽", "\u202f": "⍽", "\u3000": "⬚"}


def fold_label(label: object) -> str:
    """Return the key shared by labels that differ only in form.

    Form means case, whitespace at the ends or repeated, invisible characters,
    Unicode normalization, and whether a whole number is written 1 or 1.0.

    Examples
    --------
    >>> fold_label(" NEGATIVE\u00a0"), fold_label("1.0"), fold_label(1)
    ('negative', '1', '1')
    """
    text = "".join(c for c in str(label) if unicodedata.category(c) != "Cf")
    # Case folding can undo the normal form, as with a dotted capital I.
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    text = " ".join(text.split())
    return str(int(text.split(".")[0])) if _WHOLE.fullmatch(text) else text


def find_variants(labels: Iterable[object]) -> list[list[tuple[object, int]]]:
    """Find labels that differ in form only.

    Parameters
    ----------
    labels : iterable
        Texts or numbers, of one kind or several.

    Returns
    -------
    list of lists of (label, int)
        One list for each label that occurs in several forms, the most frequent form
        first, with the number of rows that have it.

    Examples
    --------
    >>> find_variants(["neg", "Neg ", "pos", "neg"])
    [[('neg', 2), ('Neg ', 1)]]
    """
    if getattr(labels, "dtype", np.dtype("O")).kind in "biufM":
        return []
    found: dict[str, list[tuple[object, int]]] = {}
    for label, count in Counter(np.asarray(labels, dtype=object).tolist()).items():
        found.setdefault(fold_label(label), []).append((label, count))
    several = [forms for forms in found.values() if len(forms) > 1]
    return [sorted(forms, key=lambda form: (-form[1], str(form[0]))) for forms in several]


def merge_variants(y: object) -> np.ndarray:
    """Unify labels that differ only in form: use the commonest spelling, without extra blanks.

    Parameters
    ----------
    y : array-like of shape (n,)
        Labels: texts, numbers, or both.

    Returns
    -------
    ndarray of shape (n,)
        Unchanged if no two differ only in form.

    Examples
    --------
    >>> merge_variants(["neg", "Neg ", "pos", "neg"]).tolist()
    ['neg', 'neg', 'pos', 'neg']
    """
    values = np.asarray(y, dtype=object).ravel().tolist()
    merged = {
        label: _choose(forms)
        for forms in find_variants(np.array(values, dtype=object))
        for label, _ in forms
    }
    return check_labels([merged.get(value, value) for value in values])


def _choose(forms: list[tuple[object, int]]) -> object:
    counts: Counter[object] = Counter()
    for label, count in forms:
        counts[_tidy(label)] += count
    return counts.most_common(1)[0][0]


def _tidy(label: object) -> object:
    if not isinstance(label, str):
        return label
    text = "".join(c for c in label if unicodedata.category(c) != "Cf")
    return " ".join(unicodedata.normalize("NFC", text).split())


def warn_of_variants(given: np.ndarray) -> None:
    """Warn if labels that differ only in form count as different classes.

    Warns
    -----
    LabelVariantsWarning
    """
    found = find_variants(given)
    if found:
        warn_user(
            f"Labels that differ only in case, blanks or Unicode form count as different classes: "
            f"{describe_variants(found)}. Most suspected labels then differ only in form. Merge "
            "them first: keraswrap.issues.merge_variants(y), or --merge-labels of "
            "keraswrap issues.",
            LabelVariantsWarning,
        )


def describe_variants(found: Sequence[Sequence[tuple[object, int]]]) -> str:
    """List labels that differ in form only, and how many rows have each.

    Examples
    --------
    >>> describe_variants([[("neg", 2), ("Neg ", 1)]])
    "'neg' (2), 'Neg␣' (1)"
    """
    named = [
        ", ".join(f"'{show_label(label)}' ({n:,})" for label, n in forms[:_SPELLINGS])
        + (f" and {len(forms) - _SPELLINGS} more" if len(forms) > _SPELLINGS else "")
        for forms in found[:_GROUPS]
    ]
    more = f"; and {len(found) - _GROUPS} more" if len(found) > _GROUPS else ""
    return "; ".join(named) + more


def show_label(label: object, exact: bool = False) -> str:
    r"""Format a label so that blanks at its ends and invisible characters are visible.

    Parameters
    ----------
    exact : bool, default=False
        Whether all non-ASCII characters are shown as escapes.

    Examples
    --------
    >>> show_label("good "), show_label("good\u00a0x"), show_label("very good")
    ('good␣', 'good⍽x', 'very good')
    """
    text = str(label)
    if exact:
        return "".join(_show(c) if c == " " else ascii(c)[1:-1] for c in text)
    start, end = len(text) - len(text.lstrip()), len(text.rstrip())
    return "".join(
        _show(c) if not start <= i < end or _is_hidden(c, text[i - 1 : i]) else c
        for i, c in enumerate(text)
    )


def _is_hidden(char: str, before: str) -> bool:
    if char == " ":
        return before == " "
    # Joiners in emoji and Indic scripts have a visible effect.
    joins = char in "\u200c\u200d" and not before.isascii()
    return char.isspace() or (unicodedata.category(char) in ("Cc", "Cf", "Cs") and not joins)


def _show(char: str) -> str:
    return _BLANKS.get(char) or f"\\u{ord(char):04x}"


def show_labels(labels: Iterable[object]) -> list[str]:
    r"""Format different labels so that a reader can tell them apart.

    Examples
    --------
    >>> show_labels(["caf\u00e9", "cafe\u0301", "tea ", "tea"])
    ['caf\\xe9', 'cafe\\u0301', 'tea␣', 'tea']
    """
    values = list(labels)
    shown = [show_label(value) for value in values]
    alike = Counter(unicodedata.normalize("NFKC", text) for text in shown)
    return [
        show_label(value, exact=True) if alike[unicodedata.normalize("NFKC", text)] > 1 else text
        for value, text in zip(values, shown, strict=True)
    ]
